# %% [markdown]
# ## The data
# The same pairs of numbers, asked with different operators. The split is drawn over questions: 3 + 5 may
# be held out while 5 + 3, or 3 - 5, is trained on. A memory of mirror images gets the first of these, and
# is drawn below as a guesser. A model that keeps the two operations apart gains nothing from the second.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.training.tokens)} questions to train on, {len(examples.tokens)} held out")
for tokens, targets in zip(examples.tokens[:6], examples.targets[:6]):
    print(task.show(tokens), targets[-1].item())
