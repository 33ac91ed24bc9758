# %% [markdown]
# ## The data
# A list of distinct random tokens, then parts of the same list. Each part begins at a random place and
# runs to the list's end. A token that comes again is followed by what followed it before; the last one
# of a list is not, and has no target.
#
# The random starts matter. If the list simply repeated, *the token not seen for longest* would always be
# the next one, and so would the token at one distance back. Neither asks what followed the current token.

# %%
from lab.data import IGNORE
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
for tokens, targets in zip(examples.tokens[:3], examples.targets[:3]):
    print(
        task.show(tokens), f"   first target at position {int((targets != IGNORE).int().argmax())}"
    )
