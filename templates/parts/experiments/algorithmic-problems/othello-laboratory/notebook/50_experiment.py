# %% [markdown]
# ## Conjecture 1: squares share directions
# Models are said to put more features into the residual stream than it has dimensions, at the price of overlap. Here the
# features are known. But squares are correlated in real games, and that alone bends directions. The stream is taken after the last
# layer, or in a model of four layers and more after the one before. Three controls:
# - *orthogonal*: the same boards written into a made-up stream, one orthogonal direction a square. Sizes are the real ones.
#   So is the noise: it is what a linear map of the board cannot explain in the real stream, taken from another game at that turn;
# - *other boards*: the model's stream with the boards of other games at the same turn;
# - *untrained*: a model that has planned nothing.
#
# Two kinds of directions: the probe's (best for reading) and the difference of the class means, mine minus theirs.

# %%
from lab import board, measurement
from lab.probes import residuals

at = -1 if model.cfg.n_layers < 4 else -2
stream = residuals(model, examples.tokens)[at]
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
worlds = {
    "model": (stream, boards),
    "control: orthogonal": (measurement.with_orthogonal_squares(stream, boards), boards),
    "control: other boards": (stream, measurement.dealt_boards(boards)),
    "control: untrained": (residuals(untrained, examples.tokens)[at], boards),
}
kinds = ("probe", "class means")
found = {
    (name, kind): measurement.cosines(*world, kind)
    for name, world in worlds.items()
    for kind in kinds
}
for kind, ax in zip(kinds, plots.row(2, width=5)):
    for name in worlds:
        sizes = measurement.overlap(found[name, kind]).cpu()
        ax.hist(
            sizes, bins=40, range=(0, 1), histtype="step", label=f"{name}, mean {sizes.mean():.2f}"
        )
    ax.axvline(
        (2 / torch.pi / model.cfg.d_model) ** 0.5,
        color="grey",
        linestyle="--",
        linewidth=1,
        label="mean of random directions",
    )
    ax.set(
        title=f"Overlap of squares, directions of the {kind}",
        xlabel="|cosine| of two squares",
        ylabel="pairs of squares",
    )
    ax.legend(fontsize=7)
plt.show()

# %% [markdown]
# Your prediction is about a stream with less room. Here is the model of this seed beside one with 32 dimensions,
# trained for as many steps as the test does, and both before training.

# %%
widths = (model.cfg.d_model, 32)
mean_overlaps: dict[str, list[float]] = {"untrained": [], "trained": []}
for width in widths:
    sized = settings.but(model="", d_model=width, steps=250, target_accuracy=0.8)
    other = build_model(task, sized, device)
    for name, sizes in mean_overlaps.items():
        if name == "trained":
            train(other, task, sized)
        cosine = measurement.cosines(residuals(other, examples.tokens)[at], boards, "class means")
        sizes.append(measurement.overlap(cosine).mean().item())
for name, (wide, narrow) in mean_overlaps.items():
    print(f"{name}, mean |cosine| of class means: {wide:.3f} with {widths[0]} dimensions, "
          f"{narrow:.3f} with 32: {narrow / wide:.2f} times as large")  # fmt: skip

# %% [markdown]
# The same on the board: the cosines of one square's direction with all others, the model beside its orthogonal control.

# %%
corner = rules.side // 2 - 2
square = corner * rules.side + corner
panels = iter(plots.row(4, width=3.6, height=3.3))
for kind in kinds:
    for name in list(worlds)[:2]:
        values = found[name, kind][square].clone()
        values[square] = float("nan")
        board.show(
            values,
            rules,
            centre=0.0,
            limit=0.5,
            title=f"{name},\n{kind}: cosine with {rules.name(square)}",
            ax=next(panels),
        )
plt.show()

