# %% [markdown]
# ## The measurement
# Forget for a moment that Fourier analysis exists. A matrix that does something simple has few large singular
# values; a random one has many of about the same size. The **effective rank** says how many
# (the squared sum of the squared singular values over the sum of their fourth powers). Take it for
# every matrix on the way from number to answer, and for the same model at initialisation.

# %%
from lab import clusters, decompositions, fourier

p = task.modulus
at_start = build_model(task, settings, device)


def matrices(network) -> dict[str, torch.Tensor]:
    """Every matrix between the tokens and the logits; heads stand side by side in QK and OV."""
    with torch.no_grad():
        mlp = network.blocks[0].mlp
        w_in, w_out = mlp.W_in, mlp.W_out
        w_q, w_k, w_v, w_o = network.W_Q[0], network.W_K[0], network.W_V[0], network.W_O[0]
        found = {
            "W_E": network.W_E[:p],
            "QK, all heads": torch.cat(list(w_q @ w_k.transpose(1, 2)), dim=1),
            "OV, all heads": torch.cat(list(w_v @ w_o), dim=1),
            "W_in": w_in,
            "W_out": w_out,
            "W_out W_U": w_out @ network.W_U[:, :p],
        }
    return {name: matrix.detach() for name, matrix in found.items()}


def effective_rank(singular: torch.Tensor) -> float:
    squared = singular.square()
    return (squared.sum() ** 2 / squared.square().sum()).item()


trained, random = (
    {name: torch.linalg.svdvals(matrix).cpu() for name, matrix in matrices(one).items()}
    for one in (model, at_start)
)
for names in (list(trained)[:3], list(trained)[3:]):
    for name, ax in zip(names, plots.row(3, height=3.1)):
        plots.lines(
            {
                "trained": trained[name] / trained[name][0],
                "at initialisation": random[name] / random[name][0],
            },
            title=f"{name}: effective rank {effective_rank(trained[name]):.0f}, before {effective_rank(random[name]):.0f}",
            x="rank",
            y="singular value / largest",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# Steps and pairs in a curve are a structure to explain. Look at what the first directions of `W_E` *are*:
# left singular vectors, drawn over the numbers in their order. (The order is all that is put in by hand.)

# %%
left_vectors, singular, _ = torch.linalg.svd(matrices(model)["W_E"], full_matrices=False)
for first in (0, 3):
    for index, ax in zip(range(first, first + 3), plots.row(3, height=2.6)):
        ax.axhline(0, color="grey", linewidth=0.5)
        ax.plot(left_vectors[:, index].cpu(), marker=".")
        ax.set(
            title=f"direction {index + 1}, singular value {singular[index]:.2f}", xlabel="number"
        )
    plt.show()

# %% [markdown]
# ## First experiment: which object gives the neurons away?
# Sort the neurons into groups without a Fourier feature in sight, then check against the truth: the frequency of each
# neuron over all pairs. Each neuron is described by one object at a time (its activations on all pairs,
# its weights in, the same as seen from the numbers through all heads, its weights out, and those to the logits), by how alike it is to every other neuron:
# the *absolute* cosine, so that a neuron and its negative count as one. k-means does not know how many
# groups there are, so try several. The **adjusted Rand index** is 1 for the true groups and 0 for chance.

# %%
everything = task.encode(task.pairs().to(device)).tokens


def neurons(network) -> torch.Tensor:
    """Activations after the ReLU, at the "=", on every pair: [pair, neuron]."""
    with torch.no_grad():
        _, cache = network.run_with_cache(everything, names_filter="blocks.0.mlp.hook_post")
    return cache["blocks.0.mlp.hook_post"][:, -1]


def objects(network) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Descriptions [neuron, feature] of the neurons that are alive, and the true frequency of each."""
    activations = neurons(network)
    alive = activations.amax(0) > 0.01 * activations.max()
    found = matrices(network)
    with torch.no_grad():
        heads_together = (network.W_V[0] @ network.W_O[0]).sum(0)
        read, written = found["W_E"] @ heads_together @ found["W_in"], found["W_out W_U"]
    described = {
        "activations": (activations - activations.mean(0)).T,
        "W_in": found["W_in"].T,
        "W_E OV W_in": (read - read.mean(0)).T,
        "W_out": found["W_out"],
        "W_out W_U": written - written.mean(1, keepdim=True),
    }
    frequency, _ = fourier.frequency_of(activations.view(p, p, -1))
    return {name: rows[alive] for name, rows in described.items()}, frequency[alive]


def likeness(rows: torch.Tensor) -> torch.Tensor:
    """The absolute cosine between every two neurons: scale and sign of a neuron mean nothing."""
    unit = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (unit @ unit.T).abs()


how_many = range(2, 13)
described, frequency = objects(model)
described_at_start, frequency_at_start = objects(at_start)
agreement = {
    name: [clusters.adjusted_rand(clusters.k_means(likeness(rows), k), frequency) for k in how_many]
    for name, rows in described.items()
}
alike = likeness(described_at_start["activations"])
agreement["activations, at initialisation"] = [
    clusters.adjusted_rand(clusters.k_means(alike, k), frequency_at_start) for k in how_many
]
left, right = plots.row(2, width=5.5, height=4.2)
plots.lines(
    agreement,
    at=how_many,
    chance=0.0,
    ax=left,
    title="Agreement of blind groups with the true frequencies",
    x="groups asked for",
    y="adjusted Rand index",
)
left.set_ylim(-0.05, 1.05)
best = max(described, key=lambda name: max(agreement[name]))
order = frequency.argsort()
plots.heatmap(
    likeness(described[best])[order][:, order].cpu(),
    between=(0.0, 1.0),
    ax=right,
    title=f"|cosine| between neurons by {best}, sorted by true frequency",
    x="neuron",
    y="neuron",
)
plt.show()
groups = {k: int((frequency == k).sum()) for k in frequency.unique().tolist()}
print(f"{len(frequency)} living neurons; how many there are of each frequency: {groups}")

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - An effective rank that falls says that training found something simple *there*. A matrix that keeps its
#   rank may still matter: a product with its neighbour can be simple when neither factor is. Compare `W_in` with `W_E OV W_in`.
# - Sine and cosine of one frequency have the same singular value, so the singular vectors are any rotation of that pair.
#   A direction that looks like two waves mixed is no failure of the model: compare planes with
#   `decompositions.explained(wave, coordinates)`, never single vectors.
# - In the picture on the right, blocks along the diagonal are neurons of one frequency. A *stripe pattern inside* a block
#   is the phase: two neurons of one frequency a quarter turn apart have cosine 0. That is what misleads
#   k-means, and why the curves may peak at more groups than there are frequencies.
# - "The clusters are real" would be wrong if the same index came out of neurons whose columns were shuffled, or of the
#   model at initialisation. "W_out W_U gives it away best" would be wrong if it did so on this seed only.
# - The truth itself is a Fourier measurement. A neuron that responds to two frequencies has no true group: drop
#   those whose best frequency explains little (`fourier.frequency_of` returns the share), and see if the ranking stands.
