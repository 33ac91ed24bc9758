# %% [markdown]
# ## The data
# Sentences with two names, one of them said again: the subject S. The answer is the other, the indirect
# object IO. In the ABC version a third name stands in place of the second S. A removed head puts out its mean over other ABC
# sentences of the same template, position by position. That holds what the template has in common, neither
# the names of this sentence nor who is repeated.

# %%
from lab import abc_means, ioi, pairs

unrepeated = pairs.encode(model, ioi.unrepeated(settings.n_prompts))
print(ioi.unrepeated(1)[0].clean.text, "->", ioi.unrepeated(1)[0].right)
print(ioi.unrepeated(1)[0].corrupted.text, "-> ?")
print(pairs.summary(unrepeated))
means = abc_means.means(model, pairs.encode(model, ioi.unrepeated(settings.n_prompts, seed=1)))
