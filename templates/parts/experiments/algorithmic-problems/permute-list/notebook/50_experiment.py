# %% [markdown]
# ## Does it take two layers?
# One attention layer can look at the index, or at the list, but not at *the slot that the index names*. So
# train a one-layer model for as many steps, and test both on fresh lists in seen and in unseen orders.
# Training stopped when the *unseen* orders were right, so a gap between the two can hardly show here.

# %%
from lab import measurement

generator = torch.Generator(device).manual_seed(settings.seed + 1)
orders = {"seen": task.seen_orders, "unseen": task.unseen_orders}
batches = {name: task.with_orders(some, 512, generator) for name, some in orders.items()}
fewer = settings.but(n_layers=1, steps=history.steps[-1], target_accuracy=2.0)  # no early stop
one_layer = build_model(task, fewer, device)
train(one_layer, task, fewer)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
networks = {f"{model.cfg.n_layers} layers": model, "1 layer": one_layer}
plots.bars(
    {
        f"{name},\n{which} orders": evaluate(network, batch)[1]
        for name, network in networks.items()
        for which, batch in batches.items()
    },
    levels={name: guessers[name] for name in task.lazy_rules() if name in guessers},
    title="Accuracy on fresh lists",
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
# Each bar is the attention that reaches the right slot that way; the cross is the mean over wrong slots.

# %%
fig_left, fig_right = plots.row(2, width=6.0, height=4.2)
for network, which, ax in ((model, "trained", fig_left), (untrained, "untrained", fig_right)):
    found = measurement.routes(network, task, batches["unseen"].tokens)
    ax.plot([wrong for _, wrong in found.values()], "kx", label="a wrong slot (mean)", zorder=3)
    plots.bars(
        {name.replace(" of ", "\nof "): right for name, (right, _) in found.items()},
        title=f"Attention to the right slot, {which}, unseen orders",
        y="attention",
        ax=ax,
    )
    ax.set_ylim(0, 1.05)
    ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# What do the places of the indices look at in layer 0? Rows are sorted by the index that stands there.

# %%
n = task.list_length
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
# A pattern is not a cause. Take one kind of edge out of the attention of one layer and see what is left.

# %%
cuts = {"nothing": evaluate(model, batches["unseen"])[1]}
for layer in range(model.cfg.n_layers):
    for edge in measurement.EDGES:
        cuts[f"L{layer}\n{edge}"] = measurement.without_edge(
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
# It need not: one number is left. So replace the last index by the first one. A model that follows indices
# writes the number that is now named, though it was written before. One that eliminates writes the rest.

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
# - **The cuts tell the ways apart.** Own index: index -> slot in layer 0 and out -> index in layer 1. Another index:
#   these and out -> index in layer 0. Straight: out -> index in layer 0 and out -> slot in layer 1.
#   (`test_the_cuts_tell_the_three_ways_apart`)
# - **A bright cell off the diagonal** is a number kept at the place of an index that does not name it.
#   (`test_a_bright_cell_off_the_diagonal_is_a_number_kept_for_another_index`)
# - **Named or left over** tells following from elimination at the last place.
#   (`test_a_changed_last_index_tells_following_from_leftovers`)
# - Is the way the same for each output place, and for a model of another seed?
# - If a number lies at another index's place, how does the output know which one? Look at layer 1 for single orders.
# - With lists of five and 24 orders held out, are unseen orders still as good as seen ones early in training?
