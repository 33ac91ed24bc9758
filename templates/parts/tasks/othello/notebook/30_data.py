# %% [markdown]
# ## The data
# Games in which every move is drawn evenly from the legal ones. The model reads moves (a token is a square)
# and never sees a board, a colour or a pass. The loss is taken against *all* legal next moves at once: the same
# expected loss as with the one that was played, and less noise. `x` moves next, `*` is where it may.

# %%
from lab.task import make_task

task = make_task(settings, device)
rules, games = task.rules, task.games
examples = task.held_out()
boards = task.boards(games)  # [game, turn, square], seen by the player who moves next
print(f"{rules.side} x {rules.side} board, {len(games.moves)} held-out games, for instance:")
print(task.show(examples.tokens[0]))
for turn in (3, 4):
    print(f"after move {turn + 1}, {rules.name(int(games.moves[0, turn]))}:")
    print(task.drawing(games, 0, turn), end="\n\n")
