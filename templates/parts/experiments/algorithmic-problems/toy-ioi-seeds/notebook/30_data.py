# %% [markdown]
# ## The data
# START, fillers, a name S twice and a name IO once, END; the answer is IO. Any of the three mentions can be IO.
# Otherwise all seeds could agree on a rule that looks for no repetition: "the other name than the last one".
#
# To compare models they are asked the same thing. **Every seed and every architecture below is described
# on one fixed set of prompts**, with pairs of names on which none of the runs has trained.

# %%
from lab.ioi import ORDERS
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
share = [(task.unseen.order == order).float().mean().item() for order in range(task.orders)]
print("held-out prompts by order:", dict(zip(ORDERS, share)))
print("rules without a repetition:", {k: round(v, 2) for k, v in task.rules_right().items()})
print(task.show(examples.tokens[0]), "->", f"n{int(task.unseen.io[0])}")
