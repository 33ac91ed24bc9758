# %% [markdown]
# ## The measurement
# A task is worth a weekend if four things hold. The model beats every shortcut *where the shortcuts fail*. It
# does so on inputs of other kinds than the random ones. It still can when it is small. And two seeds find
# the same way of doing it. None of this needs to know your rule: do it with every candidate.
#
# **Test 1: is it the rule?** Accuracy on all places, and on those where every shortcut is wrong.

# %%
from textwrap import fill

from lab import attention, measurement

generator = torch.Generator(device).manual_seed(settings.seed + 1)
fresh = task.sample(2048, generator)
for ax, only_hard in zip(plots.row(2, width=5.4), (False, True)):
    shares = measurement.scores(task, model, fresh.tokens, only_hard=only_hard)
    if only_hard:  # there the shortcuts are wrong by definition
        shares = {"the model": shares["the model"]}
    plots.bars(
        {fill(name, 12): share for name, share in shares.items()},
        levels={
            "always the same": measurement.always_the_same(task, fresh.tokens, only_hard=only_hard)
        },
        ax=ax,
        title=f"Accuracy {'where every shortcut is wrong' if only_hard else 'at all places'}",
        y="accuracy",
    )
    ax.set_ylim(0, 1.3)
plt.show()

# %% [markdown]
# **Test 2: other inputs.** Random sequences hardly ever contain a long run, a repetition or only two symbols. A
# rule holds there as anywhere; a bundle of habits that fits random data need not. A family in which a
# shortcut does as well as the model cannot tell the two apart, so the shortcuts stand in every row.

# %%
# control: the shortcuts, a column each
families = {
    name: measurement.scores(task, model, tokens)
    for name, tokens in measurement.families(task, 512, generator).items()
}
_, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
plots.heatmap(
    [list(shares.values()) for shares in families.values()],
    ax=ax,
    between=(0, 1),
    title="Accuracy on inputs of another kind",
    x="",
    y="",
    x_ticks=[fill(name, 12) for name in next(iter(families.values()))],
    y_ticks=list(families),
)
for row, shares in enumerate(families.values()):
    for column, share in enumerate(shares.values()):
        ax.text(
            column,
            row,
            f"{share:.2f}",
            ha="center",
            va="center",
            color="white" if share < 0.6 else "black",
        )
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
# **Test 3: how small can it be?** Smaller models of another seed, each with as many steps as the one above took.
# A bar that falls may mean that the model cannot, or that it needs longer: train the ones in question on.
# Interpret the smallest model that does it, not the first one that you trained.

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
    small[name] = measurement.scores(task, kept[name], fresh.tokens, only_hard=True)["the model"]
plots.bars(
    small,
    levels={"always the same": measurement.always_the_same(task, fresh.tokens, only_hard=True)},
    title=f"Another seed, {history.steps[-1]} steps: accuracy where shortcuts fail",
    y="accuracy",
)
plt.ylim(0, 1.3)
plt.show()

# %% [markdown]
# **Test 4: do two seeds find the same way?** From the last position, how much attention does each head give
# to the keys of each role? The roles stand in `lab/rules.py`: groups of keys that your two candidate
# algorithms would treat differently. Sequences without a key of some role are left out. The unit is what the head pays
# to the same *places* on average, whatever stands there. Heads have no order: look for the same *rows*, not for the same place. How far the rows are apart is
# printed below, beside two yardsticks: the same model on other sequences, and an untrained model.

# %%
from matplotlib.colors import TwoSlopeNorm

roles = {name: role(fresh.tokens, fresh.targets[:, -1:]) for name, role in task.rule.roles.items()}
untrained = build_model(task, settings.but(seed=settings.seed + 2), device)
three = {"this seed": model, "another seed": kept["as trained"], "untrained": untrained}
tables = {
    name: measurement.attention_by_role(attention.patterns(network, fresh.tokens), roles).cpu()
    for name, network in three.items()
}
heads = [
    f"L{layer}H{head}" for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)
]
_, axes = plt.subplots(1, 3, figsize=(13, 0.5 * len(heads) + 2), sharey=True, layout="constrained")
top = max(table.max().item() for table in tables.values())
scale = TwoSlopeNorm(vcenter=1, vmin=0, vmax=max(top, 1.1))
for (name, table), ax in zip(tables.items(), axes):
    image = ax.imshow(table, cmap="RdBu", norm=scale, aspect="auto")
    for row, values in enumerate(table.tolist()):
        for column, value in enumerate(values):
            colour = "white" if value > 0.8 * top else "black"
            ax.text(column, row, f"{value:.2f}", color=colour, ha="center", va="center", fontsize=8)
    ax.set_xticks(range(len(roles)), [one.replace(" ", "\n", 1) for one in roles], fontsize=8)
    ax.set_yticks(range(len(heads)), heads)
    ax.set_title(f"{name}: attention per key (1: looks at places)", fontsize=10)
plt.colorbar(image, ax=axes, shrink=0.8)
plt.show()
for name, table in tables.items():
    print(
        f"{name}: first role over second, largest head {measurement.first_over_second(table):.2f}"
    )
others = task.sample(2048, generator)
its_roles = {
    name: role(others.tokens, others.targets[:, -1:]) for name, role in task.rule.roles.items()
}
again = measurement.attention_by_role(attention.patterns(model, others.tokens), its_roles).cpu()
for name, table in {"another seed": tables["another seed"], "other sequences": again}.items():
    print(f"rows apart from {name}: {measurement.rows_apart(tables['this seed'], table):.2f}")
print(
    "rows apart from the untrained model: "
    + ", ".join(
        f"{name} {measurement.rows_apart(tables[name], tables['untrained']):.2f}"
        for name in ("this seed", "another seed")
    )
)

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Test 1.** At 1 where every shortcut is wrong, the model follows the rule there. A model that follows one of your
#   shortcuts is at 0 there. In between look for a shortcut that you did *not* list. Naming the last unique symbol but
#   one, for instance, is right in about 0.6 of these places.
#   (`test_a_listed_shortcut_is_always_wrong_where_all_fail_and_the_rule_always_right`,
#   `test_an_unlisted_shortcut_falls_between`)
# - **Test 2.** The rule itself has 1 in every row. A row where a shortcut has as much as the model cannot tell them apart.
#   (`test_families_are_what_they_say_and_the_rule_holds_in_each`)
# - **Test 4.** A head at 1 in every column does not tell the roles apart, however uneven its attention is.
#   (`test_attention_by_role_is_one_for_a_head_that_knows_places_only`)
# - **A head that treats all unique symbols alike** has the same in the first two columns, as has one that likes a symbol
#   wherever it stands. More for the answer says that it prefers the earlier of them.
#   (`test_a_head_that_treats_unique_symbols_alike_has_the_same_for_the_answer_and_later_ones`)
# - Two seeds can be nearer to each other than to the untrained model, and differ in the column that separates your two
#   algorithms. Do yours?
# - Write your two candidate algorithms as two rows of numbers for these roles *before* you look at the last figure. Do they
#   predict different rows? If not, choose other roles.
# - Which input, built by hand, must fail if your story is right? Does it?
# - None of the four shows a mechanism. Is there one worth looking for?
