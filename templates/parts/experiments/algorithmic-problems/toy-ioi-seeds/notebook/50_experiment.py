# %% [markdown]
# ## The measurement
# A solution is described by what its heads do. Five numbers are attention between roles (S first, IO, S again, END), above
# that of even attention. Two are what the head writes at END for the two names. **The distance of two solutions is
# taken under the best matching of their heads**, because head 0 of one seed is not head 0 of another. A model
# with fewer heads is filled up with heads that do nothing. Here is the model that you have just trained,
# beside an untrained one.

# %%
from lab import attribution, roles, solutions

untrained = build_model(task, settings.but(seed=settings.seed + 100), device)
shown = {
    f"The solution of seed {settings.seed}": solutions.describe(model, task.unseen),
    "control: an untrained model": solutions.describe(untrained, task.unseen),
}
most = max(float(one.abs().max()) for one in shown.values())
for (title, one), ax in zip(shown.items(), plots.row(2, width=6.5, height=4.2)):
    plots.heatmap(
        one.cpu(),
        title=title,
        x="",
        y="",
        centre=0.0,
        between=(-most, most),
        x_ticks=solutions.FEATURES,
        y_ticks=[f"L{layer}H{head}" for layer, head in attribution.every_head(model)],
        ax=ax,
    )
    ax.tick_params("x", rotation=40)
plt.show()

# %% [markdown]
# ## First experiment: other seeds, other architectures
# One thing is changed at a time: the seed, the heads a layer, an MLP, the depth. All train
# to the same held-out accuracy. The loss is printed because two runs of one accuracy need not be equally
# finished. The split of the pairs of names stays that of the first run.

# %%
variants = {
    "base": {},
    f"{settings.n_heads // 2} heads": {"n_heads": settings.n_heads // 2},
    "MLP": {"d_mlp": 2 * settings.d_model},
    f"{settings.n_layers + 1} layers": {"n_layers": settings.n_layers + 1},
}
runs = {}
for name, change in variants.items():
    for seed in range(settings.n_seeds if name == "base" else settings.n_seeds // 2):
        other = settings.but(seed=settings.seed + seed, **change)
        network = model if other == settings else build_model(task, other, device)
        if network is not model:
            task.generator.manual_seed(other.seed)
            train(network, task, other)
        loss, reached = evaluate(network, examples)
        unfinished = "" if reached >= settings.target_accuracy else " (unfinished)"
        runs[f"{name}, seed {other.seed}{unfinished}"] = network
        print(f"{name}, seed {other.seed}: held-out accuracy {reached:.3f}, loss {loss:.4f}")
runs["untrained"] = untrained

# %%
# control: the untrained row, and the floor in the title
described = {name: solutions.describe(network, task.unseen) for name, network in runs.items()}
floors = [solutions.floor(network, task.unseen) for network in runs.values()]
print(f"the same model on two halves of the prompts: {min(floors):.2f} to {max(floors):.2f} apart")
apart = [
    [solutions.distance(one, other) for other in described.values()] for one in described.values()
]
ax = plots.row(1, width=7.5, height=6)[0]
plots.heatmap(
    apart,
    title=f"Distance between solutions, heads matched (one with itself, other prompts: {max(floors):.2f})",
    x="",
    y="",
    x_ticks=list(runs),
    y_ticks=list(runs),
    ax=ax,
)
ax.tick_params("x", rotation=90)
plt.show()

# %% [markdown]
# ## Second experiment: do the two mentions meet at the same place in every run?
# Heads that look alike need not do the same work. Run the prompts with all heads of one layer writing, at one place,
# what they write when a third name stands for the first S, or for the second. How much of IO - S is lost? The smaller of the two
# shares is drawn, so that a head that carries one mention on has 0. One row for each run, the layer where most is lost.
# The last layer is left out: at END it writes the answer.
# The control are the places before S again. What is there cannot depend on both.

# %%
without = task.without_repetition(task.unseen)
# control: the other runs, a row each
lost = {
    name: solutions.where_they_meet(network, task.unseen, without) for name, network in runs.items()
}
rows = {name: row for name, row in lost.items() if row is not None}
print("no dependence on both mentions:", [name for name in lost if name not in rows] or "none")
ax = plots.row(1, width=7.5, height=1.6 + 0.3 * len(rows))[0]
plots.heatmap(
    torch.stack(list(rows.values())).cpu(),
    title="Share of IO - S that depends on both mentions, by place",
    x="",
    y="",
    between=(0, 1),
    x_ticks=roles.PLACES,
    y_ticks=list(rows),
    ax=ax,
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - The same heads in another order are 0 apart. A distance near the floor means the same seven numbers a head, which need not be
#   the same work. (`test_a_distance_of_nothing_is_the_same_heads_in_another_order`)
# - **The floor**: what other prompts alone make of one model. Distances well above it are between models.
#   (`test_one_model_is_at_the_floor_and_two_stories_are_not`)
# - Heads that attend evenly and write nothing add nothing. So models of different sizes can be compared, and the distance from an
#   untrained model is about the size of a solution. Two untrained models would be near 0 apart.
#   (`test_two_stories_are_far_apart_and_idle_heads_bring_them_no_nearer`)
# - The place with nearly all of IO - S is where the two mentions meet in that run.
#   (`test_the_place_with_nearly_all_is_where_the_mentions_meet`)
# - A run that reads one mention by its place, and looks for no other, has no row.
#   (`test_a_run_that_reads_one_mention_has_no_row`)
# - Do clusters of the first matrix agree with the rows of the second figure?
# - Do they survive if attention alone is kept, or what is written alone?
# - With an MLP, what is left of IO - S when its output is set to zero (`blocks.0.hook_mlp_out`)?
