# %% [markdown]
# ## The data
# Lists of many lengths in one batch, padded on the right; no loss is taken on the unsorted half or
# on the padding. `MID` stands at another place for every length: a position does not say which
# number of the sorted list is due. Some lengths in the middle are left out of training, and the
# context has room for longer lists than training has: *between* and *beyond* are two different questions.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print("trained lengths:", *task.lengths, "  room for lists up to", task.room)
for tokens in examples.tokens[:4]:
    print(task.show(tokens))
