# %% [markdown]
# ## Can the model do it?
# For each of the three letters: how often is it the likeliest of the 26 capitals? Three guesses stand
# beside: a draw, a draw among the three initials, and the letter that is commonest in this place. On the right, its
# logit minus the mean of the other 25. The control is the lead that the letter has behind another name.

# %%
from lab import measurement

logits = [measurement.letter_logits(model, acronyms.due(names, at)) for at in range(3)]
said = [measurement.said(one, names) for one in logits]
left, right = plots.row(2, width=5)
plots.bars(
    {f"{at + 1}": one[measurement.SAID[at]] for at, one in enumerate(said)}
    | {f"{at + 1}, commonest": acronyms.blind_share(names, at) for at in range(3)},
    levels={"a draw": 1 / 26, "one of the three": 1 / 3},
    title="the right letter is the likeliest capital",
    y="share of names",
    ax=left,
)
left.tick_params(axis="x", rotation=45)
other_names = names[2:] + names[:2]  # names come in twos with the same letters
plots.bars(
    {
        f"{at + 1}{whose}": measurement.leads(one, [name.letters()[at] for name in some])
        .mean()
        .item()
        for at, one in enumerate(logits)
        for whose, some in (("", names), (", other name", other_names))
    },
    title="lead of the letter over the other 25",
    y="logits",
    ax=right,
)
right.tick_params(axis="x", rotation=45)
plt.show()
for at, one in enumerate(said):
    words = ", ".join(f"{name} {share:.2f}" for name, share in one.items())
    print(f"letter {at + 1}: accuracy {one[measurement.SAID[at]]:.2f}, chance 0.04; {words}")

# %% [markdown]
# ## First experiment: how is the next word known?
# One letter is written already: the first word's, as it should be, the second's, the third's, or one that
# begins no word. Which word's letter comes next? The place of the letter is the same in all four.

# %%
for which, ax in zip(acronyms.FIRST_LETTERS, plots.row(4, width=3.2)):
    found = measurement.letter_logits(model, acronyms.begun_with(names, which))
    plots.bars(
        measurement.said(found, names),
        levels={"a draw": 1 / 26},
        title=f"behind the letter {which}",
        y="share of names",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
    ax.tick_params(axis="x", rotation=45)
plt.show()
