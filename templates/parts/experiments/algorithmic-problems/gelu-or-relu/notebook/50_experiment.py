# %% [markdown]
# ## The measurement
# The ReLU story has the neurons make products of waves, cos(wa) cos(wb), out of sums of waves, by means of
# the kink at zero. Three things that a smooth bend could change: how **many** frequencies a model uses, how
# well each neuron **is** a degree-2 polynomial of the waves of one frequency, and **where on the curve** the
# neurons work. First the frequencies: a key frequency is one that has more than its even share of
# the embedding's norm, twice over.

# %%
from lab import fourier

p = task.modulus
names = [f"{act_fn}, seed {seed}" for act_fn, seed in models]
spectra = torch.stack([fourier.spectrum(one.W_E[:p].detach()) for one in models.values()]).cpu()
even = 1 / spectra.shape[1]
plots.heatmap(
    spectra,
    title="Share of the embedding's norm at each frequency",
    x="frequency k",
    y="",
    x_ticks=[str(k + 1) for k in range(spectra.shape[1])],
    y_ticks=names,
)
plt.show()
for name, spectrum in zip(names, spectra):
    print(f"{name}: key frequencies {(1 + (spectrum > 2 * even).nonzero()[:, 0]).tolist()}")

# %% [markdown]
# ## First experiment: what does a neuron compute, and on which part of the curve?
# On every pair, at the `=`: the activation of each neuron after the nonlinearity. The fit is its regression on
# sines and cosines of its best frequency in a, in b, and their products. The control is an untrained model
# of the same activation.


# %%
def at_equals(network, name: str) -> torch.Tensor:
    """An activation of the MLP at the "=", on every pair: [p, p, neuron]."""
    tokens = task.encode(task.pairs().to(device)).tokens
    with torch.no_grad():
        _, cache = network.run_with_cache(tokens, names_filter=f"blocks.0.mlp.{name}")
    return cache[f"blocks.0.mlp.{name}"][:, -1].view(p, p, -1)


def fits(network) -> torch.Tensor:
    """For each living neuron, the share of its variance that its best frequency explains."""
    after = at_equals(network, "hook_post")
    size = after.std((0, 1))
    return fourier.frequency_of(after[..., size > 0.05 * size.max()])[1].cpu()


for act_fn, (left, right) in zip(
    settings.activations, [plots.row(2, width=5.5, height=3) for _ in settings.activations]
):
    trained = [one for (name, _), one in models.items() if name == act_fn]
    untrained = build_model(task, settings.but(act_fn=act_fn), device)
    fit = torch.cat([fits(one) for one in trained])
    for label, values in [("trained", fit), ("untrained", fits(untrained))]:
        left.hist(
            values,
            bins=40,
            range=(0, 1),
            alpha=0.6,
            density=True,
            label=f"{label}, median {values.median():.2f}",
        )
    left.set(
        title=f"{act_fn}: variance explained by one frequency, degree 2",
        xlabel="share",
        ylabel="density of neurons",
    )
    left.legend(fontsize=8)
    for one, label in [(trained[0], f"trained, seed {settings.seed}"), (untrained, "untrained")]:
        before = at_equals(one, "hook_pre").flatten().cpu()
        bent = (before.abs() < 1).float().mean()
        right.hist(
            before.numpy(),
            bins=120,
            range=(-6, 6),
            alpha=0.6,
            density=True,
            label=f"{label}: {bent:.0%} within 1 of zero",
        )
    right.axvspan(-1, 1, color="grey", alpha=0.15)
    right.set(
        title=f"{act_fn}: input to the nonlinearity (grey: where GELU bends)",
        xlabel="hook_pre",
        ylabel="density",
        yscale="log",
    )
    right.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Rows of the first figure differ from seed to seed *within* one activation. A difference between activations is worth
#   a sentence only if it is larger than that spread: count key frequencies over five seeds or more.
# - Inputs far outside the grey band: to such a neuron GELU *is* a ReLU, and the old explanation should
#   carry over word for word. Inputs inside it: the neuron works where GELU is close to x / 2 + 0.4 x^2, a
#   real square, and a square of (cos wa + cos wb) has the product in it exactly, with no kink.
# - The two readings make different predictions. **Swap the nonlinearity at test time** (hook
#   `blocks.0.mlp.hook_post` with `torch.relu` of `hook_pre`, and the reverse) and predict the loss before you run it. "GELU is
#   used as a ReLU" would be wrong if the swap costs much more than the same swap costs the ReLU model.
# - A better fit of one frequency for GELU is not yet a better algorithm: a ReLU of a wave *must* have overtones at 2k, 3k.
#   Add 2k to the regression of ReLU neurons, and see whether the difference is gone.
