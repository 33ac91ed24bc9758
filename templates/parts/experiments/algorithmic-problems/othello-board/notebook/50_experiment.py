# %% [markdown]
# ## The measurement: after which layer can the board be read?
# For every layer one linear probe a square, fitted on half of the held-out games and scored on the other half. Three
# controls are drawn:
# - the **best guess by turn**, since centre squares are always full and corners mostly empty;
# - the same probe on **black/white** instead of mine/theirs;
# - the probe on an **untrained model**: random layers already mix the moves into something readable.

# %%
from lab import board, measurement
from lab.probes import layer_names, residuals

half = len(games.moves) // 2
turns = torch.arange(task.n_ctx, device=device).expand_as(boards[..., 0])
streams = residuals(model, examples.tokens)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
relative = measurement.accuracy_by_layer(streams, boards)
by_colour = measurement.accuracy_by_layer(streams, task.black_white(games))
at_random = measurement.accuracy_by_layer(residuals(untrained, examples.tokens), boards)
guess = board.best_guess(boards[half:].flatten(0, 1), turns[half:].flatten())
ax = plots.lines(
    {
        "mine / theirs / empty": relative.mean(1).cpu(),
        "black / white / empty": by_colour.mean(1).cpu(),
    },
    levels={
        "untrained, last layer": at_random[-1].mean().item(),
        "best guess by turn": guess.mean().item(),
    },
    title="Squares read right by a linear probe (mean over squares and turns)",
    x="",
    y="accuracy",
)
ax.set_xticks(range(len(relative)), layer_names(model), fontsize=8)
plt.show()
for name, those in (("trained", streams), ("untrained", residuals(untrained, examples.tokens))):
    on_flipped = measurement.accuracy_on_flipped(those, boards, task.black_white(games))
    by_layer = zip(layer_names(model), on_flipped)
    print(f"discs just flipped, {name}:", ", ".join(f"{at} {share:.2f}" for at, share in by_layer))

# %% [markdown]
# Not all squares are equally hard. Accuracy above the guess, square by square; the last board is the untrained model.

# %%
shown = sorted({round(i * (len(relative) - 1) / 3) for i in range(4)})
panels = {layer_names(model)[at]: relative[at] for at in shown} | {"untrained, last": at_random[-1]}
for (name, right), ax in zip(panels.items(), plots.row(len(panels), width=3.4, height=3.1)):
    board.show(
        right - guess, rules, centre=0.0, limit=0.6, title=f"{name}:\naccuracy - guess", ax=ax
    )
plt.show()

# %% [markdown]
# ## First experiment: who turns a disc over?
# After a move the player changes. A disc that was **kept** changes its word from "theirs" to "mine", and a disc that was
# **flipped** goes on being "theirs". Take a move that flips a square in some positions and leaves it in others. Pair positions of both
# kinds **at the same turn**; used are the move and the square with the most pairs in fresh games.
# Which component writes the difference along the probe's direction? The grey band is the control: flipped and kept
# exchanged at random within the pairs, three standard deviations wide, since many bars are looked at.

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
print(f"the components add up to {apart.mean():.2f}; the sum is larger for the flipped one in "
      f"{(apart > 0).float().mean():.0%} of the pairs")  # fmt: skip

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - The line that stays high is the board that can be read straight off: relative to the player, or by colour. That it can
#   be read does not say that it is used.
#   (`test_the_line_that_stays_high_is_the_board_that_is_written`)
# - What reads no better than the best guess by turn knows how late it is, and no board.
#   (`test_a_stream_without_a_board_reads_no_better_than_the_guess`)
# - A bar beyond the grey band writes differently where the disc is flipped. A component that follows the turn makes no bar,
#   since pairs are of the same turn. (`test_a_part_that_writes_flips_makes_a_bar_and_one_that_follows_the_turn_does_not`)
# - Who finds out that the disc is flipped, and who passes it on? Patch one component from flipped to kept
#   (`model.hooks` on `blocks.L.attn.hook_z` or `hook_mlp_out`): does the probe's reading move?
# - Boards with a flip differ from those without on other squares, too. Does the bar stay with another probe's direction?
# - Has another pair of move and square, mirrored along the diagonal, the same bars?
