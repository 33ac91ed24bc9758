# %% [markdown]
# ## The data
# "Mary and John went to the shop, John gave a drink to" with everything that is not needed taken away:
# a name A twice, a name B once, fillers between them, and at END the model must say B. Names stand at
# random places and B comes before or between the two A, or else the answer could be read off a fixed
# place. **Held out are pairs of names**: a table of pairs learned by heart fails there.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.train_pairs)} pairs of names to train on, {len(task.held_out_pairs)} held out")
for tokens, answer in zip(examples.tokens[:5], task.unseen.io[:5]):
    print(task.show(tokens), "->", f"n{int(answer)}")
