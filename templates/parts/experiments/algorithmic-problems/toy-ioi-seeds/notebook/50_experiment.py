# %% [markdown]
# ## The measurement
# A solution is described by what its heads do: five attention weights between roles (S first, IO, S again,
# END) and what the head writes at END for the two names. **The distance of two solutions is taken under the best
# matching of their heads**, because head 0 of one seed is not head 0 of another; a model with fewer heads
# is filled up with heads that do nothing. Here is the model that you have just trained.

# %%
from lab import attribution, solutions

first = solutions.describe(model, task.unseen)
names_of_heads = [f"L{layer}H{head}" for layer, head in attribution.every_head(model)]
ax = plots.row(1, width=7, height=1.4 + 0.5 * len(first))[0]
plots.heatmap(
    first.cpu(),
    title=f"The solution of seed {settings.seed}",
    x="",
    y="",
    centre=0.0,
    x_ticks=solutions.FEATURES,
    y_ticks=names_of_heads,
    ax=ax,
)
ax.tick_params("x", rotation=30)
plt.show()

# %% [markdown]
# ## First experiment: other seeds, other architectures
# One thing is changed at a time: the seed, the heads a layer, an MLP, the depth. All train to the same
# held-out accuracy; the loss is printed because two runs at 98 % need not be equally finished. The split
# of the pairs of names stays that of the first run: only the weights and the draws change.

# %%
variants = {
    "base": {},
    f"{2 * settings.n_heads} heads": {"n_heads": 2 * settings.n_heads},
    "MLP": {"d_mlp": 2 * settings.d_model},
    f"{settings.n_layers + 1} layers": {"n_layers": settings.n_layers + 1},
}
runs = {}
for name, change in variants.items():
    for seed in range(settings.n_seeds if name == "base" else (settings.n_seeds + 1) // 2):
        other = settings.but(seed=settings.seed + seed, **change)
        network = model if other == settings else build_model(task, other, device)
        if network is not model:
            task.generator.manual_seed(other.seed)
            train(network, task, other, progress=False)
        loss, reached = evaluate(network, examples)
        unfinished = "" if reached >= settings.target_accuracy else " (unfinished)"
        runs[f"{name}, seed {other.seed}{unfinished}"] = network
        print(f"{name}, seed {other.seed}: held-out accuracy {reached:.3f}, loss {loss:.4f}")
for seed in (100, 101):
    runs[f"untrained, seed {seed}"] = build_model(task, settings.but(seed=seed), device)

# %%
described = {name: solutions.describe(network, task.unseen) for name, network in runs.items()}
apart = [
    [solutions.distance(one, other) for other in described.values()] for one in described.values()
]
ax = plots.row(1, width=7.5, height=6)[0]
plots.heatmap(
    apart,
    title="Distance between solutions, heads matched (untrained models for scale)",
    x="",
    y="",
    x_ticks=list(runs),
    y_ticks=list(runs),
    between=(0, 0.5),
    ax=ax,
)
ax.tick_params("x", rotation=90)
plt.show()

# %% [markdown]
# The same runs, told apart by one question each: does END take its answer from IO itself, or from
# a place where IO does not stand? Strongest head for each feature, one row for each run.

# %%
trained = [name for name in runs if not name.startswith("untrained")]
strongest = torch.stack(
    [described[name].gather(0, described[name].abs().argmax(0)[None])[0] for name in trained]
)
ax = plots.row(1, width=7.5, height=1.6 + 0.3 * len(trained))[0]
plots.heatmap(
    strongest.cpu(),
    title="Strongest head for each feature",
    x="",
    y="",
    centre=0.0,
    x_ticks=solutions.FEATURES,
    y_ticks=trained,
    ax=ax,
)
ax.tick_params("x", rotation=30)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Dark blocks off the diagonal are runs with the same solution. A pale row among "base" is a seed that
#   found another one: look at its heads with the first figure before you call it noise.
# - A run marked "unfinished" ran out of steps below the target. It is no solution of its own yet: give it more
#   steps, or a smaller `lr`, and see where it ends before it counts.
# - The distance weighs attention (0 to 1) and shares of the logit difference (which can exceed 1 where
#   terms cancel) alike. If your clusters vanish when the last two features are dropped, or when they
#   alone are kept, say which of the two they are clusters of.
# - **"The solutions are the same" would be wrong** if the heads that match do not do the same work: exchange
#   them. Mean-ablate the matched head in each seed (`attribution.ablation_effects`) and compare the drops.
# - With an MLP or a third layer part of the work may have left the heads. A small distance then says
#   only that the heads look alike: zero the MLP's output (`blocks.0.hook_mlp_out`) and see what is left.
# - Three seeds can show that solutions differ, not how often. Ten seeds of one architecture (`full`) come
#   before the second architecture, all stopped at one *loss* and not at one accuracy.
