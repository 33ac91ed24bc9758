# %% [markdown]
# ## The measurement
# A task is worth a weekend if four things hold: the model beats every shortcut *where the shortcuts
# fail*, it does so on inputs of other kinds than the random ones, it still can when it is small,
# and two seeds find the same way of doing it. None of this needs to know your rule; it is what you
# do with every candidate.
#
# **Test 1: is it the rule?** Accuracy on all places, and on those where every shortcut is wrong.

# %%
from lab import attention

generator = torch.Generator(device).manual_seed(settings.seed + 1)
fresh = task.sample(2048, generator)
answer = fresh.targets[:, asked]
where = hard(task.rule, fresh.tokens, task.n_symbols)[:, asked]
answers = {"the model": predict(model, fresh.tokens)[:, asked].argmax(-1)}
answers |= {
    name: guess(fresh.tokens, task.n_symbols)[:, asked]
    for name, guess in task.rule.shortcuts.items()
}
left, right = plots.row(2, width=5.4)
for ax, among, title in [
    (left, None, "at all places"),
    (right, where, "where every shortcut is wrong"),
]:
    plots.bars(
        {
            name.replace(" ", "\n"): accuracy_of(guess, answer, among)
            for name, guess in answers.items()
        },
        ax=ax,
        chance=task.chance,
        title=f"Accuracy {title}",
        y="accuracy",
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# **Test 2: other inputs.** Random sequences hardly ever contain a long run, a repetition or only
# two symbols. A rule holds there as anywhere; a bundle of habits that fits random data does not.


# %%
def families(n: int) -> dict[str, torch.Tensor]:
    """Sequences that differ from the random ones in one way each: [n, length]."""
    random = task.sample(n, generator).tokens
    half = (task.n_ctx + 1) // 2
    return {
        "random": random,
        "in runs\n(sorted)": random.sort(dim=1).values,
        "two symbols\nonly": (random[:, :1] // 2 * 2 + random % 2).clamp(max=task.n_symbols - 1),
        "second half\nrepeats the first": torch.cat([random[:, :half]] * 2, dim=1)[:, : task.n_ctx],
        "one symbol,\none exception": torch.where(
            torch.arange(task.n_ctx, device=device)
            == torch.randint(task.n_ctx, (n, 1), generator=generator, device=device),
            random,
            random[:, :1],
        ),
    }


by_family = {
    name: evaluate(model, task.encode(tokens))[1] for name, tokens in families(512).items()
}
plots.bars(by_family, title="Accuracy on inputs of another kind", y="accuracy")
plt.ylim(0, 1.1)
plt.show()

# %% [markdown]
# And by hand. Change the letters until it is wrong; that input is worth more than the figure above.


# %%
def ask(text: str) -> None:
    """What the model and the rule say after each letter."""
    tokens = task.read(text[: task.n_ctx])
    said = predict(model, tokens)[0].argmax(-1).tolist()
    right = task.rule.answer(tokens, task.n_symbols)[0].tolist()
    print("letters", *(f"{letter:>2}" for letter in text))
    print("model  ", *(f"{task.say(one):>2}" for one in said))
    print(
        "rule   ",
        *(f"{task.say(one):>2}" for one in right),
        f"  (places before {task.asked_from} are never asked)\n",
    )


ask("abcabdacbd")
ask("aabbccddee"[: 2 * min(5, task.n_symbols)])

# %% [markdown]
# **Test 3: how small can it be?** Smaller models get as many steps as the one above needed.
# Interpret the smallest one that does it, not the first one that you trained.

# %%
sizes = {
    "as trained": {},
    "half as wide": {"d_model": settings.d_model // 2, "d_mlp": settings.d_mlp // 2},
    "one layer": {"n_layers": 1},
    "one head\na layer": {"n_heads": 1},
    "no MLP": {"d_mlp": 0},
}
kept, small = {}, {}
for name, change in sizes.items():
    changed = settings.but(seed=settings.seed + 1, steps=history.steps[-1], **change)
    its_task = make_task(changed, device)
    kept[name] = build_model(its_task, changed, device)
    train(kept[name], its_task, changed, progress=False)
    small[name] = accuracy_of(predict(kept[name], fresh.tokens)[:, asked].argmax(-1), answer, where)
plots.bars(
    small,
    chance=task.chance,
    title=f"Another seed, {history.steps[-1]} steps: accuracy where shortcuts fail",
    y="accuracy",
)
plt.ylim(0, 1.1)
plt.show()

# %% [markdown]
# **Test 4: do two seeds find the same way?** From the last position, how much attention does each
# head give to one key of each role? The roles stand in `lab/rules.py`: they are the groups of keys
# that your two candidate algorithms would treat differently. 1 is what a head gives that looks
# everywhere alike. Heads have no order: look for the same *rows*, not for the same place.

# %%
from matplotlib.colors import TwoSlopeNorm

roles = {name: role(fresh.tokens, fresh.targets[:, -1:]) for name, role in task.rule.roles.items()}


def by_role(network) -> torch.Tensor:
    """Attention per key of each role, as a multiple of even attention: [head, role]."""
    pattern = attention.patterns(network, fresh.tokens)[:, :, :, -1]  # [layer, list, head, key]
    rows = [
        (pattern * mask[None, :, None]).sum((1, 3)) / mask.sum() * task.n_ctx
        for mask in roles.values()
    ]
    return torch.stack(rows, dim=-1).flatten(0, 1)


heads = [
    f"L{layer}H{head}" for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)
]
untrained = build_model(task, settings.but(seed=settings.seed + 2), device)
three = {"this seed": model, "another seed": kept["as trained"], "untrained": untrained}
_, axes = plt.subplots(1, 3, figsize=(13, 0.5 * len(heads) + 2), sharey=True, layout="constrained")
top = max(by_role(network).max().item() for network in three.values())
scale = TwoSlopeNorm(vcenter=1, vmin=0, vmax=max(top, 1.1))
for (name, network), ax in zip(three.items(), axes):
    image = ax.imshow(by_role(network).cpu(), cmap="RdBu", norm=scale, aspect="auto")
    for row, values in enumerate(by_role(network).tolist()):
        for column, value in enumerate(values):
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=8)
    ax.set_xticks(range(len(roles)), [one.replace(" ", "\n", 1) for one in roles], fontsize=8)
    ax.set_yticks(range(len(heads)), heads)
    ax.set_title(f"{name}: attention per key (1 = even)", fontsize=10)
plt.colorbar(image, ax=axes, shrink=0.8)
plt.show()
wrong = [
    predict(network, fresh.tokens)[:, asked].argmax(-1) for network in (model, kept["as trained"])
]
both = (wrong[0] != answer) & (wrong[1] != answer)
print(
    f"wrong answers: {(wrong[0] != answer).sum()} here, {(wrong[1] != answer).sum()} with another seed, "
    f"{both.sum()} in the same place, {(wrong[0] == wrong[1])[both].sum()} of those the same answer"
)

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Test 1 decides. If the model does no better than chance where shortcuts fail, it learned a
#   shortcut that you listed; if it falls from left to right but stays above them, look for the
#   shortcut that you did **not** list.
# - Test 2: a family with low accuracy is a lead, not a nuisance. Which of your two algorithms would
#   fail there? If neither would, you need a third.
# - Test 3 tells you what the algorithm needs. A rule that survives without its MLP compares and
#   copies; one that survives with a single layer composes nothing. If nothing breaks it, the task
#   is too easy to be interesting.
# - Test 4: write your two candidate algorithms as two rows of numbers for these roles *before* you
#   look at the figure. **They are no use if they predict the same row.** If seeds differ in rows,
#   explain one seed and say so, or choose another task.
# - None of the four shows a mechanism. They show that there is one worth looking for, and that your
#   story, once you have it, can be told apart from the next best one.
