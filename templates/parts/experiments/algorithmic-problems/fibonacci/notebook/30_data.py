# %% [markdown]
# ## The data
# Every pair of numbers starts a sequence, and the pairs fall into cycles: follow one long enough
# and it comes back. A sequence from (3, 8) contains the pair (8, 11), so holding out random *pairs*
# would hold out nothing. Here whole cycles are held out, and the context ends before the shortest
# of them closes.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
lengths = [len(cycle) for cycle in task.cycles]
print(f"{len(lengths)} cycles modulo {task.modulus}, of lengths {sorted(set(lengths))}")
print(f"{len(task.training_pairs)} starting pairs to train on, {len(task.held_out_pairs)} held out")
for tokens, targets in zip(examples.tokens[:3], examples.targets[:3]):
    print(task.show(tokens), "->", targets[-1].item())
