# %% [markdown]
# ## Can the model do it?
# The share of lines in which the right bracket has the higher logit of the two; tokens that glue two
# brackets together are not counted. The same lines with their tokens in random order are the control:
# with one bracket open, order is not needed. Where all brackets are open, the last opener is always
# right, so these lines cannot tell that rule from a stack; a count of each kind is drawn.

# %%
from lab import behaviour

depths, distances = (1, 2, 3, 4), (1, 4, 10, 20)
by_depth = {depth: brackets.nested(settings.n_prompts, depth, 3, seed=1) for depth in depths}
by_distance = {far: brackets.nested(settings.n_prompts, 2, far, seed=2) for far in distances}
for made, axis, ax in zip(
    (by_depth, by_distance),
    ("open brackets", "values behind the innermost one"),
    plots.row(2, width=5),
):
    asked = {n: pairs.encode(model, some) for n, some in made.items()}
    plots.lines(
        {
            "the model": [behaviour.accuracy(model, one) for one in asked.values()],
            "tokens shuffled": [
                behaviour.accuracy(model, behaviour.words_shuffled(one)) for one in asked.values()
            ],
            "rule: counts each kind": [
                brackets.right_share(some, brackets.RULES["counts each kind"])
                for some in made.values()
            ],
        },
        at=list(made),
        levels={"a coin": 0.5},
        title="accuracy, all brackets open",
        x=axis,
        y="share of lines right",
        ax=ax,
    )
plt.show()

# %%
deciding = encoded["one of two closed"]
held = behaviour.accuracy(model, deciding)
for which, ax in zip(("one of two closed", "the outer one left"), plots.row(2, width=5)):
    plots.bars(
        {"the model": behaviour.accuracy(model, encoded[which])}
        | {name: brackets.right_share(lines[which], rule) for name, rule in brackets.RULES.items()},
        title=f"accuracy: {which} (dashed: a coin)",
        y="share of lines right",
        levels={"a coin": 0.5},
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=90)
    ax.get_legend().remove()  # it would cover the names of the rules
plt.show()
closed, still_open = (float((led > 0).float().mean()) for led in behaviour.answers(model, deciding))
print(f"one of two closed: right in {closed:.2f} of the closed, {still_open:.2f} of the open lines")
print(
    f"accuracy {held:.3f}, chance 0.5, on {2 * len(deciding)} lines; closing the last opener gets half"
)
