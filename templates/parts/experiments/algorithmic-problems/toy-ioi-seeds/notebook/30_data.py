# %% [markdown]
# ## The data
# START, fillers, a name S twice and a name IO once, END; the answer is IO. To compare models they must be
# asked the same thing, so **every seed and every architecture below is described on one fixed set of prompts**,
# with pairs of names that none of the runs of this seed's split has trained on.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
share = [(task.unseen.order == order).float().mean().item() for order in range(task.orders)]
print("held-out prompts by order:", dict(zip(["IO S S", "S IO S", "S S IO"], share)))
print(task.show(examples.tokens[0]), "->", f"n{int(task.unseen.io[0])}")
