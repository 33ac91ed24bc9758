# %% [markdown]
# ## The measurement
# An average over all choices hides the one that needs a search: the first, where two children of the root look
# alike. Further down the path, who takes the goal, or else no leaf, is always right at quick size. So **score the
# first choice, by the depth of the goal**, beside lazy searchers.
# - The **climber** goes up from the goal, one edge and no more. Where that meets no child of the root, it takes a
#   child at random.
# - The **eliminator** never climbs. It takes the goal if that hangs at the root, else a child that is no leaf.
#
# The right-hand figure has random trees, in which training had no lessons. There the eliminator goes far.

# %%
from lab import measurement

generator = torch.Generator(device).manual_seed(settings.seed + 1)
parent, goal = task.trees(4000, generator)
other_trees = make_task(settings.but(even_arms=not settings.even_arms), device)


def searchers(parent, goal) -> dict[str, torch.Tensor]:
    """The first step of the model and of the lazy searchers: {name: [batch]}."""
    return {
        "model": measurement.first_choices(task, model, parent, goal),
        "child at random": measurement.climber(task, parent, goal, -1, generator),
        "climber, one edge": measurement.climber(task, parent, goal, 1, generator),
        "eliminator": measurement.eliminator(task, parent, goal, generator),
    }


depths = range(1, task.max_depth + 1)
kinds = {"two even arms": (parent, goal), "random trees": other_trees.trees(4000, generator)}
for ax, (name, trees) in zip(plots.row(2, width=5), kinds.items()):
    plots.lines(
        {
            who: measurement.by_depth(task, chosen, *trees)
            for who, chosen in searchers(*trees).items()
        },
        at=depths,
        ax=ax,
        title=f"First choice right, {name} ({task.format})",
        x="depth of the goal",
        y="share of trees",
    )
    ax.set(ylim=(0, 1.05), xticks=depths)
plt.show()

# %% [markdown]
# ## First experiment: does the format matter?
# Trees drawn alike, a model of the same width and depth, the same number of steps, three ways of writing. `edges` hands every edge
# over as one token, both ends in one place. In `pairs` the two ends stand side by side. In `parents` the edge
# is in the *position*: climbing means turning a name into a place.

# %%
few = settings.but(steps=min(500, history.steps[-1]), target_accuracy=2.0)  # nobody stops early
histories, tasks, networks = {task.format: history}, {task.format: task}, {task.format: model}
for graph_format in sorted({"edges", "pairs", "parents"} - {task.format}):
    asked = few.but(graph_format=graph_format)
    tasks[graph_format] = make_task(asked, device)
    networks[graph_format] = build_model(tasks[graph_format], asked, device)
    histories[graph_format] = train(
        networks[graph_format], tasks[graph_format], asked, progress=False
    )

# %%
_, depth = measurement.truth(task, parent, goal)
coin = torch.tensor(2.0).log().item()  # nats of a coin between the two children of the root
kept = few.steps // few.eval_every
left, right = plots.row(2, width=5)
for one, its in histories.items():
    name = f"{one}, {tasks[one].tree_tokens} tokens a tree"
    left.plot(its.steps[:kept], its.held_out_accuracy[:kept], label=name)
lazy = next(iter(guessers))
left.axhline(guessers[lazy], color="grey", linestyle="--", linewidth=1, label=lazy)
left.set(xlabel="step", ylabel="accuracy")
left.set_title("Held-out accuracy of all choices", fontsize=10)
left.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
plots.lines(
    {
        one: [row[tasks[one].choice] for row in its.loss_by_position[:kept]]
        for one, its in histories.items()
    },
    at=history.steps[:kept],
    levels={
        "a coin": coin,
        "a coin, goals at the root known": coin * (depth > 1).float().mean().item(),
    },
    title="Held-out loss of the first choice",
    x="step",
    y="nats",
    ax=right,
)
plt.show()

# %% [markdown]
# ## How far has each layer climbed?
# Where the first choice is made, probe every layer for the goal's parent, its grandparent and so on, among the deepest
# goals. The goal itself is the token that stands there. A probe is a linear classifier, scored on trees that it was
# not fitted on. The last column is the answer, which any right model holds in the end. The columns before
# it are no part of the answer.
#
# The controls: an untrained model, and in the last row who knows of each node how deep it is and whether it is a leaf,
# and nothing of the goal. Such a reader has two nodes to choose from in each column, one in each arm.

# %%
from lab import probes

tokens = task.encode(parent, goal, torch.Generator(device).manual_seed(0)).tokens
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
names = ["parent", "grandparent", *(f"{n} up" for n in range(3, task.max_depth))]
names = [*names[: task.max_depth - 2], f"{names[task.max_depth - 2]} (the answer)"]
shape = measurement.shape_of_the_tree(task, parent)[None]
for ax, (name, network) in zip(
    plots.row(2, width=5), {"trained": model, "untrained": untrained}.items()
):
    rows = [
        measurement.ancestors_read(task, stream, parent, goal)[:, 1:]
        for stream in (probes.residuals(network, tokens, position=task.choice), shape)
    ]
    plots.heatmap(
        torch.cat(rows),
        ax=ax,
        between=(0, 1),
        title=f"Probe accuracy at the first choice, {name} ({task.format})",
        x="node",
        y="",
        x_ticks=names,
        y_ticks=[*probes.layer_names(model), "depth and leaves"],
    )
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Right at depth d in trees of even arms**, clearly above the eliminator, links the goal with its arm. A climber of
#   one edge is right to depth two, and a coin beyond.
#   (`test_a_climber_is_right_one_edge_deeper_than_it_climbs_and_blind_beyond`)
# - **High in random trees** needs no climb: the eliminator goes far there and stays at the root.
#   (`test_even_arms_tell_who_climbs_from_who_rules_children_out`)
# - **A cell brighter than its last row, and than the untrained one**: where the step is chosen, that node is told from the
#   one in the other arm. (`test_probes_read_the_ancestor_that_the_stream_holds_and_no_other`)
# - **A cell as bright as its last row** needs the shape of the tree, and nothing of the goal.
#   (`test_who_knows_the_shape_of_the_tree_alone_reads_half_of_each_column`)
# - A parent that is readable in an earlier layer than the answer fits a climb. It also fits a model that reads the
#   edge into the goal and finds the arm by other means. Which experiment tells them apart?
# - A format that is behind may only need more steps, and each has one seed here. Does the probe figure of
#   `networks["pairs"]` look the same once it is as accurate? And is a climb of two edges possible with two layers
#   (`settings.but(n_layers=2)`)?
