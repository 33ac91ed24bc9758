# %% [markdown]
# ## Updated and untouched slots apart
# A model that prints the array as it was is right in most slots, so the two kinds are scored apart. The wrong answers
# tell as much: is it the old value, or the new one in the wrong place? Beside it a model of **one layer**.
#
# The last slot is left out, here and below. It can do without the index: a new value that has not been printed
# yet must come now. With the array as it was in the other slots, that rule is right in seven of nine (three elements).

# %%
from lab import measurement

generator = torch.Generator(device).manual_seed(settings.seed + 1)
some = measurement.programs(task, 1000, generator)
fewer = settings.but(n_layers=1, steps=history.steps[-1], target_accuracy=2.0)  # no early stop
one_layer = build_model(task, fewer, device)
train(one_layer, task, fewer)
panels = plots.row(2, width=6.0)
for (name, network), ax in zip(
    ((f"{model.cfg.n_layers} layers", model), ("control: 1 layer", one_layer)), panels
):
    printed = measurement.apart(network, task, some)
    plots.bars(
        {f"{kind}:\n{what}": share for kind, by in printed.items() for what, share in by.items()},
        chance=task.chance,
        title=f"{name}: what is printed in updated and untouched slots",
        y="share of slots",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
    ax.tick_params(axis="x", labelsize=7)
plt.show()

# %% [markdown]
# ## First experiment: where is the index needed?
# Take a program that assigns to a slot, and the same program with the index of the last element in its place. The second
# prints the old value in the slot. Now its **residual stream** is made that of the first, at one position, before
# a layer. Drawn is how much of the preference for the new value over the old one comes back: 0 nothing, 1 all
# of it. Before layer 0 the two programs differ in the index token alone, so the rows begin with layer 1.
#
# The control makes the change that the same index makes in *another* program, with other values.

# %%
n = task.n_elements
names = measurement.position_names(task)
rows = model.cfg.n_layers - 1
figure, axes = plt.subplots(rows, 2, figsize=(15, 2.8 * rows), layout="constrained", squeeze=False)
for layer, pair in enumerate(axes, start=1):
    for from_another, ax in zip((False, True), pair):
        shares = [
            measurement.put_back(model, task, some, layer, slot, from_another)
            for slot in range(n - 1)
        ]
        plots.heatmap(
            torch.stack(shares),
            centre=0.0,
            between=(-1, 1),
            ax=ax,
            title=f"before layer {layer}, {'control: change of another program' if from_another else 'put back'}",
            x="",
            y="slot printed",
            x_ticks=names,
            y_ticks=[f"a[{slot}]" for slot in range(n - 1)],
        )
plt.show()

# %% [markdown]
# ## Second experiment: who is looked at while a slot is printed?
# Attention from the position that prints a slot (not the last), shared out among what there is to look at. Updated and
# untouched slots stand apart, and beside them a model with random weights. The `pass` tokens move the
# array about.

# %%
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
heads = [(layer, head) for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)]
found = measurement.looked_at(model, task, some)
blank = measurement.looked_at(untrained, task, some)
print(
    f"attention paid elsewhere in updated than in untouched slots, most of the last layer's heads: "
    f"{measurement.moved(found):.2f}, untrained {measurement.moved(blank):.2f}"
)
found["untrained, updated"] = blank["updated"]
for (kind, groups), ax in zip(
    found.items(), plots.row(3, width=5.2, height=1.8 + 0.5 * len(heads))
):
    plots.heatmap(
        torch.stack([paid.flatten() for paid in groups.values()], dim=1).cpu(),
        between=(0, 1),
        ax=ax,
        title=f"Attention, {kind} slots" if kind in ("updated", "untouched") else kind,
        x="",
        y="",
        x_ticks=list(groups),
        y_ticks=[f"L{layer}H{head}" for layer, head in heads],
    )
    ax.tick_params(axis="x", rotation=25)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Right in both kinds of slots** takes the index. A model that copies the array is right in the untouched ones
#   and says the old value in the others, also if it gets the last slot by elimination.
#   (`test_a_model_that_copies_the_array_is_right_in_untouched_slots_and_says_the_old_value`)
# - **The bright position before the last layer** is where the index has been moved to, or what was made of it.
#   (`test_the_bright_position_is_where_the_index_has_been_moved_to`)
# - **As bright with the change of another program**: it is the index that stands there. Darker: it is tied up with the
#   values of the program, as the new value itself would be.
#   (`test_the_change_of_another_program_does_where_the_index_is_and_not_where_the_value_is`)
# - **A head chooses** if it looks at the new value in updated slots and at the own element in untouched ones.
#   (`test_attention_to_the_new_value_in_updated_slots_says_that_the_head_chooses`)
# - If two positions are half bright, are they two routes that add up, or one that needs both?
# - Does the model use the index in the last slot? Give it an index that contradicts what is printed.
# - Is an updated slot found by its new value, or by suppressing the old one? Look at the two logits apart.
# - Index 1 and value 1 are the same token. Does the model fail where a value of the array equals the index?
