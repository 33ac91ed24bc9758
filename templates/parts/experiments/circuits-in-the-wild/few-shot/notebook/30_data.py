# %% [markdown]
# ## The data
# Three tasks, in words that are one token each. One half of a task's words is asked for in the
# experiments below, the other half when mean outputs are taken. The pieces show where the answers stand.

# %%
from lab import few_shot, measurement
from lab.pairs import encode, summary

items = {name: few_shot.single(model, task) for name, task in few_shot.TASKS.items()}
asked, kept_back = {}, {}
for name, some in items.items():
    asked[name], kept_back[name] = few_shot.halves(some, settings.seed)


def made(name, n_examples, words=None):
    """Contents of the prompts of a task, and the prompts as tokens."""
    contents = few_shot.drawn(
        items[name], settings.n_prompts, n_examples, settings.seed, words or asked[name]
    )
    return contents, encode(model, few_shot.pairs(contents, settings.seed))


for name in items:
    _, some = made(name, 2)
    print(f"{name}: {len(items[name])} of {len(few_shot.TASKS[name])} items; {summary(some)}")
    for rows in (some.clean, some.corrupted):
        print("   ", model.to_string(rows[0]))
