# %% [markdown]
# ## The data
# Snippets of HTML that end in `</`. A snippet's twin has its outer and its inner name exchanged: the same
# tokens in another order. In two of the three layouts a third element is opened and closed as well. The
# layout of brackets is fixed, since `><` is one token.

# %%
from lab import pairs, tags

names = tags.usable(model)
print(f"names of one token: {', '.join(names)}")
made = {layout: tags.documents(layout, settings.n_prompts, names) for layout in tags.LAYOUTS}
encoded = {layout: pairs.encode(model, [one.pair for one in some]) for layout, some in made.items()}
for layout, some in made.items():
    one = some[0].pair
    print(f"{layout:18} {one.clean.text} -> {one.right:8} {pairs.summary(encoded[layout])}")
