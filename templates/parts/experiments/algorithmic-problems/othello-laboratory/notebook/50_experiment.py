# %% [markdown]
# ## Conjecture 1: squares share directions
# Models are said to put more features into the residual stream than it has dimensions, at the price of overlap. Here the
# features are known. But squares are correlated in real games, and that alone bends directions. The stream is taken after the last
# layer, or in a model of four layers and more after the one before. Two controls:
# - *orthogonal*: the same boards written into a made-up stream, one orthogonal direction a square. Sizes are the real ones.
#   So is the noise: it is what a linear map of the board cannot explain in the real stream, taken from another game at that turn;
# - *other boards*: the model's stream with the boards of other games at the same turn.
#
# Two kinds of directions: the probe's (best for reading) and the difference of the class means, mine minus theirs.

# %%
from lab import board, measurement
from lab.probes import residuals

at = -1 if model.cfg.n_layers < 4 else -2
stream = residuals(model, examples.tokens)[at]
worlds = {
    "model": (stream, boards),
    "control: orthogonal": (measurement.with_orthogonal_squares(stream, boards), boards),
    "control: other boards": (stream, measurement.dealt_boards(boards)),
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
# trained for as many steps as the test does.

# %%
mean_overlaps = {}
for width in (model.cfg.d_model, 32):
    sized = settings.but(model="", d_model=width, steps=250, target_accuracy=0.8)
    other = build_model(task, sized, device)
    train(other, task, sized)
    cosine = measurement.cosines(residuals(other, examples.tokens)[at], boards, "class means")
    mean_overlaps[width] = measurement.overlap(cosine).mean().item()
wide, narrow = mean_overlaps
ratio = mean_overlaps[narrow] / mean_overlaps[wide]
print(f"mean |cosine| of class means: {mean_overlaps[wide]:.3f} with {wide} dimensions, "
      f"{mean_overlaps[narrow]:.3f} with {narrow}: {ratio:.2f} times as large")  # fmt: skip

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
# later parts add to that loss. LayerNorm acts alike in both.
#
# The control, grey, is a change of the same size with the same direct loss. It keeps the part from which the gap is read, and
# the part along the stream itself. The rest is random. Three draws for each head.

# %%
few = examples.rows(slice(0, 128))
changes = measurement.head_changes(model, few.tokens)
heads = {
    (layer, head): measurement.loss_by(model, few, layer, change)
    for (layer, head), change in changes.items()
}
at_random = [
    measurement.loss_by(model, few, layer, measurement.same_loss(model, few, change, seed))
    for (layer, _), change in changes.items()
    for seed in range(3)
]
ax = plots.row(1, width=7, height=4.5)[0]
ax.scatter(
    [loss.direct for loss in at_random],
    [loss.reaction for loss in at_random],
    color="lightgrey",
    s=16,
    label="control: same direct loss",
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
# - Squares that share directions overlap more than the orthogonal control. Where the two agree, nothing speaks for sharing, and
#   nothing against it. (`test_squares_that_share_directions_overlap_more_than_the_control`)
# - Class means overlap without any sharing, since squares are correlated.
#   (`test_correlated_boards_bend_the_class_means_of_orthogonal_squares`)
# - A reaction with the sign opposite to the direct loss makes up for it; with the same sign it builds on the head. A head that
#   works against the gap has a direct loss below zero; there a positive reaction makes up for it.
#   (`test_a_reaction_against_the_direct_loss_makes_up_for_it_whatever_its_sign`)
# - Grey points that react like their heads: later parts answer to the loss of the gap itself. Grey points near zero beside
#   heads that are not: they answer to something else that the head writes.
#   (`test_the_control_reacts_where_the_gap_itself_is_read_and_not_where_a_mark_of_the_head_is`)
# - Do the model's probes overlap more than probes of other games' boards, and if not, what does their overlap say?
# - Which later part reacts?
# - Which property of language may this model of random legal games lack?
