# %% [markdown]
# ## The data
# The same pairs of numbers, asked with different operators. Part of the questions is held out; the split
# is drawn over questions, so 3 + 5 may be held out while 3 - 5 is not. A model that keeps the two
# operations apart gains nothing from that; one that shares might.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.training.tokens)} questions to train on, {len(examples.tokens)} held out")
for tokens, targets in zip(examples.tokens[:6], examples.targets[:6]):
    print(task.show(tokens), targets[-1].item())
