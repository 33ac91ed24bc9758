# %% [markdown]
# ## The data
# Invented names of three words with three different initials. Kept are acronyms that this tokenizer cuts
# letter by letter behind the bracket, as in `(|C|K|L`; `AC` may be one token. So rare letters come more often
# than in text, in the middle most of all. Each acronym has two names, for the controls.

# %%
from lab import acronyms, pairs

names, left_out = acronyms.names(model, settings.n_names)
print(f"{len(names)} names; acronyms left out: {dict(left_out)}")
for name in names[:2]:
    print(f"{' '.join(name.words)} ({name.letters()}); instead of each: {', '.join(name.others)}")
swapped = [pairs.encode(model, acronyms.swaps(names, at)) for at in range(3)]
for at, some in enumerate(swapped):
    cut = [model.tokenizer.decode([one]) for one in some.clean[0].tolist()]
    print(f"letter {at + 1}: {pairs.summary(some)}; {cut} -> {names[0].letters()[at]}")
