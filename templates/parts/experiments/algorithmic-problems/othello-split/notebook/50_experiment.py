# %% [markdown]
# ## The measurement: is there a seam?
# If the model is two machines, moves to board and board to moves, there is a layer at which **the board is all
# that matters**. Cut the residual stream at each layer and run the rest of the model on what is left. What is
# taken away is replaced by its mean at that turn. "The board" can mean two subspaces, and they need not agree:
# - *read*: what the board probe reads, the best directions for telling the states apart;
# - *written*: the differences between the class means (mine, theirs, empty), what the model puts there.
#
# The board may fill a large part of the stream. So the controls are as many random directions, and as many **principal
# components**, the most variance that a subspace of that size can hold. Left: the subspace is kept alone. Right: it is
# taken away. At the grey strip, after the last layer, only the unembedding is left: a cut there hands on the logits
# themselves, and shows no seam.

# %%
from lab import measurement
from lab.probes import residuals

streams = residuals(model, examples.tokens)[1:]  # after each layer: [layer, game, turn, d_model]
half = len(games.moves) // 2
n_layers = model.cfg.n_layers
means = streams[:, :half].mean(1)  # [layer, turn, d_model]
bases = [measurement.subspaces(stream[:half], boards[:half]) for stream in streams]
test = examples.rows(slice(half, None))
rests = [measurement.rest_of(model, test.tokens, layer) for layer in range(n_layers)]
print("dimensions:", {name: [b[name].shape[1] for b in bases] for name in ("written", "read")},
      f"of {model.cfg.d_model}")  # fmt: skip
whole = task.score(logits[half:], test.targets)
panels = plots.row(2, width=5.4, height=3.8)
for (title, cut), ax in zip(
    (("kept alone", measurement.alone), ("taken away", measurement.without)), panels
):
    plots.lines(
        {
            name: [
                task.score(cut(rest, stream[half:], mean, basis[name]), test.targets)
                for rest, stream, mean, basis in zip(rests, streams, means, bases)
            ]
            for name in ("written", "read", "principal", "random")
        },
        levels={"nothing cut": whole, "best rule without colours": task.chance},
        x="cut after layer",
        y="legality of the top move",
        title=f"A subspace is {title}",
        ax=ax,
    ).set_ylim(0, 1)
    ax.set_xticks(range(n_layers))
    ax.axvspan(n_layers - 1.1, n_layers - 0.9, color="0.9", zorder=0)
    ax.lines[2].set_linestyle("--")  # lies on "written" where the two are one subspace
plt.show()

# %% [markdown]
# ## First experiment: give it another game's board
# Keeping is not yet using. For each test game take a **donor**: another game at the same turn. Put in the donor's
# coordinates in the subspace and leave everything else. If the second machine runs on the board, the top moves
# are now legal on the *donor's* board. A third game, which has nothing to do with either, shows how often a move is
# legal by coincidence. "None" is the model as it is.

# %%
panels = plots.row(4, width=4.0, height=3.8)
for name, ax in zip(("written", "read", "principal", "random"), panels):
    outputs = [logits[half:]] + [
        measurement.swapped(rest, stream[half:], basis[name])
        for rest, stream, basis in zip(rests, streams, bases)
    ]
    legal_on = [measurement.whose(task, out, test) for out in outputs]
    plots.lines(
        {f"on {whose}": [one[whose] for one in legal_on] for whose in legal_on[0]},
        title=f"Donor's coordinates put in: {name}",
        x="after layer",
        y="share of top moves legal",
        ax=ax,
    ).set_ylim(0, 1)
    ax.set_xticks(range(n_layers + 1), ["none", *range(n_layers)])
    ax.axvspan(n_layers - 0.1, n_layers + 0.1, color="0.9", zorder=0)
plt.show()

# %% [markdown]
# How many directions does it take? The first k of each basis, after the layer in the middle.

# %%
middle = (n_layers - 1) // 2
rank = bases[middle]["written"].shape[1]
sizes = sorted({min(k, rank) for k in (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, rank)})
swaps = {
    name: [
        measurement.whose(
            task,
            measurement.swapped(rests[middle], streams[middle, half:], bases[middle][name][:, :k]),
            test,
        )["the donor's board"]
        for k in sizes
    ]
    for name in ("written", "principal", "random")
}
plots.lines(
    swaps,
    at=sizes,
    levels={"a third game's board": legal_on[0]["a third game's board"]},
    title=f"Legal on the donor's board, first k directions swapped after layer {middle}",
    x="directions",
    y="share of top moves",
).set_ylim(0, 1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - Where the second half runs on the board, the swap moves legality from the own board to the donor's.
#   (`test_the_swap_moves_the_moves_to_the_donor_where_the_board_is_used`)
# - There the board alone keeps legality, random directions do not, and without the board it is lost.
#   (`test_the_board_alone_is_enough_and_missed_where_it_is_used`)
# - What a probe reads best need not be what is used: then *read* moves less than *written*.
#   (`test_what_a_probe_reads_need_not_be_what_is_used`)
# - Principal components can keep legality without any board, since other things have variance too.
#   (`test_a_subspace_that_holds_most_of_the_variance_cannot_tell`)
# - Do as many principal components move legality as far as the board does? Then what moved it need not be the board.
# - Does the swap work for squares far from the last move, and early in the game?
