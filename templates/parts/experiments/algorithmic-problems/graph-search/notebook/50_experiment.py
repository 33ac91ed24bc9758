# %% [markdown]
# ## The measurement
# At quick size about nine choices in ten are right, and an average does not say which.
# Only the choice at the root needs the whole search: which child lies on the way? Once the path has begun,
# the goal may hang right below. **Score every choice by how far away the goal still is**, and against a
# blind walk that knows the tree but takes a child at random.

# %%
generator = torch.Generator(device).manual_seed(settings.seed + 1)
parent, goal = task.trees(4000, generator)
batch = task.encode(parent, goal, generator)


def by_distance(its_task, network) -> dict[str, list[float]]:
    """Accuracy at the root and along the path, for each distance to the goal from 1 on."""
    its_batch = its_task.encode(parent, goal, torch.Generator(device).manual_seed(0))
    right = predict(network, its_batch.tokens).argmax(-1) == its_batch.targets
    asked = its_batch.targets >= 0
    left = asked.flip(1).long().cumsum(1).flip(1)  # edges still to go, counted at each choice
    at_root = torch.zeros_like(asked)
    at_root[:, its_task.root_position] = True
    return {
        name: [
            right[asked & where & (left == d)].float().mean().item()
            for d in range(1, task.max_depth + 1)
        ]
        for name, where in [
            ("first choice, at the root", at_root),
            ("choices further down", ~at_root),
        ]
    }


children = torch.zeros_like(parent).scatter_add_(1, parent, torch.ones_like(parent))
is_root = parent == torch.arange(task.n_nodes, device=device)
children = children - is_root.long()  # the root is not its own child
root = is_root.long().argmax(1)
depth = (batch.targets >= 0).sum(1)
blind = [
    (1 / children.gather(1, root[:, None]).float())[depth == d].mean().item()
    for d in range(1, task.max_depth + 1)
]
ax = plots.lines(
    by_distance(task, model) | {"blind walk, at the root": blind},
    at=range(1, task.max_depth + 1),
    title=f"Accuracy of a choice by the distance to the goal ({task.format})",
    x="edges to the goal",
    y="accuracy",
)
ax.set_ylim(0, 1.05)
ax.set_xticks(range(1, task.max_depth + 1))
plt.show()

# %% [markdown]
# ## First experiment: does the format matter?
# The same trees, the same model, the same number of steps, three ways of writing them. `edges` hands every
# edge over as one token, so both ends are in one place from the start. In `pairs` the first layer has to bring
# the ends together. In `parents` the edge is in the *position*: climbing means turning a name into a place.

# %%
few = settings.but(steps=settings.steps // 2, target_accuracy=2.0)
histories, networks, tasks = {}, {}, {}
for graph_format in ("edges", "pairs", "parents"):
    asked = few.but(graph_format=graph_format)
    tasks[graph_format] = make_task(asked, device)
    if graph_format == settings.graph_format:
        histories[graph_format], networks[graph_format] = history, model
        continue
    networks[graph_format] = build_model(tasks[graph_format], asked, device)
    histories[graph_format] = train(
        networks[graph_format], tasks[graph_format], asked, progress=False
    )

# %%
left, right = plots.row(2, width=5)
for graph_format, its_history in histories.items():
    within = [
        (step, share)
        for step, share in zip(its_history.steps, its_history.held_out_accuracy)
        if step <= few.steps
    ]
    left.plot(
        *zip(*within), label=f"{graph_format}, {tasks[graph_format].tree_tokens} tokens a tree"
    )
left.axhline(
    task.chance, color="grey", linestyle="--", linewidth=1, label=f"blind walk {task.chance:.2f}"
)
left.set_title(f"Held-out accuracy of all choices, {few.steps} steps", fontsize=10)
left.set(xlabel="step", ylabel="accuracy")
left.legend(fontsize=8)
for graph_format, its_history in histories.items():
    position = tasks[graph_format].root_position
    curve = [
        row[position]
        for row, step in zip(its_history.loss_by_position, its_history.steps)
        if step <= few.steps
    ]
    right.plot(its_history.steps[: len(curve)], curve, label=graph_format)
right.set_title("Held-out loss of the first choice alone", fontsize=10)
right.set(xlabel="step", ylabel="nats")
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## How far has each layer climbed?
# At the position of the root, where the first choice is made, probe every layer for the goal, its parent,
# its grandparent ... Only examples in which that ancestor is not yet the root count (the root is in the input). The
# control is an untrained model; a node named at random would be right once in as many nodes.

# %%
from lab import probes

line = task.ancestors(parent, goal)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
names = ["goal", "parent", "grandparent", *(f"{n} up" for n in range(3, task.max_depth))]
drawn = {}
for name, network in [("trained", model), ("untrained", untrained)]:
    stream = probes.residuals(network, batch.tokens, position=task.root_position)
    drawn[name] = [
        [
            probes.probe_accuracy(layer[line[:, up] != root], line[line[:, up] != root, up])
            for up in range(len(names))
        ]
        for layer in stream
    ]
for ax, (name, table) in zip(plots.row(2, width=5), drawn.items()):
    plots.heatmap(
        table,
        ax=ax,
        between=(0, 1),
        title=f"Probe at the root position, {name} ({task.format})",
        x="node",
        y="",
        x_ticks=names,
        y_ticks=probes.layer_names(model),
    )
plt.show()
print("cases for each probe:", [int((line[:, up] != root).sum()) for up in range(len(names))])

# %% [markdown]
# A probe says what is there. What is *needed*? Zero one head at a time, and look at the first choice only.

# %%
from lab import attention

heads = [(layer, head) for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)]


def first_choice(without: list[tuple[int, int]]) -> list[float]:
    """Accuracy at the root for each depth of the goal, with some heads set to zero."""
    logits = attention.without_heads(model, batch.tokens, without)[:, task.root_position]
    right = (logits.argmax(-1) == batch.targets[:, task.root_position]).float()
    return [right[depth == d].mean().item() for d in range(1, task.max_depth + 1)]


plots.heatmap(
    [first_choice(without) for without in [[], *([head] for head in heads)]],
    between=(0, 1),
    title="Accuracy of the first choice without ...",
    x="depth of the goal",
    y="",
    x_ticks=[str(d) for d in range(1, task.max_depth + 1)],
    y_ticks=["nothing", *(f"L{layer}H{head}" for layer, head in heads)],
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A staircase in the probe figure (parent after the first layer, grandparent after the second ...) is what
#   climbing one edge a layer looks like. Depth is then the limit: goals deeper than the layers allow should fall to
#   the blind walk in the first figure.
# - Mind which ancestor *is* the answer: of a goal four deep the node three up is the first choice itself, and a
#   probe reads it wherever the model is right. Evidence for a climb is what the answer does not need.
# - Deep goals may do well without one. A model can rule out children instead of finding the way: a leaf that is not the goal is never
#   on the path, and that needs no climbing. **The climbing story is wrong** if accuracy at the root stays
#   high in trees where every sibling has children of its own. Make such trees with `task.encode(parent, goal, generator)`.
# - A head whose ablation hurts all depths alike moves the goal or the root around; one that hurts from depth d on
#   does step d of the climb. If nothing hurts alone, zero a layer.
# - A format that is behind at this number of steps may only need longer. Compare *what the probe figure looks
#   like at the same accuracy*, with `networks["pairs"]` and `networks["parents"]`, before you say that a format
#   makes a model search differently.
