# %% [markdown]
# ## Can the model do it?
# Which of the names has the highest logit: the inner open one, the outer one, the closed one, or one that
# does not occur? The dashed line is what a draw among the names gives one of them; "another" is all the rest.
# Rules that keep no stack are printed: those that take the latest name are right in two layouts out of three.
# Skipping names that stand twice is right in all. Where tokens are shuffled, `</` stays last.

# %%
from lab import behaviour, measurement

for (layout, some), ax in zip(made.items(), plots.row(3, width=3.8)):
    found = measurement.said(model, some, names)
    mixed = behaviour.accuracy(model, behaviour.words_shuffled(encoded[layout]))
    plots.bars(found, levels={"a draw": 1 / len(names)}, title=layout, y="share of prompts", ax=ax)
    ax.set_ylim(0, 1.1)
    print(
        f"{layout}: inner {found['inner']:.2f}; inner above outer "
        f"{behaviour.accuracy(model, encoded[layout]):.2f}, tokens shuffled {mixed:.2f}, a coin 0.5"
    )
    for name, rule in tags.RULES.items():
        print(f"    {name}: right in {tags.right_share(some, rule):.2f}")
plt.show()

# %% [markdown]
# Now each name inside each other one, two open again. Taking the latest name passes every cell, so this
# table tells order from habit and says nothing of a stack.

# %%
# control: the mirror image of each cell
table = measurement.leads(model, tags.every_order(names), names)
_, ax = plt.subplots(figsize=(6.4, 5), layout="constrained")
plots.heatmap(
    table,
    centre=0.0,
    x_ticks=names,
    y_ticks=names,
    title="lead of the inner name over the outer one, logits",
    x="inner",
    y="outer",
    ax=ax,
)
ax.tick_params(axis="x", rotation=60)
plt.show()
order, habit = measurement.order_and_habit(table)
print(
    f"by order {order:+.2f} logits, by habit {habit:.2f}, right in {(table > 0).sum()} cells "
    f"of {(~table.isnan()).sum()}"
)
