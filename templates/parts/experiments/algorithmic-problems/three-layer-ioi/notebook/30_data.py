# %% [markdown]
# ## The data
# Whole sentences, one token a word: six frames, two names, one of them (S) named twice; the answer is IO, the other
# one. In the sentences of the IOI paper S comes last, so "the other name than the last one" is always right
# and no head has to detect a duplicate. Here every order makes a sentence, and that rule fails on a third.
#
# For every sentence there is one **without a repetition**: a third name stands in place of the first S, and nothing
# says who is meant. It is the contrast by which heads are found. In the other control a plain word stands there.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
prompts = task.unseen
unrepeated = task.with_third_name(prompts, torch.Generator(device).manual_seed(settings.seed))
print(
    f"{task.n_names} names, {len(task.words)} words, {len(task.train_pairs)} pairs of names to train on"
)
for row in range(4):
    print(task.show(prompts.tokens[row]), "->", f"n{int(prompts.io[row])}")
print("no repetition:", task.show(unrepeated[0]))
