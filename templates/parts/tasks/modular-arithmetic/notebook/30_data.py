# %% [markdown]
# ## The data
# Every pair of residues; part of them is never shown in training. A model can learn the table by heart
# (training accuracy 1, held-out accuracy at chance) long before it finds a rule. Weight decay is what
# makes it go on looking, so it stays on.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.training.tokens)} pairs to train on, {len(examples.tokens)} held out")
for tokens, targets in zip(examples.tokens[:5], examples.targets[:5]):
    print(task.show(tokens), targets[targets != IGNORE].item())
