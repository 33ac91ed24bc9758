# %% [markdown]
# ## The data
# Distinct random tokens, then the same tokens again, and again until the context is full. Nothing can
# be predicted in the first copy; from the second one everything can. **The period is drawn anew for each
# sequence.** With a fixed period a head that always looks the same distance back solves the task, and
# scores high on every induction metric without being an induction head.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
for tokens, targets in zip(examples.tokens[:3], examples.targets[:3]):
    print(task.show(tokens), f"   first target at position {int((targets == IGNORE).sum())}")
