# %% [markdown]
# ## The measurement: is there a seam?
# If the model is two machines, moves to board and board to moves, there is a layer at which **the board is all
# that matters**. Cut the residual stream at each layer and run the rest of the model on what is left. What is
# taken away is replaced by its mean at that turn. "The board" can mean two subspaces, and they need not agree:
# - *read*: what the board probe reads, the best directions for telling the states apart;
# - *written*: the differences between the class means (mine, theirs, empty), what the model puts there.
#
# The board may fill a large part of the stream. Three controls have as many directions: random ones, **principal
# components** (the most variance that they can hold), and class means of **other games' boards**, which say
# nothing of this one. Left: the subspace is kept alone. Right: it is taken away. At the grey strip, after the last layer,
# a cut hands on the logits themselves, and shows no seam.

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
            for name in ("written", "read", "other boards", "principal", "random")
        },
        levels={"nothing cut": whole, "best rule without colours": task.chance},
        x="cut after layer",
        y="legality of the top move",
        title=f"A subspace is {title}",
        ax=ax,
    ).set_ylim(0, 1)
    ax.set_xticks(range(n_layers))
    ax.axvspan(n_layers - 1.1, n_layers - 0.9, color="0.9", zorder=0)
    ax.lines[0].set(linewidth=6, alpha=0.4)  # others may lie on it
    ax.lines[3].set_linestyle("--")
    ax.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.15), frameon=False, ncols=3)
plt.show()

# %% [markdown]
# ## First experiment: give it another game's board
# Keeping is not yet using, and a subspace brings along whatever else is in it. So let a linear map, fitted on half of the
# games, say what the *board* puts into the stream. For each test game take a **donor**: another game at the same turn.
# Put in what the map says of the donor's board for what it says of the own, and leave all else.
# If the second machine runs on the board, the top moves are now legal on the *donor's* board. Beside it:
# - *unturned*: the same with boards on which no disc changes hands after it was placed;
# - *squares mixed up*: the map of the board with each square's vectors given to another, so changes of that size.
#
# A third game, which has nothing to do with either, shows what is legal by coincidence. "None" is the model as it is.

# %%
unturned = measurement.unturned(task, games)
maps = {
    "the board": (boards, lambda weights: weights),
    "unturned": (unturned, lambda weights: weights),
    "control: squares mixed up": (boards, measurement.mixed_up),
}
for (name, (known, change)), ax in zip(maps.items(), plots.row(len(maps), width=4.0, height=3.8)):
    weights = [change(measurement.writes(stream[:half], known[:half])) for stream in streams]
    outputs = [logits[half:]] + [
        measurement.edited(rest, stream[half:], known[half:], one)
        for rest, stream, one in zip(rests, streams, weights)
    ]
    legal_on = [measurement.whose(task, out, test) for out in outputs]
    plots.lines(
        {f"on {whose}": [one[whose] for one in legal_on] for whose in legal_on[0]},
        title=f"The donor's put in: {name}",
        x="after layer",
        y="share of top moves legal",
        ax=ax,
    ).set_ylim(0, 1)
    ax.set_xticks(range(n_layers + 1), ["none", *range(n_layers)])
    ax.axvspan(n_layers - 0.1, n_layers + 0.1, color="0.9", zorder=0)
    moved = [one["the donor's board"] for one in legal_on]
    print(f"{name}: legal on the donor's board", ", ".join(f"{share:.2f}" for share in moved))
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - Where the second half runs on the board, putting in the donor's board moves legality to the donor's.
#   (`test_the_donors_board_moves_the_moves_where_the_board_is_used`)
# - More moved by the board than by *unturned*: the flips are put in, too. Where the stream holds who placed each
#   disc, *unturned* moves more. (`test_unturned_boards_move_more_where_the_stream_holds_who_placed_the_discs`)
# - Class means of other games' boards keep as much as *written*: the subspace is large enough for what has nothing to do
#   with a board. (`test_class_means_of_other_boards_keep_what_is_no_board_where_they_fill_the_stream`)
# - What a probe reads best need not be what is used: then *read* keeps less than *written*.
#   (`test_what_a_probe_reads_need_not_be_what_is_used`)
# - How much of what the board moves is due to empty squares, which no flip touches?
# - Does it work for squares far from the last move, and early in the game?
