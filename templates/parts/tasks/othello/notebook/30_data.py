# %% [markdown]
# ## The data
# Games in which every move is drawn evenly from the legal ones: no strategy, only rules. The model reads
# moves (a token is a square) and never sees a board, a colour or a pass. Since the next move is drawn
# evenly, the loss is taken against *all* legal moves at once: the same expected loss, less noise.

# %%
from lab.task import make_task

task = make_task(settings, device)
rules, games = task.rules, task.games
examples = task.held_out()
boards = task.boards(games)  # [game, turn, square], seen by the player who moves next
print(f"{rules.side} x {rules.side} board, {len(games.moves)} held-out games, for instance:")
print(task.show(examples.tokens[0]))

# %% [markdown]
# Check the token ids before any plot: replay a game and look. `x` moves next, `o` is the opponent, `*` are
# the squares where `x` may move.


# %%
def drawing(game: int, turn: int) -> str:
    """The board after a turn, as text."""
    legal = rules.squares(games.legal[game, turn]).tolist()
    marks = ["*" if may else ".xo"[state] for may, state in zip(legal, boards[game, turn].tolist())]
    return "\n".join(
        " ".join(marks[at : at + rules.side]) for at in range(0, len(marks), rules.side)
    )


for turn in (3, 4):
    print(f"after move {turn + 1}, {rules.name(int(games.moves[0, turn]))}:\n{drawing(0, turn)}\n")
