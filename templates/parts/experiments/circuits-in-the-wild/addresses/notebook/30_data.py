# %% [markdown]
# ## The data
# Headers that stop where an e-mail address begins. Used are names of one token, both as ` John` and as `john`.
# There is a contrast for each part of the question. One has another first name. One has a round bracket, behind
# which a name would keep its capital. One has another separator in an address above, with the first name written already.

# %%
from lab import addresses, pairs

people = addresses.people(model, settings.n_people)
contrasts = {
    "name": addresses.other_name(people),
    "case": addresses.other_bracket(people),
    "separator": addresses.other_separator(people),
}
encoded = {name: pairs.encode(model, some) for name, some in contrasts.items()}
for name, some in contrasts.items():
    one = some[0]
    print(f"{name}: {pairs.summary(encoded[name])}")
    print(f"   {one.clean.text!r} -> {one.right!r}, {one.corrupted.text!r} -> {one.wrong!r}")
for form in ("John", " John", "john", " Johnson", "johnson"):
    ids = model.tokenizer(form, add_special_tokens=False).input_ids
    print(f"{form!r}: {[model.tokenizer.decode([one]) for one in ids]}")
