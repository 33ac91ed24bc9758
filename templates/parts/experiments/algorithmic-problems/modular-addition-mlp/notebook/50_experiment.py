# %% [markdown]
# ## The measurement
# A one-layer transformer adds modulo p with waves: it embeds each number as cosines and sines of a few
# frequencies and multiplies them. An MLP has no attention to bring the two numbers together; its hidden
# layer sees both side by side. Does it find waves too? **Measure how much of the embedding's norm sits in
# its strongest frequencies**, against the same embedding with its rows shuffled, where "frequency" means nothing.

# %%
from lab import fourier

p = task.modulus
embedding = model.W_E.detach()
share = fourier.spectrum(embedding).cpu()
rows = torch.randperm(p, generator=torch.Generator().manual_seed(0)).to(device)
shuffled = fourier.spectrum(embedding[rows]).cpu()
frequencies = range(1, len(share) + 1)
plots.lines(
    {"embedding": share, "same embedding, numbers shuffled": shuffled},
    at=frequencies,
    title="Share of the embedding's norm at each frequency",
    x="frequency k (waves around the circle of p)",
    y="share of the norm",
)
plt.show()
print(
    f"the five strongest frequencies hold {share.sort().values[-5:].sum():.2f} of the norm, "
    f"after shuffling {shuffled.sort().values[-5:].sum():.2f}"
)

# %% [markdown]
# ## First experiment: what is each hidden neuron a wave of?
# A neuron's activation is a function of both inputs, a p by p picture. For each neuron: the one frequency
# that explains most of that picture's variance, and how much. The control is an untrained MLP of the same shape.

# %%
everything = task.encode(task.pairs().to(device))


def hidden(network) -> torch.Tensor:
    """Activations of the hidden layer on every pair: [p, p, d_mlp]."""
    with torch.no_grad():
        _, cache = network.run_with_cache(everything.tokens)
    return cache["hook_post"].view(p, p, -1)


untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
frequency, explained = fourier.frequency_of(hidden(model))
_, explained_untrained = fourier.frequency_of(hidden(untrained))
alive = hidden(model).amax((0, 1)) > 0.01 * hidden(model).max()
left, right = plots.row(2, width=5)
for name, values in [("trained", explained[alive]), ("untrained", explained_untrained)]:
    left.hist(values.cpu(), bins=30, range=(0, 1), alpha=0.6, label=name)
left.set(title="Variance that a neuron's best frequency explains", xlabel="share", ylabel="neurons")
left.legend()
counts = frequency[alive].bincount(minlength=len(share) + 1)[1:].cpu()
plots.bars(
    {str(k): float(counts[k - 1]) for k in frequencies},
    title="Neurons by best frequency",
    x="k",
    y="neurons",
    ax=right,
)
plt.show()
print(
    f"{int(alive.sum())} of {len(alive)} neurons are alive; median share explained "
    f"{explained[alive].median():.2f}, untrained {explained_untrained.median():.2f}"
)

# %%
shown = explained.masked_fill(~alive, 0).topk(3).indices
for neuron, ax in zip(shown.tolist(), plots.row(3)):
    plots.heatmap(
        hidden(model)[:, :, neuron].cpu(),
        title=f"neuron {neuron}, k = {int(frequency[neuron])}",
        x="b",
        y="a",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Peaks in the spectrum that the shuffled control lacks: the embedding is made of waves. That is the first
#   half of the transformer's algorithm, no more.
# - In the pictures of single neurons, stripes along the diagonal mean a wave of a + b; a checked pattern means
#   a wave of a times a wave of b, or a sum of the two. Which is it, before and after the ReLU (`hook_pre`)?
# - **A Fourier story would be wrong** if the logits did not need it. Project `hook_post` on the frequencies
#   that you name, run the model from there, and compare held-out accuracy; then remove just those and compare again.
# - It would also be wrong if it held only for this seed, or only because p is small: with p = 31 there are 15
#   frequencies, and five of them are a third of all there is. Repeat with `modulus=59`.
