# %% [markdown]
# ## The measurement
# The truth, as numbers. For addition: cosine and sine of each **key frequency**, over the numbers for the embedding, over
# a + b for activations at the `=`. For the larger number: its rank, over the numbers, or max(a, b). Two
# scores for what a method returns:
# - **coverage**: how much of the truth is a linear function of the components. (Is it in there?)
# - **visibility**: how much of *one* true unit, a circle or the order, is seen in as few components as it has dimensions
#   (two for a circle, one for the order), taking the best ones; the mean over units. (Would you see it in there?)

# %%
from itertools import combinations

from lab import decompositions, fourier

p = task.modulus
every_pair = task.encode(task.pairs().to(device)).tokens
a, b = every_pair[:, 0], every_pair[:, 1]
spectrum = fourier.spectrum(models["add"].W_E[:p].detach()).cpu()
keys = [int(k) + 1 for k in spectrum.argsort(descending=True) if spectrum[k] > 2 / len(spectrum)]
print(
    f"key frequencies of the model that adds: {keys}, with {spectrum[[k - 1 for k in keys]].sum():.2f} of the norm"
)


def circles(n: torch.Tensor) -> list[torch.Tensor]:
    """For each key frequency the circle that numbers n run around: [len(n), 2] each."""
    angles = [2 * torch.pi * k * n.float() / p for k in keys]
    return [torch.stack([angle.cos(), angle.sin()], dim=1) for angle in angles]


def order(n: torch.Tensor) -> list[torch.Tensor]:
    """The numbers themselves, as one true unit: [len(n), 1]."""
    return [n.float()[:, None]]


def activations(network) -> dict[str, torch.Tensor]:
    """What the methods get to see: [p, d_model] for the embedding, [p * p, width] at the "="."""
    names = {"resid_post": "blocks.0.hook_resid_post", "neurons": "blocks.0.mlp.hook_post"}
    with torch.no_grad():
        _, cache = network.run_with_cache(every_pair, names_filter=list(names.values()))
    return {"W_E": network.W_E[:p].detach()} | {
        short: cache[name][:, -1] for short, name in names.items()
    }


numbers = torch.arange(p, device=device)
truth = {
    "add": {
        "W_E": circles(numbers),
        "resid_post": circles((a + b) % p),
        "neurons": circles((a + b) % p),
    },
    "maximum": {
        "W_E": order(numbers),
        "resid_post": order(torch.maximum(a, b)),
        "neurons": order(torch.maximum(a, b)),
    },
}
seen = {name: activations(network) for name, network in models.items()}

# %% [markdown]
# ## First experiment: which method shows it?
# NMF gets the neurons only: it needs data without negative entries. The dashed crosses are the same methods on
# the untrained model, scored against the same truth.

# %%
k = settings.components
methods = {
    "PCA": lambda data: decompositions.pca(data, k),
    "ICA": lambda data: decompositions.ica(data, k),
    "NMF": lambda data: decompositions.nmf(data, k)[0],
    "random": lambda data: decompositions.random_directions(data, k),
}


def scores(found: torch.Tensor, units: list[torch.Tensor]) -> tuple[float, float]:
    """Coverage and visibility of the true units [n, t] in components [n, k]."""
    coverage = decompositions.explained(torch.cat(units, dim=1), found)
    best = [
        max(
            decompositions.explained(unit, found[:, few])
            for few in map(list, combinations(range(found.shape[1]), unit.shape[1]))
        )
        for unit in units
    ]
    return coverage, sum(best) / len(best)


for model_name, by_object in truth.items():
    for (object_name, units), ax in zip(by_object.items(), plots.row(3, width=4.4)):
        for i, (method, reduce) in enumerate(methods.items()):
            if method == "NMF" and object_name != "neurons":
                continue
            x, y = scores(reduce(seen[model_name][object_name]), units)
            x0, y0 = scores(reduce(seen["untrained"][object_name]), units)
            ax.plot([x0, x], [y0, y], ":", color=f"C{i}", linewidth=1)
            ax.plot(x0, y0, "x", color=f"C{i}")
            ax.plot(x, y, "o", color=f"C{i}", label=f"{method}: {x:.2f}, {y:.2f}")
        ax.set(
            title=f"{model_name}: {object_name}",
            xlabel="coverage of the truth",
            ylabel="visibility of a unit",
            xlim=(-0.03, 1.03),
            ylim=(-0.03, 1.03),
        )
        ax.legend(fontsize=8, title="trained o, untrained x", title_fontsize=8)
    plt.show()

# %% [markdown]
# ## What would you have concluded from the picture?
# The two pictures that everybody draws first: two principal components, and t-SNE. Each dot is a number's embedding,
# the line joins 0, 1, 2, ... in order. Cover the titles and say which one is the adder.

# %%
drawn = {
    "PCA": lambda data: decompositions.pca(data, 2),
    "t-SNE": lambda data: decompositions.tsne(data, perplexity=min(8.0, p / 4)),
}
for method, reduce in drawn.items():
    for (name, by_object), ax in zip(seen.items(), plots.row(3)):
        place = reduce(by_object["W_E"]).cpu()
        ax.plot(*place.T, color="lightgrey", linewidth=1, zorder=0)
        plots.scatter(
            place[:, 0],
            place[:, 1],
            colour=range(p),
            colour_label="number",
            title=f"{method} of W_E, {name}",
            x="first",
            y="second",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - High coverage with low visibility: the structure is there, and the method's axes cut across it. PCA and ICA with as many
#   components span the *same* space, so they always have the same coverage; they differ in visibility alone.
# - Compare each circle with its cross and with random directions, never with zero. Eight directions of
#   all that numbers could have cover a good part of anything.
# - A curve in two principal components is no proof of a circle: an order gives a horseshoe, and so does any smooth
#   family. What tells them apart is whether the ends meet, and what components 3 and 4 look like.
# - "t-SNE found clusters" would be wrong if other seeds (`tsne(data, seed=1)`), other perplexities, or data with the same
#   covariance and random phases gave clusters as well. That is the next control to draw.
# - The truth for addition was itself found by a Fourier transform, with a threshold (twice the even share). Move the
#   threshold: if the ranking of the methods turns with it, the ranking says nothing yet.
