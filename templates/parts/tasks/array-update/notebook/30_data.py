# %% [markdown]
# ## The data
# A program of three statements: make an array, set one of its elements, print it. An index is the same
# token as that number used as a value, as in real code: `1` means a place or a quantity, by the bracket
# before it. All values of a program differ, so an answer tells which one it was copied from. The
# `pass` tokens move the array to and fro; with `filler=0` every element has a fixed place.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
for tokens, targets in zip(examples.tokens[:5], examples.targets[:5]):
    print(
        f"{task.show(tokens)} {targets[-1].item():>4}    answers {targets[targets != IGNORE].tolist()}"
    )