# %% [markdown]
# ## Conjecture 2: later parts repair what is ablated
# Take a head out: its output becomes its mean at that turn. The yardstick is the gap between the mean logit of legal and of
# illegal moves. The **direct** loss is what the gap loses if nothing but the final LayerNorm sees the change. The **reaction** is what
# later parts add to that loss. The final LayerNorm is computed anew in both.
#
# Two controls are changes of the same size, three draws for each head. The grey ones have the same direct loss: they keep
# the part from which the gap is read, and the part along the stream itself. The crosses have neither: what they lose directly is due to their size.

# %%
few = examples.rows(slice(0, 128))
changes = measurement.head_changes(model, few.tokens)
heads = {
    (layer, head): measurement.loss_by(model, few, layer, change)
    for (layer, head), change in changes.items()
}
with_loss, without_loss = (
    [
        measurement.loss_by(
            model, few, layer, measurement.random_change(model, few, change, seed, same_loss)
        )
        for (layer, _), change in changes.items()
        for seed in range(3)
    ]
    for same_loss in (True, False)
)
ax = plots.row(1, width=7, height=4.5)[0]
for control, marker, colour, name in (
    (with_loss, "o", "lightgrey", "control: same direct loss"),
    (without_loss, "x", "grey", "control: neither part"),
):
    ax.scatter(
        [loss.direct for loss in control],
        [loss.reaction for loss in control],
        color=colour,
        marker=marker,
        s=16,
        label=name,
    )
for layer in range(model.cfg.n_layers):
    mine = {at: loss for at, loss in heads.items() if at[0] == layer}
    ax.scatter(
        [loss.direct for loss in mine.values()],
        [loss.reaction for loss in mine.values()],
        s=22,
        label=f"heads of layer {layer}",
    )
    for (_, head), loss in mine.items():
        ax.annotate(f"L{layer}H{head}", (loss.direct, loss.reaction), fontsize=7,
                    xytext=(3, 3), textcoords="offset points")  # fmt: skip
ax.axhline(0, color="grey", linestyle="--", linewidth=1)
ax.axvline(0, color="grey", linestyle="--", linewidth=1)
ax.margins(0.12)
whole = measurement.gap(logits[:128], few.targets)
ax.set(
    title=f"Taking a head out (the gap is {whole:.2f} logits)",
    xlabel="direct loss of the gap",
    ylabel="reaction of later parts",
)
ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.15), frameon=False, ncols=3)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - Squares that share directions overlap more than the orthogonal control. So do class means of orthogonal squares beside one
#   direction that says who leads. Where model and control agree, nothing speaks for sharing.
#   (`test_squares_that_share_directions_overlap_more_than_the_control`,
#   `test_one_direction_for_who_leads_overlaps_more_than_the_control_too`)
# - Class means overlap without any sharing, since squares are correlated.
#   (`test_correlated_boards_bend_the_class_means_of_orthogonal_squares`)
# - A reaction against the sign of the direct loss, and no larger, makes up for it; with the same sign it builds on the head. A head
#   that works against the gap has a direct loss below zero; there a positive reaction makes up for it.
#   (`test_a_reaction_against_the_direct_loss_makes_up_for_it_whatever_its_sign`)
# - A reaction much larger than the direct loss is the head's own work, done through later parts, whatever the signs.
#   (`test_a_head_that_works_through_later_parts_reacts_far_beyond_its_direct_loss`)
# - Grey points that react like their heads, with crosses near zero: later parts answer to the loss of the gap itself. Grey points
#   near zero beside heads that are not: they answer to something else that the head writes.
#   (`test_the_control_reacts_where_the_gap_itself_is_read_and_not_where_a_mark_of_the_head_is`)
# - Crosses that react as their heads do: later parts suffer from any change of that size, and repair is not what is seen.
#   (`test_crosses_react_where_any_change_of_that_size_disturbs_what_follows`)
# - Does the model overlap more than the untrained one? If not, what has training to do with it?
# - Do the model's probes overlap more than probes of other games' boards, and if not, what does their overlap say?
# - Which later part reacts?
# - Which property of language may this model of random legal games lack?
