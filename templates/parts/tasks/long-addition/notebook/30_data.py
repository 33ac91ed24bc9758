# %% [markdown]
# ## The data
# One token a digit, both numbers padded with zeros, the answer one digit longer. The model is given the
# right digits of the answer so far and predicts the next. `answer_order` turns only the answer round.
# Written from the left, its first digit may depend on the very last column. Written from the right, a
# digit depends on the columns below it, whose answer digits stand there already.
#
# In random numbers a column passes a carry on only when its digits sum to 9, one in ten; a run of three
# such columns is one in a thousand. The share `nines` makes them common, or accuracy would hide them.

# %%
from lab.data import IGNORE
from lab.task import longest_chain, make_task

task = make_task(settings, device)
examples = task.held_out()
for tokens, targets in zip(examples.tokens[:4], examples.targets[:4]):
    a, b = (n.item() for n in task.numbers(tokens[None]))
    digits = targets[targets != IGNORE].tolist()
    print(f"{a:>6} + {b:<6} answer tokens {digits}, written {task.order}")
chains = longest_chain(*task.numbers(examples.tokens), task.n_digits).bincount(
    minlength=task.n_digits + 1
)
print("held-out questions by their longest chain of carries:", dict(enumerate(chains.tolist())))
