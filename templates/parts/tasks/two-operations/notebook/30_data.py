# %% [markdown]
# ## The data
# The same pairs of numbers, asked with different operators. A question and its mirror image are held out together:
# whoever remembers 5 + 3 knows 3 + 5. The inverse, 8 - 5, may be trained on while 3 + 5 is held out. That is of use to
# a model that connects the two operations.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.training.tokens)} questions to train on, {len(examples.tokens)} held out")
for tokens, targets in zip(examples.tokens[:6], examples.targets[:6]):
    print(task.show(tokens), targets[-1].item())
