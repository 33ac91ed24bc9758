# %% [markdown]
# ## The data
# `START`, eight different numbers, `MID`, and the same numbers sorted. The model answers at each
# place from `MID` on, so it never has to predict the unsorted half. While it is being tested it
# reads the *right* sorted numbers up to there (teacher forcing): one slip does not spoil the rest
# of the list.
#
# The list has no number twice. With `repeats=True` "the next larger one" stops being the whole
# answer.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
for tokens, targets in zip(examples.tokens[:3], examples.targets[:3]):
    print(task.show(tokens), "->", targets[targets != IGNORE].tolist())
