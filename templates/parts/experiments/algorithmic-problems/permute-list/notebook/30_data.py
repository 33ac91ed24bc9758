# %% [markdown]
# ## The data
# A list, an order given by indices, and the list in that order. Indices (`#2`) are tokens of their
# own, so an index and a list value never look alike. The convention is *output i is the element
# that index i names*; `inverse=True` is the other one: *element i goes to the place that index i names*.
#
# Held out are whole orders. Fresh lists alone would not tell a model that follows indices from one
# that has a routine for each order it knows.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.seen_orders)} orders to train on, held out: {task.unseen_orders.tolist()}")
for tokens, targets in zip(examples.tokens[:4], examples.targets[:4]):
    print(task.show(tokens), "->", targets[targets != IGNORE].tolist())
