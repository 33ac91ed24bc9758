# %% [markdown]
# ## The measurement: after which layer can the board be read?
# For every layer one linear probe a square, fitted on half of the held-out games and scored on the other half. Beside it:
# - *without colours*: the same probe on which squares are taken, the last move and the turn, written as ones and zeros.
#   Every empty square is known from these;
# - the probe on **black/white** instead of mine/theirs;
# - the probe on an **untrained model**: random layers already mix the moves into something readable.
#
# Right: the pairs of your prediction. A square's neighbours say something of what will be turned over, so a probe of the
# **board before the move** is drawn, too: nothing is turned over in it. *Taken beyond it* is a rule without colours: a disc
# is more likely to turn if all squares from the move to the one behind it are taken.

# %%
from lab import board, measurement
from lab.probes import layer_names, residuals

half = len(games.moves) // 2
streams = residuals(model, examples.tokens)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
by_random = residuals(untrained, examples.tokens)
blind = task.colourless(examples.tokens)[None]
relative = measurement.accuracy_by_layer(streams, boards)
by_colour = measurement.accuracy_by_layer(streams, task.black_white(games))
at_random = measurement.accuracy_by_layer(by_random, boards)
without = measurement.accuracy_by_layer(blind, boards)[0]
left, right = plots.row(2, width=5.6, height=3.8)
plots.lines(
    {
        "mine / theirs / empty": relative.mean(1).cpu(),
        "black / white / empty": by_colour.mean(1).cpu(),
        "untrained, mine / theirs / empty": at_random.mean(1).cpu(),
    },
    levels={"without colours": without.mean().item()},
    title="Squares read right (mean over squares and turns)",
    x="",
    y="accuracy",
    ax=left,
)
plots.lines(
    {
        "trained": measurement.told_apart(task, streams),
        "untrained": measurement.told_apart(task, by_random),
    },
    levels={
        "board before the move": measurement.told_apart(task, measurement.board_before(task))[0],
        "taken beyond it": measurement.told_by_taken_squares(task),
        "without colours": measurement.told_apart(task, blind)[0],
        "chance": 0.5,
    },
    title="Turned over or left? Pairs told apart",
    x="",
    y="share of pairs",
    ax=right,
)
for ax in (left, right):
    ax.set_xticks(range(len(relative)), layer_names(model), fontsize=8)
plt.show()

# %% [markdown]
# Not all squares are equally hard. Accuracy above the probe without colours, square by square; the last board is the
# untrained model.

# %%
shown = sorted({round(i * (len(relative) - 1) / 3) for i in range(4)})
panels = {layer_names(model)[at]: relative[at] for at in shown} | {"untrained, last": at_random[-1]}
for (name, squares), ax in zip(panels.items(), plots.row(len(panels), width=3.4, height=3.1)):
    board.show(
        squares - without,
        rules,
        centre=0.0,
        limit=0.4,
        title=f"{name}:\nabove 'without colours'",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## First experiment: who turns a disc over?
# After a move the player changes. A disc that was **kept** changes its word from "theirs" to "mine", and a disc that was
# **flipped** goes on being "theirs". Take a move that flips a square in some positions and leaves it in others. Pair positions of both
# kinds **at the same turn**; used are the move and the square with the most pairs in fresh games.
# Which component writes the difference along the probe's direction? The grey band is the control: flipped and kept
# exchanged at random within the pairs, three standard deviations to either side, since many bars are looked at.
# Embedding, position and biases have no bar: they are the same in both of a pair.

# %%
from lab.task import MINE, THEIRS

more = task.draw(4096, settings.seed + 77)
more_tokens = task.tokens(more.moves)[:, :-1]
event = measurement.matched_event(task, more)
probe = board.fit(streams[-1][:half].flatten(0, 1), boards[:half].flatten(0, 1))
direction = probe.direction(THEIRS, MINE)[event.square]
flipped, kept = (
    measurement.written(model, more_tokens, at, direction) for at in (event.flipped, event.kept)
)
found = {name: measurement.difference(flipped[name], kept[name]) for name in flipped}
ax = plots.bars(
    {name: apart for name, (apart, _) in found.items()},
    title=f"Written towards '{rules.name(event.square)} is theirs' after the move "
    f"{rules.name(event.move)}: flipped - kept, {len(event.kept)} pairs",
    y="along the probe's direction",
    ax=plots.row(1, width=10)[0],
)
by_chance = [chance for _, chance in found.values()]
ax.bar(
    range(len(found)), [2 * c for c in by_chance], bottom=[-c for c in by_chance],
    width=1.0, color="lightgrey", alpha=0.7, zorder=2, label="control: kinds exchanged",
)  # fmt: skip
ax.axhline(0, color="grey", linewidth=1)
ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
plt.show()
apart = sum(flipped.values()) - sum(kept.values())
print(f"the bars add up to {apart.mean():.2f}; the sum is larger for the flipped one in "
      f"{(apart > 0).float().mean():.0%} of the pairs (half by chance)")  # fmt: skip

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - The line that stays high is the board that can be read straight off: relative to the player, or by colour. That it can
#   be read does not say that it is used.
#   (`test_the_line_that_stays_high_is_the_board_that_is_written`)
# - No higher than *without colours*: what is read may be which squares are taken, and nothing of whose they are.
#   (`test_taken_squares_alone_reach_the_line_without_colours_and_a_board_lies_above_it`)
# - The board after the move tells pairs apart better than the *board before the move* and *taken beyond it* do. Up to either
#   line the old board, or no colours at all, may be all that is read.
#   (`test_pairs_tell_a_board_from_the_one_before_the_move`, `test_taken_squares_tell_pairs_apart_without_colours`)
# - A bar beyond the grey band writes differently where the disc is flipped. A component that follows the turn makes no bar,
#   since pairs are of the same turn. (`test_a_part_that_writes_flips_makes_a_bar_and_one_that_follows_the_turn_does_not`)
# - Who finds out that the disc is flipped, and who passes it on? Patch one component from flipped to kept
#   (`model.hooks` on `blocks.L.attn.hook_z` or `hook_mlp_out`): does the probe's reading move?
# - Boards with a flip differ from those without on other squares, too. Does the bar stay with another probe's direction?
# - Has another pair of move and square, mirrored along the diagonal, the same bars?
