# %% [markdown]
# ## First experiment: does the model need the repetition?
# Put a filler, or a third name, in place of the first S. Now no name is repeated, and nothing is left that
# makes IO the answer. A model that still prefers IO to S has another rule. The control is a model of
# the same size that learned the task with S always last, asked in its own order. There a blind rule is always right.

# %%
from lab import measurement

learned_s_last = build_model(s_last, settings, device)
train(learned_s_last, s_last, settings.but(subject_last=True))
preferred = {
    "three orders": measurement.prefers_io(model, task),
    "S always last": measurement.prefers_io(learned_s_last, s_last),
}
ax = plots.row(1, width=8)[0]
for shift, (name, shares) in zip((-0.2, 0.2), preferred.items()):
    drawn = ax.bar(torch.arange(len(shares)) + shift, list(shares.values()), width=0.4, label=name)
    ax.bar_label(drawn, fmt="%.2f", fontsize=8)
blind, blind_last = (max(one.rules_right().values()) for one in (task, s_last))
ax.axhline(blind, color="grey", linestyle="--", linewidth=1, label="best blind rule, three orders")
ax.axhline(blind_last, color="grey", linestyle=":", linewidth=1, label="the same, S always last")
ax.set_xticks(range(len(measurement.VERSIONS)), measurement.VERSIONS)
ax.set(
    title="IO has the higher logit than S, held-out pairs of names", ylabel="share", ylim=(0, 1.5)
)
ax.legend(fontsize=8, ncols=2, loc="upper center")
plt.show()

# %% [markdown]
# ## Second experiment: what do smaller models reach?
# Models with less, two seeds each, at the same number of steps. The dashed line is the best rule that looks for no repetition.
#
# For one layer without MLP there is an argument. Say that all names draw the same attention from END. On average over orders
# and pairs, let a name add x to its own logit and y to that of any other name. Then IO gets x + 2y, S gets 2x + y,
# and an absent name 3y. Can x + 2y be the largest of the three?

# %%
steps = history.steps[-1]
sizes = {f"{model.cfg.n_layers} layers,\n{model.cfg.n_heads} heads": [held_out_accuracy]}
for n_layers, n_heads in [(2, 2), (2, 1), (1, 4), (1, 1)]:
    name = f"{n_layers} layer{'s' * (n_layers > 1)},\n{n_heads} head{'s' * (n_heads > 1)}"
    sizes[name] = []
    for seed in (settings.seed, settings.seed + 1):
        other = settings.but(n_layers=n_layers, n_heads=n_heads, steps=steps, seed=seed)
        task.generator.manual_seed(seed)
        smaller = build_model(task, other, device)
        train(smaller, task, other)
        sizes[name].append(evaluate(smaller, examples)[1])
plots.bars(
    {name: sum(reached) / len(reached) for name, reached in sizes.items()},
    errors={name: (max(reached) - min(reached)) / 2 for name, reached in sizes.items()},
    levels={"best blind rule": blind},
    title=f"Held-out accuracy after at most {steps} steps (lines: two seeds)",
    y="accuracy",
).set_ylim(0, 1.2)
plt.show()

# %% [markdown]
# ## Third experiment: what does END read, and what does it add?
# Above: attention from END to the mentions, to the words before and after S again, and to END itself.
# Below: the **logit difference IO - S** is a sum of one term for each head and each place that it reads,
# with the final LayerNorm held at its scale. Split by order, since a mean over orders can hide a rule.

# %%
from lab.attribution import every_head
from lab.roles import PLACES

untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
names = [f"L{layer}H{head}" for layer, head in every_head(model)]
for title, measure in (
    ("Attention from END", lambda one: measurement.attention_by_order(one, task, "END")),
    ("Added to IO - S", lambda one: measurement.added_by_source(one, task)),
):
    tables = measure(model)
    control = torch.stack(list(measure(untrained).values())).mean(0)
    most = max(float(table.abs().max()) for table in tables.values())
    scale = (
        {"between": (0, 1)}
        if title.startswith("Attention")
        else {"centre": 0.0, "between": (-most, most)}
    )
    panels = plots.row(4, width=4.2, height=3.4)
    for ax, (order, table) in zip(panels, (tables | {"untrained, all orders": control}).items()):
        plots.heatmap(
            table.cpu(),
            title=f"{title}: {order}",
            x="",
            y="",
            x_ticks=PLACES,
            y_ticks=names,
            ax=ax,
            **scale,
        )
        ax.tick_params("x", rotation=40)
    plt.show()

# %% [markdown]
# ## Fourth experiment: where is the repetition noticed?
# At its second mention a name can find its first one; or END can count. Run the prompts with all heads of a
# layer writing, at one place, what they write when a third name stands for the first S. The number of names
# stays the same, so a rule that only counts mentions is not disturbed.
#
# The control are "S first" and the words before S again. Nobody can know of a repetition there: what is lost is who
# S is. The last layer is left out. Before END nobody reads what it writes, and at END it writes the answer itself.

# %%
left = measurement.where_noticed(model, task)
ax = plots.bars(
    {name.replace(", ", ",\n"): one for name, one in left.items()},
    levels={"as it is": left["as it is"], "third name": left["third name"]},
    title="IO - S that is left when one layer is patched at one place",
    y="logits",
    ax=plots.row(1, width=9)[0],
)
for drawn in ax.patches[2:]:
    drawn.set_color("C1")
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - First figure: a model that prefers IO as often without the repetition does not need it.
#   (`test_who_still_prefers_io_without_a_repetition_did_not_need_it`)
# - Added to IO - S: at the two S, **positive is writing against S and negative is copying S**.
#   (`test_writing_against_s_is_positive_and_copying_s_is_negative`)
# - Even attention to all three mentions can belong to a complete solution, since values may differ.
#   (`test_even_attention_to_three_names_can_be_a_whole_solution`)
# - Last figure, from S again on: an orange bar that falls to the lower line is where the repetition is noticed. Where none
#   falls, two places may do alone, or it is noticed in the last layer.
#   (`test_the_bar_that_falls_is_where_the_repetition_is_noticed`)
# - A blind rule lets none of these bars fall. (`test_a_rule_without_a_repetition_lets_no_bar_fall`)
# - A small model that fails: is it too small, or not trained long enough? Two seeds and one number of steps do not say.
# - No orange bar falls: patch two places at once. Which of the two stories is it?
