# %% [markdown]
# ## Does it take two layers?
# Train a one-layer model for as many steps, and test both on fresh lists in unseen orders.

# %%
from lab import measurement

generator = torch.Generator(device).manual_seed(settings.seed + 1)
orders = {"seen": task.seen_orders, "unseen": task.unseen_orders}
batches = {name: task.with_orders(some, 512, generator) for name, some in orders.items()}
fewer = settings.but(n_layers=1, steps=history.steps[-1], target_accuracy=2.0)  # no early stop
one_layer = build_model(task, fewer, device)
train(one_layer, task, fewer)
networks = {f"{model.cfg.n_layers} layers": model, "1 layer": one_layer}
plots.bars(
    {name: evaluate(network, batches["unseen"])[1] for name, network in networks.items()},
    levels={name: guessers[name] for name in task.lazy_rules() if name in guessers},
    title="Accuracy on fresh lists in unseen orders",
    y="accuracy",
)
plt.ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## First experiment: by which way does attention get to the number?
# Write `slot` for the places of the list, `index` for those of the indices and `out` for those where an answer is
# given (`END` is the first). An output can find its number in several ways:
#
# - through **the place of its own index**: in layer 0 the place of index i fetches the number, in layer 1 the output
#   fetches it from there;
# - through **the place of another index**, which holds this number for it;
# - **straight**: in layer 0 the output fetches the index, in layer 1 it goes to the slot.
#
# A fourth bar has every other place, such as `MID` or an output before.
# Each bar is the attention that reaches the right slot that way. The control is a wrong slot: the cross is
# the mean over them. On the right the attention to the right slot again, for each output apart.

# %%
left, right = plots.row(2, width=6.0, height=4.2)
found = measurement.routes(model, task, batches["unseen"].tokens)
left.plot(
    [wrong.mean().item() for _, wrong in found.values()],
    "kx",
    label="control: a wrong slot (mean)",
    zorder=3,
)
plots.bars(
    {name.replace(" of ", "\nof "): hit.mean().item() for name, (hit, _) in found.items()},
    title="Attention to the right slot, unseen orders",
    y="attention",
    ax=left,
)
left.legend(fontsize=8)
plots.lines(
    {name: hit.cpu() for name, (hit, _) in found.items()},
    title="The same, output by output",
    x="output",
    y="attention",
    ax=right,
)
right.set_xticks(range(task.list_length))
for ax in (left, right):
    ax.set_ylim(0, 1.05)
plt.show()

# %% [markdown]
# What do the places of the indices look at in layer 0? Rows are sorted by the index that stands there.

# %%
n = task.list_length
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
for network, which, ax in zip(
    (model, untrained), ("trained", "untrained"), plots.row(2, width=5.0)
):
    plots.heatmap(
        measurement.index_looks(network, task, batches["seen"].tokens).cpu(),
        between=(0, 1),
        ax=ax,
        title=f"Layer 0, from an index to the list, {which}",
        x="",
        y="",
        x_ticks=[f"slot {slot}" for slot in range(n)],
        y_ticks=[f"index #{index}" for index in range(n)],
    )
plt.show()

# %% [markdown]
# ## Second experiment: which edges are needed?
# A pattern is not a cause. Put the mean over the lists in place of what one kind of edge carries in one layer. So
# a constant that flows there stays, and what depends on list and order is gone. An edge may have a spare: with
# `both -> index` neither outputs nor indices learn from the places of the indices.

# %%
cuts = {"nothing": evaluate(model, batches["unseen"])[1]}
for layer in range(model.cfg.n_layers):
    for edge in measurement.EDGES:
        cuts[f"L{layer}\n{edge}".replace(" ->", "\n->")] = measurement.without_edge(
            model, task, batches["unseen"], layer, edge
        )
plots.bars(
    cuts,
    levels={name: guessers[name] for name in task.lazy_rules() if name in guessers},
    title="Accuracy on unseen orders without ...",
    y="accuracy",
)
plt.ylim(0, 1.1)
plt.gca().tick_params(axis="x", labelsize=7)
plt.show()

# %% [markdown]
# ## Third experiment: does the last output read its index?
# It need not: one number is left, and one index. So replace the last index by the first one. A model that reads
# it writes the number that is now named, though it was written before. One that goes by the rest writes
# what is left over.

# %%
for (which, network), ax in zip(networks.items(), plots.row(2, width=4.6)):
    plots.bars(
        measurement.last_answer(network, task, batches["seen"].tokens),
        chance=task.chance,
        title=f"Last answer, last index changed, {which}",
        y="share of lists",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **The long bar names the way** that attention takes to the right slot; the others stay near their crosses.
#   (`test_the_long_bar_is_the_way_that_was_planted`)
# - **The cuts tell three pure ways apart.** Own index needs index -> slot in layer 0 and out -> index in layer 1. Another
#   index needs these and out -> index in layer 0. Straight needs out -> index in layer 0 and out -> slot in layer 1.
#   (`test_the_cuts_tell_the_three_ways_apart`)
# - **A bright cell off the diagonal** is a look at a slot that the index does not name. Whether an output reads
#   there is another question, for the cuts.
#   (`test_a_bright_cell_off_the_diagonal_is_a_look_at_another_slot_and_need_not_be_used`)
# - **Named or left over** tells whether the last output reads its own index. What is left over can come from the
#   numbers written or from the other indices.
#   (`test_a_changed_last_index_tells_reading_it_from_what_is_left_in_either_way`)
# - If none of the three fits, which mixture would lose by these cuts? Do the bars of the first experiment agree?
# - If out -> index in layer 0 costs little and both -> index much, what do the indices tell each other?
# - If the way differs from output to output, what is different about these places? And in a model of another seed?
# - If a number lies at another index's place, how does the output know which one? Look at layer 1 for single orders.
# - With lists of five and 24 orders held out, are unseen orders still as good as seen ones early in training?
