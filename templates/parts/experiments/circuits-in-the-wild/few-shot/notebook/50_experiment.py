# %% [markdown]
# ## First experiment: which heads bring back what the shuffling took?
# The measure is by how many logits the answer leads that of another word of the task. One head's output
# at the last arrow goes from the prompt with true answers into the shuffled one: 0 changes nothing, 1 undoes
# the shuffling. All heads by gradient, a linear estimate, then the largest for real.

# %%
from lab import behaviour, fast_patching, live, tokens

contents, pairs = made(settings.task, settings.n_examples)
clean, corrupted = behaviour.answers(model, pairs)
costly = (clean + corrupted > 0).tolist()
print(f"the shuffling costs lead in {sum(costly)} of {len(costly)} prompts, which are used below")
contents = [one for one, used in zip(contents, costly) if used]
pairs = pairs.rows(torch.tensor(costly, device=pairs.clean.device))
live.check(model, pairs.rows(slice(0, 4)))
checked = fast_patching.heads_checked(model, pairs, settings.n_heads_checked, place="end", drawn=2)
tokens.head_grid(
    torch.nan_to_num(checked.gradient),
    title=f"{settings.task}: effect at the last arrow, by gradient",
)
# no control: the next figure patches the same heads from other prompts
plt.show()

# %% [markdown]
# ## Second experiment: do they bring the task or the answer?
# The same heads, their outputs from three prompts. The first is the one with true answers, as before. The
# second shows true answers too, but asks for another word: a head that holds the task helps just as well, one
# that holds the answer brings the wrong one. The third, a control, is of another task with true answers.

# %%
largest = tokens.strongest_heads(torch.nan_to_num(checked.real), settings.n_heads_checked)
other_task = next(name for name in items if name != settings.task)
other_words = [one.other[0] for one in contents]
foreign = few_shot.drawn(items[other_task], len(contents), settings.n_examples, settings.seed)
prompts = {
    "same word": [few_shot.prompt(one.examples, one.asked[0]) for one in contents],
    "another word": few_shot.asked_otherwise(contents, other_words),
    "another task": [few_shot.prompt(one.examples, one.asked[0]) for one in foreign],
}
effects = {
    name: measurement.effects_from(
        model, pairs, torch.stack([model.to_tokens(one.text)[0] for one in some]), largest
    )
    for name, some in prompts.items()
}
ax = plt.subplots(figsize=(8, 3.8), layout="constrained")[1]
for place, (name, each) in enumerate(effects.items()):
    where = [n + 0.27 * (place - 1) for n in range(len(largest))]
    label = f"{name} (control)" if name == "another task" else name
    ax.bar(where, each.tolist(), 0.27, label=label)
ax.set_xticks(range(len(largest)), [f"L{layer}H{head}" for layer, head in largest])
ax.axhline(0, color="0.3", linewidth=0.8)
ax.set_ylabel("effect: 0 shuffled, 1 true answers")
ax.set_title("output at the last arrow, from a prompt with ...", fontsize=10)
ax.legend(fontsize=8, frameon=False)
plt.show()

# %% [markdown]
# Where these heads look from the last arrow, in prompts with true answers. The last row is even attention.

# %%
rows = [
    measurement.looked_at(behaviour.attention(model, pairs.clean, pairs, one)) for one in largest
]
n_tokens = int(pairs.places["end"][0]) + 1
even = {"answers": settings.n_examples, "words": settings.n_examples, "query": 1, "first token": 1}
even["rest"] = n_tokens - sum(even.values())
plots.heatmap(
    [list(row.values()) for row in rows] + [[n / n_tokens for n in even.values()]],
    title="attention from the last arrow (last row: even attention)",
    x="to",
    y="head",
    x_ticks=measurement.CONTEXT,
    y_ticks=[f"L{layer}H{head}" for layer, head in largest] + ["even (control)"],
    between=(0, 1),
)
plt.show()

# %% [markdown]
# ## Third experiment: the task without examples
# The heads that did at least half as well with another word are used. At the arrow of a prompt without
# any example they put out their mean over prompts with examples, in which other words are asked. Controls:
# means over prompts with shuffled answers, over those of another task, and as many heads of the same
# layers drawn at random. Left: how often the answer comes first. Right: by how many logits it leads another answer of the task. What makes all of a task's
# answers likelier moves the left bars alone.

# %%
moved = [
    one
    for one, same, another in zip(largest, effects["same word"], effects["another word"])
    if another > same / 2 > 0
] or largest[:1]
print("heads that bring the task:", ", ".join(f"L{layer}H{head}" for layer, head in moved))
for name in items:
    _, bare = made(name, 0)
    _, shown = made(name, settings.n_examples, kept_back[name])
    stranger = next(one for one in items if one != name)
    _, strange = made(stranger, settings.n_examples, kept_back[stranger])
    drawn = [
        measurement.with_outputs(
            model,
            bare,
            measurement.mean_outputs(
                model, shown.clean, shown, measurement.other_heads(model, moved, draw)
            ),
        )
        for draw in range(settings.n_draws)
    ]
    found = {
        "no examples": [measurement.with_outputs(model, bare, {})],
        "means of the task": [
            measurement.with_outputs(
                model, bare, measurement.mean_outputs(model, shown.clean, shown, moved)
            )
        ],
        "means, answers shuffled": [
            measurement.with_outputs(
                model, bare, measurement.mean_outputs(model, shown.corrupted, shown, moved)
            )
        ],
        f"means of {stranger}": [
            measurement.with_outputs(
                model, bare, measurement.mean_outputs(model, strange.clean, strange, moved)
            )
        ],
        "other heads, means of the task": drawn,
    }
    for which, ax in zip((0, 1), plots.row(2, width=5)):
        each = {label: torch.tensor([one[which] for one in runs]) for label, runs in found.items()}
        plots.bars(
            {label: values.mean().item() for label, values in each.items()},
            errors={
                label: values.std().item() for label, values in each.items() if len(values) > 1
            },
            title=f"{name}: answer first" if which == 0 else f"{name}: lead over another answer",
            y="share of prompts" if which == 0 else "logits",
            ax=ax,
        )
        plt.setp(ax.get_xticklabels(), rotation=20, ha="right")
        if which == 0:
            ax.set_ylim(0, 1.05)
    plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **The line of true answers above the shuffled one**: the model uses which answer goes with which word.
#   **Both rise alike**: format and vocabulary do. (`test_using_the_pairing_is_told_from_using_the_format`)
# - **Another word as high as the same word, another task low**: the head brings the task. **Same word high,
#   another word not**: it brings the answer. (`test_bringing_the_task_is_told_from_bringing_the_answer`)
# - **Means of the task raise left and right**: the task is applied to this word. **Left alone**: its
#   answers, all of them, became likelier. (`test_applying_a_task_is_told_from_naming_a_kind_of_word`)
# - Means of shuffled prompts do as well? Then what do these heads carry?
# - Which of these heads look at the answers, and which at the word asked? What would each have to read there?
# - Does your picture of one task hold for the heads of another, or are they different heads?
