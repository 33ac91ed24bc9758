# %% [markdown]
# ## The measurement
# An index is a token that has to become a place to look at. One attention layer can look at the
# index, or at the list, but not at *the list slot that the index names*. First see whether it takes
# two layers: a one-layer model gets as many steps as the model above needed. Both are tested on
# fresh lists, in orders they were trained on and in orders they never saw.

# %%
from lab import attention
from lab.training import accuracy

generator = torch.Generator(device).manual_seed(settings.seed + 1)
orders = {"seen orders": task.seen_orders, "unseen orders": task.unseen_orders}
batches = {name: task.with_orders(some, 512, generator) for name, some in orders.items()}
one_layer_settings = settings.but(n_layers=1, steps=history.steps[-1])
one_layer = build_model(task, one_layer_settings, device)
train(one_layer, task, one_layer_settings)
can = {
    f"{name},\n{which}": evaluate(network, batch)[1]
    for name, network in [(f"{model.cfg.n_layers} layers", model), ("1 layer", one_layer)]
    for which, batch in batches.items()
}
plots.bars(can, chance=task.chance, title="Accuracy on fresh lists", y="accuracy")
plt.show()

# %% [markdown]
# ## First experiment: follow one output back to the list
# Write `out` for the places where an answer is given (`END` is the first), `index` for the places
# of the indices and `slot` for those of the list. Through two layers there are two ways from an
# answer to its number:
#
# - **by value**: in layer 0 the place of index i fetches the number from the slot, in layer 1 `out`
#   fetches it from there. The virtual pattern (layer 1, out to index) x (layer 0, index to slot)
#   then points at the source.
# - **by address**: in layer 0 `out` fetches the index itself, in layer 1 it goes straight to the
#   slot.
#
# Both patterns for the same order, next to the slots that are right. Averaged over 64 lists.

# %%
n = task.list_length
slots, indices, outs = (slice(start, start + n) for start in (1, n + 2, 2 * n + 2))


def two_ways(network, tokens) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention from each output to each slot by value and by address, heads averaged: [list, out, slot]."""
    first, last = attention.patterns(network, tokens).mean(2)[[0, -1]]
    return last[:, outs, indices] @ first[:, indices, slots], last[:, outs, slots]


labels = [f"slot {slot}" for slot in range(n)]
for order in (task.seen_orders[0], task.unseen_orders[0]):
    probe = task.with_orders(order[None], 64, generator)
    truth = torch.nn.functional.one_hot(task.source(order), n).float()
    ways = [way.mean(0) for way in two_ways(model, probe.tokens)]
    titles = [
        f"right, order {order.tolist()}",
        "by value (virtual pattern)",
        "by address (layer 1 direct)",
    ]
    brightest = max(way.max().item() for way in ways)
    for panel, title, ax in zip([truth, *ways], titles, plots.row(3, width=4.2, height=3.2)):
        ax = plots.heatmap(
            panel.cpu(),
            ax=ax,
            title=title,
            x="",
            y="",
            x_ticks=labels,
            y_ticks=[f"output {out}" for out in range(n)],
        )
        ax.images[0].set_clim(0, 1 if panel is truth else brightest)
    plt.show()

# %% [markdown]
# Every order at once: how much attention reaches the right slot by each way, and which slots the
# places of the indices look at in layer 0, sorted by the index that stands there.

# %%
left, right = plots.row(2, width=5.8, height=3.6)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
at_source = {}
for who, network, which in [
    ("seen orders", model, "seen orders"),
    ("unseen orders", model, "unseen orders"),
    ("untrained model", untrained, "seen orders"),
]:
    tokens = batches[which].tokens
    source = task.source(tokens[:, indices] - task.first_index)[..., None]
    for way, pattern in zip(("by value", "by address"), two_ways(network, tokens)):
        at_source[f"{way}, {who}"] = pattern.gather(-1, source).mean().item()
drawn = left.barh(list(at_source), list(at_source.values()))
left.bar_label(drawn, fmt="%.3f", fontsize=8)
left.invert_yaxis()
left.set(title="Mean attention that reaches the right slot", xlabel="attention")

batch = batches["seen orders"]
first = attention.patterns(model, batch.tokens)[0].mean(1)[:, indices, slots]
index = batch.tokens[:, indices] - task.first_index
looks = torch.stack([first[index == one].mean(0) for one in range(n)])
plots.heatmap(
    looks.cpu(),
    ax=right,
    title="Layer 0, from the place of an index to the list",
    x="",
    y="",
    x_ticks=labels,
    y_ticks=[f"index #{one}" for one in range(n)],
)
plt.show()

# %% [markdown]
# A pattern is not a cause. Cut one kind of edge at a time (set that part of the attention pattern
# to zero, in one layer) and see what the answers need.


# %%
def without_edges(layer: int, query: slice, key: slice) -> float:
    """Accuracy on unseen orders with the attention from some places to others removed in one layer."""

    def cut(pattern: torch.Tensor, hook: object) -> torch.Tensor:
        pattern = pattern.clone()
        pattern[:, :, query, key] = 0.0
        return pattern

    unseen = batches["unseen orders"]
    with torch.no_grad():
        logits = model.run_with_hooks(
            unseen.tokens, fwd_hooks=[(f"blocks.{layer}.attn.hook_pattern", cut)]
        )
    return accuracy(logits, unseen.targets)


edges = {
    "index -> slot": (indices, slots),
    "out -> index": (outs, indices),
    "out -> slot": (outs, slots),
}
cuts = {"nothing": evaluate(model, batches["unseen orders"])[1]}
for layer in range(model.cfg.n_layers):
    for name, (query, key) in edges.items():
        cuts[f"L{layer}\n{name}"] = without_edges(layer, query, key)
plots.bars(cuts, chance=task.chance, title="Accuracy on unseen orders without ...", y="accuracy")
plt.gca().tick_params(axis="x", labelsize=7)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - The pattern that looks like the panel of right slots names a candidate way. It stays a candidate
#   until cutting that way's edges brings the accuracy to chance **and** cutting the other way's
#   edges does not.
# - If both cuts hurt, the model may use one way for some outputs and the other for the rest: split
#   the accuracy by output place before you average.
# - **"The model follows indices" would be wrong** if seen orders were clearly better than unseen
#   ones: then part of what it does is a routine per order. With few orders to learn from, a gap is
#   to be expected; does it close with longer lists (`settings.but(list_length=5,
#   held_out_orders=24)`)?
# - The last output can be had without its index, by elimination: it is the one number not written
#   yet. A story about indices must be shown on the earlier outputs, or with the last index
#   corrupted.
# - In the figure of layer 0, one bright cell a row says that the index token decides where its
#   place looks. **A bright cell off the diagonal is not a mistake of the figure**: then the place
#   of index i has fetched a number that index i does *not* name, and "output i reads the place of
#   index i" is wrong. What would layer 1 have to know to end up at the right place all the same,
#   and which of the cuts takes that from it? Look at the layer 1 pattern for single orders, and at
#   another seed.
