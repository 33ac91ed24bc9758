# %% [markdown]
# ## The data
# Whole sentences, one token a word: six templates of different lengths, both orders of the names. For every
# sentence there is a **corrupted** one, in which a third name takes the place of the second S. Nobody is
# repeated there, so nothing says which of the first two names is meant. It is the contrast by which heads are found.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
prompts = task.unseen
corrupted = task.with_third_name(prompts, torch.Generator(device).manual_seed(settings.seed))
print(
    f"{task.n_names} names, {len(task.words)} words, {len(task.train_pairs)} pairs of names to train on"
)
for row in range(4):
    print(task.show(prompts.tokens[row]), "->", f"n{int(prompts.io[row])}")
print("corrupted:", task.show(corrupted[0]))
