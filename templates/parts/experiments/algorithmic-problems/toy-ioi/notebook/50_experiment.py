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
# Models with less, two seeds each, for as many steps as the first one took. That one has a single seed, and stopped
# because it had reached its target. The dashed line is the best rule of the table above.
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
    title=f"Held-out accuracy after at most {steps} steps (with a line: two seeds)",
    y="accuracy",
).set_ylim(0, 1.2)
plt.show()

# %% [markdown]
# ## Third experiment: what does END read, and what does it add?
# First row: attention from END to the mentions, to the words before and after S again, and to END itself. Below: what
# each head adds from there to the **logit of IO** and to the **logit of S**. Both are taken against a third name, with the scale
# of the final LayerNorm held. IO - S is the second row minus the third, and what the embedding of END and the biases add.
# Split by order, since a mean over orders can hide a rule.

# %%
from lab.attribution import every_head
from lab.roles import PLACES

untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
names = [f"L{layer}H{head}" for layer, head in every_head(model)]
rows = {
    "Attention from END": lambda one: measurement.attention_by_order(one, task, "END"),
    "Added to IO": lambda one: measurement.added_by_source(one, task, "IO"),
    "Added to S": lambda one: measurement.added_by_source(one, task, "S"),
}
most = max(
    float(table.abs().max())
    for title in ("Added to IO", "Added to S")
    for table in rows[title](model).values()
)
for title, measure in rows.items():
    control = torch.stack(list(measure(untrained).values())).mean(0)
    tables = measure(model) | {"untrained, all orders": control}
    scale = {"between": (0, 1)} if "from" in title else {"centre": 0.0, "between": (-most, most)}
    for ax, (order, table) in zip(plots.row(4, width=4.2, height=3.4), tables.items()):
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
# ## Fourth experiment: where do the two mentions meet?
# At its second mention a name can find its first one; or END can count. Run the prompts with all heads of a
# layer writing, at one place, what they write when a third name stands for the first S. Then do the same for the second S.
# What a layer writes at a place where both mentions meet changes both times. A head that brings the first S there,
# whoever it is, changes only in the first run. So does a blind rule that reads the first name.
#
# Before S again nothing can change in the second run. In the first run what is lost there is who S is. The last layer is left
# out: before END nobody reads what it writes, and at END it writes the answer itself.

# %%
lost = measurement.where_they_meet(model, task)
n_bars = lost["S first"].numel()
ax = plots.row(1, width=9)[0]
for shift, (replaced, shares) in zip((-0.2, 0.2), lost.items()):
    heights = shares.flatten().tolist()
    label = f"third name for {replaced}"
    drawn = ax.bar(torch.arange(n_bars) + shift, heights, width=0.4, label=label)
    ax.bar_label(drawn, fmt="%.2f", fontsize=8)
for level, style, label in ((1, "--", "as with the third name itself"), (0, ":", "nothing lost")):
    ax.axhline(level, color="grey", linestyle=style, linewidth=1, label=label)
ticks = [f"layer {layer},\n{place}" for layer in range(len(shares)) for place in PLACES]
ax.set_xticks(range(n_bars), ticks, fontsize=8)
ax.set(title="Share of IO - S lost, one layer patched at one place", ylabel="share")
ax.margins(y=0.1)
ax.legend(fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - First figure: a model that prefers IO as often without the repetition does not need it.
#   (`test_who_still_prefers_io_without_a_repetition_did_not_need_it`)
# - Added to S, at the two S: **negative is writing against S, positive is copying S**. A head that names IO from there
#   shows in the row above. (`test_writing_against_s_is_not_the_same_as_writing_io_from_there`)
# - Even attention to all three mentions can belong to a complete solution, since values may differ.
#   (`test_even_attention_to_three_names_can_be_a_whole_solution`)
# - Last figure: where both bars come near 1, what the layer writes there depends on both mentions. One bar alone
#   is one mention, carried or read by its place. (`test_both_bars_rise_where_the_mentions_meet_and_one_where_one_is_carried`)
# - A small model that fails: is it too small, or not trained long enough?
# - Where both bars rise: are the two mentions compared there, or added up?
