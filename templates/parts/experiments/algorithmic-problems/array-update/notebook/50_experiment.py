# %% [markdown]
# ## The measurement
# An element of the printed array is either **updated** (take the value from the assignment) or **untouched**
# (copy it from the array literal). A model that always copies is right in most slots, so the two are
# scored apart. The wrong answers are as telling: did it print the old value, or the new one where it should not?

# %%
n, arrow = task.n_elements, task.arrow
generator = torch.Generator(device).manual_seed(settings.seed + 1)
values = torch.rand(1000, task.n_numbers, generator=generator, device=device).argsort(1)
array, new = values[:, :n], values[:, n : n + 1]
before = torch.randint(task.filler + 1, (1000, 1), generator=generator, device=device)
one_statement = make_task(settings.but(n_assignments=1), device)


def program(index: torch.Tensor):
    """The 1000 programs, each with its one assignment at index [1000, 1]."""
    return one_statement.encode(array, index, new, before)


if settings.n_assignments > 1:
    raise ValueError(
        "from here on programs have one assignment: settings.but(n_assignments=1), then train again"
    )
index = torch.randint(n, (1000, 1), generator=generator, device=device)
batch = program(index)
guess = predict(model, batch.tokens)[:, arrow:].argmax(-1)
slot = torch.arange(n, device=device)
updated = slot == index
truth = batch.targets[:, arrow:]
by_slot = {
    f"a[{i}]\n{name}": (guess == truth)[:, i][where[:, i]].float().mean().item()
    for i in range(n)
    for name, where in [("updated", updated), ("untouched", ~updated)]
}
ax = plots.bars(
    by_slot, chance=task.chance, title="Accuracy by slot, updated and untouched apart", y="accuracy"
)
ax.set_ylim(0, 1.3)
plt.show()
mistakes = guess != truth
print(
    f"of {int((mistakes & updated).sum())} mistakes in updated slots, {int(((guess == array) & updated).sum())} print the "
    f"old value; of {int((mistakes & ~updated).sum())} in untouched ones, {int(((guess == new) & ~updated).sum())} print the new one"
)

# %% [markdown]
# ## First experiment: where does the index go?
# Take a program that assigns to `a[s]` and the same program assigning to a later element. Their tokens differ
# only in the index, and up to slot s both print the same. Run the second one, and put back the residual stream
# of the first **at one position only**, before each layer. What is drawn is how much of the logit difference
# between the new and the old value of slot s comes back: 0 nothing, 1 all of it.
#
# The last slot has no such pair: any other index would already have shown earlier in the answer.


# %%
def logit_difference(logits: torch.Tensor, s: int) -> torch.Tensor:
    """Logit of the new minus logit of the old value where slot s is printed: [batch]."""
    at = logits[:, arrow + s]
    return (at.gather(1, new) - at.gather(1, array[:, s : s + 1]))[:, 0]


@torch.no_grad()
def recovered(name: str, s: int) -> list[float]:
    """Share of the logit difference that comes back by patching hook `name`, for each position."""
    unshifted = torch.zeros_like(before)  # so that each position is the same thing in every program
    same, other = (
        one_statement.encode(array, torch.full_like(index, i), new, unshifted).tokens
        for i in (s, n - 1)
    )
    cut = arrow + s + 1  # nothing after the position that prints slot s can matter
    same, other = same[:, :cut], other[:, :cut]
    logits, cache = model.run_with_cache(same, names_filter=name)
    high, low = logit_difference(logits, s).mean(), logit_difference(model(other), s).mean()
    shares = []
    for position in range(cut):

        def put_back(stream, hook, position=position):
            stream[:, position] = cache[name][:, position]
            return stream

        patched = logit_difference(
            model.run_with_hooks(other, fwd_hooks=[(name, put_back)]), s
        ).mean()
        shares.append(((patched - low) / (high - low)).item())
    return [*shares, *[float("nan")] * (task.n_ctx - cut)]


places = ["a", "=", *(f"a[{s}]" for s in range(n)), ".", "a", "[", "INDEX", "]", "=", "NEW", "."]
places += ["pass"] * task.filler + ["a", "->", *(f"print {s}" for s in range(n - 1))]
names = [f"blocks.{layer}.hook_resid_pre" for layer in range(model.cfg.n_layers)]
fig, axes = plt.subplots(
    len(names), 1, figsize=(9, 2.4 * len(names)), layout="constrained", squeeze=False
)
for name, ax in zip(names, axes[:, 0]):
    plots.heatmap(
        [recovered(name, s) for s in range(n - 1)],
        ax=ax,
        centre=0.0,
        title=f"{name} put back at one position",
        x="",
        y="slot printed",
        x_ticks=places,
        y_ticks=[f"a[{s}]" for s in range(n - 1)],
    )
plt.show()

# %% [markdown]
# ## Who is looked at while a slot is printed?
# Mean attention from the position that prints a slot to: the slot's own element in the literal, the other
# elements, the index token, the new value, and the signs between them. Once for updated slots, once for untouched ones.

# %%
from lab import attention

pattern = attention.patterns(model, batch.tokens)[
    :, :, :, arrow:
]  # [layer, batch, head, slot, key]
literal = before + 2  # where the array begins in each program
key = torch.arange(task.n_ctx, device=device)
in_literal = (key >= literal) & (key < literal + n)  # [batch, key]
groups = {
    "own element": key == (literal[:, None] + slot[None, :, None]),
    "other elements": in_literal[:, None] & (key != (literal[:, None] + slot[None, :, None])),
    "index": (key == before + task.program - 5)[:, None].expand(-1, n, -1),
    "new value": (key == before + task.program - 2)[:, None].expand(-1, n, -1),
}
taken = torch.stack(list(groups.values())).any(0)
in_first = (key < before + 3 + n)[:, None] & ~taken
in_second = (key >= before + 3 + n)[:, None] & (key < before + task.program)[:, None] & ~taken
groups |= {"signs around the literal": in_first, "signs of the assignment": in_second}
groups["the line that prints"] = ~taken & ~in_first & ~in_second
heads = [(layer, head) for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)]
by_group = {
    name: [
        [
            (pattern[layer, :, head] * group).sum(-1)[where].mean().item()
            for group in groups.values()
        ]
        for layer, head in heads
    ]
    for name, where in [("updated", updated), ("untouched", ~updated)]
}
for ax, (name, rows) in zip(
    plots.row(2, width=5.4, height=1.8 + 0.5 * len(heads)), by_group.items()
):
    plots.heatmap(
        rows,
        ax=ax,
        between=(0, 1),
        title=f"Attention while an {name} slot is printed",
        x="",
        y="",
        x_ticks=list(groups),
        y_ticks=[f"L{layer}H{head}" for layer, head in heads],
    )
    ax.tick_params(axis="x", rotation=20)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Before layer 0 only the index token can matter: that row is a check of the method. Before the last layer,
#   the bright position tells where the index has been moved to. On the *value* side (at NEW, or an old element)
#   it changes what is found there, K- or V-composition; on the printing side it changes the query, Q-composition.
# - Two bright positions whose shares add up to about 1 are two halves of one route. If each alone gives 1,
#   there are two routes, and silencing one will show nothing.
# - **"It looks up the index" would be wrong** if an updated slot is recognised by its old value being
#   suppressed instead: compare the two logits one by one, not their difference.
# - The `pass` tokens force the model to find the literal by what it is. Train with `settings.but(filler=0)` and
#   draw the last figure again: a head that is unchanged worked by position all along, and *binding* is the wrong
#   word for it.
