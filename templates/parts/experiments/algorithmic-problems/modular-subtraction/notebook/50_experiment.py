# %% [markdown]
# ## First experiment: where does the model keep the order?
# For addition, E[a] + E[b] is all that the answer needs. Subtraction has to know which number came first, and
# the order can enter in two ways: through the attention scores, or through the values that are
# handed on. Take each away and see what is lost. A model of the same size **that adds** is the control.
#
# Without any order both a b = and b a = get the same answer, so half is the most that can be right. A wrong
# answer need not mean lost order, so the last bar sets the two ways against each other: scores as for `b a =`,
# values as for `a b =`.

# %%
from lab import fourier, measurement

p = task.modulus
adding = settings.but(operation="add")
addition_task = make_task(adding, device)
addition = build_model(addition_task, adding, device)
added = train(
    addition, addition_task, adding, checkpoint=Path("checkpoints") / f"add-seed{settings.seed}.pt"
)
print(f"addition: {added.steps[-1]} steps, held-out accuracy {added.held_out_accuracy[-1]:.3f}")
models = {"subtraction": (model, task), "addition": (addition, addition_task)}
found = {
    name: measurement.answers(one, measurement.different_pairs(its_task))
    for name, (one, its_task) in models.items()
}
shown_bars = {
    "subtraction: says a - b": {name: right for name, (right, _) in found["subtraction"].items()},
    "subtraction: says b - a": {name: mirror for name, (_, mirror) in found["subtraction"].items()},
    "control, addition: says a + b": {
        name: right for name, (right, _) in found["addition"].items()
    },
}
for (title, values), ax in zip(shown_bars.items(), plots.row(3, width=5, height=4.4)):
    plots.bars(
        {name.replace(" ", "\n"): share for name, share in values.items()},
        levels={"the most without order, for subtraction": 0.5},
        title=f"{title}, pairs a ≠ b",
        y="share of pairs",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
    ax.tick_params(axis="x", labelsize=7)
plt.show()

# %% [markdown]
# ## Second experiment: where do the heads look?
# Attention from the `=` to a minus attention to b, for each head and every pair. The titles give the mean over
# all pairs and the spread.

# %%
every_pair = task.encode(task.pairs().to(device)).tokens
# control: the models beside each other, on one colour scale
for name, (one, _) in models.items():
    maps = measurement.preference(one, every_pair).cpu()
    for head, ax in enumerate(plots.row(maps.shape[1], width=3.6, height=3.2)):
        values = maps[:, head]
        plots.heatmap(
            values.view(p, p),
            centre=0.0,
            between=(-1, 1),
            title=f"{name}, head {head}: {values.mean():+.2f} ± {values.std():.2f}",
            x="b",
            y="a",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# ## Third experiment: are they the waves of addition?
# On the left the share of the embedding's squared norm at each frequency, with the numbers in shuffled order as the
# control. On the right the share of the logits' variance that is cos(2 pi k (a - b - c) / p), for the model that
# adds cos(2 pi k (a + b - c) / p). Controls are the other model's waves, and a table of right answers (dashed).

# %%
left, right = plots.row(2, width=5.8, height=4.4)
rows = torch.randperm(p, generator=torch.Generator().manual_seed(0)).to(device)
embedded = {name: one.W_E[:p].detach() for name, (one, _) in models.items()}
embedded["subtraction, numbers shuffled"] = embedded["subtraction"][rows]
frequencies = range(1, p // 2 + 1)
plots.lines(
    {name: fourier.spectrum(weights).cpu() for name, weights in embedded.items()},
    at=frequencies,
    title="Share of the embedding's squared norm at each frequency",
    x="frequency k",
    y="share of the squared norm",
    ax=left,
)
found = {
    f"{name}: {label}": measurement.waves(
        measurement.every_logit(models[name][0], task), sign
    ).cpu()
    for name, label, sign in (
        ("subtraction", "a - b - c", -1),
        ("addition", "a + b - c", 1),
        ("subtraction", "a + b - c, control", 1),
    )
}
plots.lines(
    {f"{name}, in all {shares.sum():.2f}": shares for name, shares in found.items()},
    at=frequencies,
    levels={"each frequency of a table": 1 / (p // 2)},
    title="Share of the logits' variance",
    x="frequency k",
    y="share of the variance",
    ax=right,
)
plt.show()
for name, shares in list(found.items())[:2]:
    print(f"{name}: as many as {measurement.effective_number(shares):.1f} equal frequencies")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **"Attention without place" takes the order from the scores**, "values without place" from what is handed on.
#   Attending by numbers alone, a head can still say which place it looked at.
#   (`test_place_in_the_scores_is_lost_with_attention_and_place_in_the_values_with_values`)
# - **With the scores of `b a`, who still says a - b has the order from the values, and who says b - a from the
#   scores.** (`test_scores_and_values_set_against_each_other_name_the_one_that_orders`)
# - **"Neither" is a check on the measurement**: it cannot exceed a half for subtraction, whatever the model does.
#   For addition it may stay at 1.
#   (`test_without_any_place_half_is_the_most_for_subtraction_and_no_bound_for_addition`)
# - **The mean of a map is a preference for a place, its spread a preference for numbers.**
#   (`test_the_mean_of_a_map_is_place_and_its_spread_is_numbers`)
# - **A few peaks high above the dashed line are waves.** A sum near 1 is none: a table has that too, from all
#   frequencies alike. A sum near 0 leaves nothing to count.
#   (`test_a_few_peaks_are_waves_and_a_flat_line_is_a_table`, `test_waves_of_the_difference_are_none_of_the_sum`)
# - Which part matters in a model of seed 1, and of seed 2? If seeds differ, what do they have in common?
# - If this is addition with b negated, where is sin(wb) turned into -sin(wb): in the values, in the neurons, or in
#   the unembedding? What is the rest of the logits' variance?
