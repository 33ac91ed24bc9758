# %% [markdown]
# ## Conjecture 1: squares share directions
# Models are said to put more features into the residual stream than it has dimensions, at the price of overlap. Here the
# features are known. But squares are correlated in real games, and that alone bends directions. Two controls:
# - *orthogonal*: the same boards written into a made-up stream, one orthogonal direction a square. Sizes are the real ones,
#   and so is the noise: what a linear map of the board leaves of the stream, dealt to other games at the same turn;
# - *other boards*: the model's stream with the boards of other games at the same turn.
#
# Two kinds of directions: the probe's (best for reading) and the difference of the class means, mine minus theirs.

# %%
from lab import board, measurement
from lab.probes import residuals

stream = residuals(model, examples.tokens)[-1 if model.cfg.n_layers < 4 else -2]
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
# later parts add to that loss. LayerNorm acts alike in both. The control, grey, are random vectors as large as each
# head's change.

# %%
few = examples.rows(slice(0, 128))
changes = measurement.head_changes(model, few.tokens)
heads = {
    (layer, head): measurement.loss_by(model, few, layer, change)
    for (layer, head), change in changes.items()
}
at_random = [
    measurement.loss_by(model, few, layer, measurement.random_like(change, seed))
    for (layer, _), change in changes.items()
    for seed in range(3)
]
ax = plots.row(1, width=7, height=4.5)[0]
ax.scatter(
    [loss.direct for loss in at_random],
    [loss.reaction for loss in at_random],
    color="lightgrey",
    s=16,
    label="control: random vectors",
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
# - Squares that share directions overlap more than the orthogonal control. Where the two agree, correlated boards and the
#   stream's noise explain it. (`test_squares_that_share_directions_overlap_more_than_the_control`)
# - Class means overlap without any sharing, since squares are correlated.
#   (`test_correlated_boards_bend_the_class_means_of_orthogonal_squares`)
# - A reaction with the sign opposite to the direct loss makes up for it; with the same sign it builds on the head. That holds
#   left of zero too. (`test_a_reaction_against_the_direct_loss_makes_up_for_it_whatever_its_sign`)
# - Grey points are changes of the same size that mean nothing. (`test_a_random_change_is_as_large_and_means_nothing`)
# - Do the model's probes overlap more than probes of other games' boards, and if not, what does their overlap say?
# - Which later part reacts, and does it react to a random vector just as much?
# - Which property of language may this model of random legal games lack?
