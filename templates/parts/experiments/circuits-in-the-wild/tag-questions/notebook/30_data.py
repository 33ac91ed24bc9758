# %% [markdown]
# ## The data
# Statements with a tag, in pairs that differ in the subject alone. "Could" looks the same with every
# subject, so the verb does not say how many there are. Each of the four pronouns stands against two
# others. A head that serves `he` and no other would thus show in two contrasts of the four.

# %%
from lab import pairs
from lab import tag_questions as tags

made = {
    "names": tags.names(settings.n_prompts),
    **{name: make(settings.n_prompts) for name, make in tags.CONTRASTS.items()},
    "past another person": tags.past_another(2 * settings.n_prompts),
}
encoded = {name: pairs.encode(model, some) for name, some in made.items()}
for name, some in made.items():
    print(f"{name}: {some[0].clean.text} -> {some[0].right}")
    print(f"   {some[0].corrupted.text} -> {some[0].wrong}; {pairs.summary(encoded[name])}")
