# %% [markdown]
# ## The data
# In every prompt another function, of which most coordinates of x are no part: with `family = "sparse"` a linear one with
# `n_nonzero` weights that are not zero. Who knows which ones needs as many pairs as there are such weights; least squares,
# which does not, needs as many as x has dimensions. In between there is room for something clever.
# The other families of this problem are a setting away: `settings.but(family="tree")` (depth 2, x of signs) and
# `family="network"`. The figures below are meant for sparse functions.

# %%
from lab.task import make_task

task = make_task(settings, device)
shown = task.prompts(3, torch.Generator(device).manual_seed(settings.seed))
for row in range(3):
    used = shown.relevant[row].nonzero().flatten().tolist()
    print(f"depends on coordinate {', '.join(map(str, used))} only:")
    print(task.show(task.encode(shown).tokens[row]))
examples = task.held_out()
