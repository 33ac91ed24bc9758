# %% [markdown]
# ## First experiment: when does a head help the next token?
# Each head's direct effect on the token that comes next: where the head attends to that token most, where it
# stands elsewhere in the text, where it is new. Mean and standard error. The controls are heads of the same layers.

# %%
found = {name: measurement.trace(model, shown, head, settings.seed) for name, head in heads.items()}
for what, ax in zip(chosen, plots.row(3, width=4.4)):
    for place, name in enumerate(one for one in heads if kinds_of[one] == what):
        rows = measurement.by_kind(found[name])
        ax.errorbar(
            [number + 0.12 * place for number in range(3)],
            [mean for mean, _, _ in rows],
            yerr=[error for _, error, _ in rows],
            fmt="o",
            label=f"{name} ({', '.join(str(n) for _, _, n in rows)} tokens)",
        )
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_xticks(range(3), measurement.KINDS, rotation=12)
    ax.set_title(f"{what}s: the next token is ..." if what != "control" else "control", fontsize=10)
    ax.set_ylabel("effect on the next token, logits")
    ax.legend(fontsize=7, frameon=False)
plt.show()

# %% [markdown]
# ## Second experiment: which tokens does it raise or lower?
# Whatever comes next: the effect on the token attended to most, on another token before it, and on a token
# of any passage. A head that lowers names, attended to or not, does so to all of them alike. Positions
# from which it looks at the first token most are left out: many heads rest there.

# %%
targets = {name: measurement.by_target(one) for name, one in found.items()}
for what, ax in zip(chosen, plots.row(3, width=4.4)):
    names = [one for one in heads if kinds_of[one] == what]
    for place, target in enumerate(("attended most", "another before", "anywhere")):
        each = [targets[one][target] for one in names]
        ax.bar(
            [number + 0.27 * (place - 1) for number in range(len(names))],
            [mean for mean, _ in each],
            0.27,
            yerr=[error for _, error in each],
            label=f"{target} (control)" if target == "anywhere" else target,
        )
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_xticks(range(len(names)), names)
    ax.set_title(f"{what}s" if what != "control" else "other heads", fontsize=10)
    ax.set_ylabel("effect on that token, logits")
    ax.legend(fontsize=7, frameon=False)
plt.show()

# %% [markdown]
# ## Third experiment: how good is the rule?
# "What it attends to most comes next" should find the twentieth of tokens that the head helps most; for
# negative heads, harms most. The limit comes from the other part of the texts. Precision is to be
# held against the share that any tokens have there, recall against how often the rule holds at all.

# %%
names = list(heads)
rows = []
for name, head in heads.items():
    harmful = kinds_of[name] == "negative name mover"
    limit = measurement.threshold(
        measurement.trace(model, made, head, settings.seed), 0.05, harmful=harmful
    )
    rows.append(measurement.precision_and_recall(found[name], limit, harmful=harmful))
holds = [(found[name].kind == 0).float().mean().item() for name in names]
for title, real, luck, ax in zip(
    ("precision", "recall"),
    ([row[0] for row in rows], [row[1] for row in rows]),
    ([row[2] for row in rows], holds),
    plots.row(2, width=5.5),
):
    ax.bar([n - 0.2 for n in range(len(names))], real, 0.4, label=title)
    ax.bar(
        [n + 0.2 for n in range(len(names))], luck, 0.4, label="without any connection (control)"
    )
    ax.set_xticks(
        range(len(names)),
        [
            name + {"name mover": "", "negative name mover": " -", "control": " c"}[kinds_of[name]]
            for name in names
        ],
    )
    ax.set_ylim(0, 1.05)
    ax.set_title(f"{title} (-: negative, c: other heads)", fontsize=10)
    ax.legend(fontsize=8, frameon=False)
plt.show()

# %% [markdown]
# ## Fourth experiment: is it missed?
# The head puts out its mean everywhere. Does the loss rise where its direct effect was largest, and fall
# where it did most harm? Picked by direct effect, judged by ablation: later layers may make good, or undo, what
# the head wrote.

# %%
before = measurement.losses(model, shown)
for what, ax in zip(chosen, plots.row(3, width=4.4)):
    names = [one for one in heads if kinds_of[one] == what]
    for place, name in enumerate(names):
        rise = measurement.rises(
            model, shown, heads[name], measurement.mean_output(model, made, heads[name]), before
        )
        each = [
            measurement.mean_and_error(rise[mask])
            for mask in measurement.groups(found[name]).values()
        ]
        ax.errorbar(
            [number + 0.12 * place for number in range(3)],
            [mean for mean, _ in each],
            yerr=[error for _, error in each],
            fmt="o",
            label=name,
        )
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_xticks(range(3), measurement.groups(found[names[0]]), rotation=12)
    ax.set_title(
        f"without the {what}" if what != "control" else "control: other heads", fontsize=10
    )
    ax.set_ylabel("rise in loss, nats")
    ax.legend(fontsize=7, frameon=False)
plt.show()

# %% [markdown]
# Examples to read: where each named head helps most, harms most, and at random places.

# %%
read = lambda ids: model.to_string(ids)  # noqa: E731
for name in (f"L{i}H{j}" for i, j in named):
    noise = torch.rand(
        found[name].next.shape, generator=torch.Generator().manual_seed(settings.seed)
    )
    print(f"{name}, {kinds_of[name]}")
    for what, values in (
        ("helps", found[name].next),
        ("harms", -found[name].next),
        ("random", noise),
    ):
        for line in measurement.examples(found[name], shown, values, 4, read):
            print(f"   {what:6} {line}")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **High where the next token is attended to most, about 0 where it stands elsewhere**: the head raises what it
#   attends to. **Both high**: it raises what the text holds.
#   (`test_raising_what_is_attended_to_is_told_from_raising_what_the_text_holds`)
# - **Attended token lowered, another before it not**: the head suppresses what it attends to. **Both lowered**: it
#   lowers tokens of that kind, wherever it looks.
#   (`test_suppressing_what_is_attended_to_is_told_from_lowering_a_kind_of_token`)
# - **Precision far above its control**: the rule finds what the head helps. **High recall as well**: it
#   finds most of it. (`test_a_rule_that_fits_has_precision_and_recall_and_one_that_does_not_has_neither`)
# - **Helped most, and no rise without it**: its writing is undone or made good by what comes later.
#   (`test_a_direct_effect_that_is_undone_later_is_not_missed`)
# - Which of the examples fit no rule so far? How would you write the next one?
# - Where a negative head helps: is the attended token then the wrong one, so that lowering it is right?
