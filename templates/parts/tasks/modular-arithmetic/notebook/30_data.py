# %% [markdown]
# ## The data
# Every pair of numbers below the modulus, with its answer. Part of the pairs is never shown in training:
# a network can learn those that it sees by heart, and know nothing of the others. The answer to
# (b, a) follows from that to (a, b): the second line says how many held-out pairs have a trained mirror.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
shown = task.held_out()
trained_pairs = {tuple(pair) for pair in task.training.tokens[:, :2].tolist()}
mirrored = sum((b, a) in trained_pairs for a, b in shown.tokens[:, :2].tolist())
print(f"{len(trained_pairs)} pairs to train on, {len(shown.tokens)} held out")
print(f"{mirrored} of the held-out pairs have their mirror among the trained ones")
for tokens, targets in zip(shown.tokens[:5], shown.targets[:5]):
    print(task.show(tokens), targets[targets != IGNORE].item())
