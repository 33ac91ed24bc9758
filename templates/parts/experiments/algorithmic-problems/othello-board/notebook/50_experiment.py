# %% [markdown]
# ## The measurement: from which layer on can the board be read?
# For every layer, one linear probe for each square with the classes empty, mine, theirs, fitted on half of the
# held-out games and scored on the other half. Three controls, each of which has fooled somebody:
# - the **best guess by turn**, since centre squares are always full and corners mostly empty;
# - the same probe on **black/white** instead of mine/theirs, which asks for a board the model has no use for;
# - the probe on an **untrained model**: random layers already mix the moves into something readable.

# %%
from lab import board
from lab.probes import layer_names, residuals

half = len(games.moves) // 2
turns = torch.arange(task.n_ctx, device=device).expand_as(boards[..., 0])
colours = task.black_white(games)


def accuracy_by_layer(network, truth) -> torch.Tensor:
    """Accuracy [layer, square] of probes for a state of the squares [game, turn, square]."""
    found = []
    for stream in residuals(network, examples.tokens):
        probe = board.fit(stream[:half].flatten(0, 1), truth[:half].flatten(0, 1))
        found.append(probe.accuracy(stream[half:].flatten(0, 1), truth[half:].flatten(0, 1)))
    return torch.stack(found)


relative = accuracy_by_layer(model, boards)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
guess = board.best_guess(boards[half:].flatten(0, 1), turns[half:].flatten())
ax = plots.lines(
    {
        "mine / theirs / empty": relative.mean(1).cpu(),
        "black / white / empty": accuracy_by_layer(model, colours).mean(1).cpu(),
    },
    title="Squares read right by a linear probe (mean over squares and turns)",
    x="",
    y="accuracy",
)
at_random = accuracy_by_layer(untrained, boards).mean(1)[-1]
ax.axhline(
    at_random.cpu(),
    color="black",
    linestyle=":",
    linewidth=1,
    label=f"untrained model, last layer {at_random:.2f}",
)
ax.axhline(
    guess.mean().cpu(),
    color="grey",
    linestyle="--",
    linewidth=1,
    label=f"best guess by turn {guess.mean():.2f}",
)
ax.set_xticks(range(len(relative)), layer_names(model), fontsize=8)
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# Not all squares are equally hard. Accuracy above the guess, square by square: which are known last?

# %%
for layer, ax in enumerate(plots.row(min(4, len(relative)), width=3.6, height=3.2)):
    at = round(layer * (len(relative) - 1) / (min(4, len(relative)) - 1))
    board.show(
        relative[at] - guess,
        rules,
        centre=0.0,
        limit=0.6,
        title=f"{layer_names(model)[at]}: accuracy - guess",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## First experiment: who turns a disc over?
# After a move the player changes, so for the model a disc that was **kept** changes its word, from "theirs" to
# "mine", and a disc that was **flipped** goes on being "theirs". Take one square and one last move, such that
# this same move flips the square in some games and leaves it in others: token and turn order are alike, only
# the rest of the board differs. Which component writes the difference along the probe's direction?

# %%
from lab.attribution import components
from lab.task import MINE, THEIRS

more = task.draw(8 * settings.n_held_out, settings.seed + 77)
seen, black_next = task.boards(more), task.black_moves_next(more)
last_move = more.moves[:, 1 : task.n_ctx]
no_pass = (black_next[:, :-1] != black_next[:, 1:]) & (last_move >= 0)
was_theirs = (seen[:, :-1] == THEIRS) & no_pass[..., None]
flipped, kept = was_theirs & (seen[:, 1:] == THEIRS), was_theirs & (seen[:, 1:] == MINE)
moved = torch.nn.functional.one_hot(last_move.clamp_min(0), rules.n_squares).float()
counts = [torch.einsum("gtm,gts->ms", moved, event.float()) for event in (flipped, kept)]
move, square = divmod(int(torch.minimum(*counts).argmax()), rules.n_squares)
n = int(min(256, *(count[move, square] for count in counts)))
print(
    f"the move {rules.name(move)} flips {rules.name(square)} or leaves it: {n} positions of each kind"
)

# %%
streams = residuals(model, examples.tokens)
probe = board.fit(streams[-1][:half].flatten(0, 1), boards[:half].flatten(0, 1))
direction = probe.direction(THEIRS, MINE)[square]
more_tokens = task.tokens(more.moves)[:, :-1]


def written(event) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """What each component writes along the direction, [n], just after the last move, and the probe's reading."""
    game, turn = (event[..., square] & (last_move == move)).nonzero(as_tuple=True)
    game, turn = game[:n], turn[:n] + 1
    rows = torch.arange(n, device=device)
    with torch.no_grad():
        _, cache = model.run_with_cache(more_tokens[game])
    parts = {name: part[rows, turn] @ direction for name, part in components(model, cache).items()}
    stream = cache[f"blocks.{model.cfg.n_layers - 1}.hook_resid_post"][rows, turn]
    reading = probe.scores(stream)[:, square]
    return parts, reading[:, THEIRS] - reading[:, MINE]


(if_flipped, read_flipped), (if_kept, read_kept) = written(flipped), written(kept)
difference = {name: (if_flipped[name] - if_kept[name].mean()).mean().item() for name in if_flipped}
error = [((if_flipped[name].var() + if_kept[name].var()) / n).sqrt().item() for name in difference]
ax = plots.bars(
    difference,
    y="flipped - kept",
    x="component (error bars: 2 standard errors)",
    title=f"Written towards '{rules.name(square)} is theirs' after the move {rules.name(move)}",
)
ax.errorbar(
    range(len(difference)),
    list(difference.values()),
    yerr=[2 * e for e in error],
    fmt="none",
    color="black",
    linewidth=1,
)
ax.axhline(0, color="grey", linewidth=1)
plt.show()
print(
    f"the components add up to {sum(difference.values()):.2f}; the probe's scores differ by "
    f"{(read_flipped.mean() - read_kept.mean()):.2f} and tell the two apart in "
    f"{((read_flipped > 0).float().mean() + (read_kept < 0).float().mean()) / 2:.0%} of these positions"
)

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - If the lines for mine/theirs and black/white part company, the model keeps the board *relative to the player*.
#   If the untrained model comes close, the probe does the work: then show curves only as gains over that control.
# - Large bars say who writes the word "flipped" for this square, not who finds out. A head can only move what
#   was already computed elsewhere; an MLP can combine, but only what is at its own position.
# - **The story of one component would be wrong** if swapping its output between the two kinds of positions left
#   the probe's reading where it was. Patch it (`model.hooks` on `blocks.L.attn.hook_z` or `hook_mlp_out`), measure
#   `reading` again, and only then look at the attention pattern of what is left.
# - It would be a story about *this line of squares* if another pair (move, square), mirrored along the diagonal,
#   has other bars. Othello has eight symmetries; nothing forces the model to share its circuit among them.
