# %% [markdown]
# ## The data
# Tokens drawn independently, so nothing in them says what came before what: the answer at each
# position is the token one back, which takes a sense of position. *A copy of the token 1 back* is thus no
# shortcut but the task itself; how a head finds that place is the question. There is room for twice as many
# positions as training uses, to see later what the model makes of places that it never met.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
for tokens, targets in zip(examples.tokens[:2, :12], examples.targets[:2, :12]):
    print("reads ", task.show(tokens), "...")
    print("names ", " -", task.show(targets[1:]), "...\n")
