# %% [markdown]
# ## The data
# Each family gives pairs of lists. The clean one goes up by one; the other holds the same five items
# shuffled. Both are asked for two tokens: the next item, and the clean list's last item again. So the
# logit difference separates "next" from "again". As a control, colours that come round: after
# `red, blue, green, red, blue,` stands `green`, though no colour is the next of another.

# %%
from lab import sequences

shuffled, between = {}, {}
for name, family in sequences.FAMILIES.items():
    shuffled[name], between[name] = sequences.encoded(
        model, family, sequences.shuffled, settings.n_prompts
    )
repeated, _ = sequences.encoded(model, None, sequences.repeating, settings.n_prompts)
items = {
    name: sequences.item_ids(model, family, between[name])
    for name, family in sequences.FAMILIES.items()
}

# %% [markdown]
# With leading spaces where the tokenizer keeps each item whole, without them elsewhere. The pieces show
# whether each item is one token.

# %%
from lab import pairs

for name, some in {**shuffled, "colours": repeated}.items():
    right, wrong = (model.tokenizer.decode([int(ids[0])]) for ids in (some.right, some.wrong))
    print(f"{name}: next {right!r}, again {wrong!r}; {pairs.summary(some)}")
    for tokens_of in (some.clean, some.corrupted):
        print("   ", [model.tokenizer.decode([one]) for one in tokens_of[0].tolist()])
