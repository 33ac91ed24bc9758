# %% [markdown]
# ## The data
# `lab/candidates.py` is where your behaviour goes: rows of two prompts and two answers, by hand or from
# a template. Three candidates stand there as examples. The two prompts of a row may differ in one run of
# one or two words; that place is found for you. Every third row is kept back for the test.
# Where all rows come from one template, so do those: for a harder test, add a second one. With few words
# the same prompts return: all kept prompts of "opposites" stand in other rows too.

# %%
from lab import candidates, pairs

made = {name: candidates.shown(name, settings.n_prompts) for name in candidates.CANDIDATES}
encoded = {name: pairs.encode(model, some) for name, some in made.items()}
for name, some in made.items():
    print(f"{name}: {pairs.summary(encoded[name])}")
    for prompt, answer in ((some[0].clean, some[0].right), (some[0].corrupted, some[0].wrong)):
        print(f"    {prompt.text} ->{answer}")

# %% [markdown]
# Hunt here for others. Type the beginning of a sentence, read what the model expects, change one word and
# look again. You want a case in which it is sure, and in which that word decides.

# %%
from lab import measurement

for text in ("The keys that he lost were", "She asked him whether he", "Not only the cat"):
    likely = [f"{word!r} {share:.2f}" for word, share in measurement.next_words(model, text)]
    print(f"{text}\n    {', '.join(likely)}")
