# %% [markdown]
# ## The data
# Lines of Python that stop where a bracket must be closed, in pairs. In the first kind the two lines
# differ in the innermost opener. In the second kind they differ in one token after it: a closing
# bracket, or a minus that leaves it open. In the third the inner one is closed and the outer ones differ.
# A stack gives the answers. A count of each kind ties where both kinds are open, and then has to know
# which came last.

# %%
from lab import brackets, pairs

lines = {
    "one bracket open": brackets.nested(settings.n_prompts, depth=1, distance=3),
    "two open": brackets.nested(settings.n_prompts, depth=2, distance=3),
    "one of two closed": brackets.used_up(settings.n_prompts),
    "the outer one left": brackets.left_over(settings.n_prompts),
}
encoded = {name: pairs.encode(model, made) for name, made in lines.items()}
for name, made in lines.items():
    one = made[0]
    print(f"{name:18} {one.clean.text} -> {one.right}    {one.corrupted.text} -> {one.wrong}")
    print(f"{'':18} {pairs.summary(encoded[name])}")
