# %% [markdown]
# ## The data
# The model reads `a b =` and answers at the `=`. A number is one token, so nothing in the input says
# that 7 is more than 6: the order has to be learned. A pair and its mirror, (3, 8) and (8, 3), are held
# out together, since whoever remembers one knows the other.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.training.tokens)} pairs to train on, {len(examples.tokens)} held out")
for tokens, targets in zip(examples.tokens[:5], examples.targets[:5]):
    print(task.show(tokens), targets[targets != IGNORE].item())
