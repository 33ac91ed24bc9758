# %% [markdown]
# ## Can the model do it?
# Which form of whose name is the likeliest behind the bracket, among those of everybody here? Names in their
# usual order, the other way round, and, as a control, behind a round bracket. A capital in a label is the name as it
# stands. Printed below: the likeliest tokens of all, and the leads of the lower-case first name in logits.

# %%
from collections import Counter

from lab import behaviour, measurement

orders = {
    "usual order": [addresses.prompt(*one) for one in people],
    "turned round": [addresses.prompt(one.surname, one.first) for one in people],
    "control: round bracket": [addresses.prompt(*one, bracket="(") for one in people],
}
logits = {name: measurement.logits_at_end(model, some) for name, some in orders.items()}
for (name, one), ax in zip(logits.items(), plots.row(3, width=3.8)):
    plots.bars(
        measurement.written_first(model, one, people),
        levels={"a draw": 1 / len(measurement.forms_of(model, people))},
        title=name,
        y="share of people",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
    ax.tick_params(axis="x", rotation=45)
plt.show()
for name in ("usual order", "turned round"):
    best = Counter(model.tokenizer.decode([one]) for one in logits[name].argmax(-1).tolist())
    print(f"{name}, likeliest of all tokens: {dict(best.most_common(5))}")
    share = measurement.first_above_surname(model, logits[name], people)
    print(f"{name}: first name above surname in {share:.2f}, a coin 0.5")
print(
    f"accuracy: the person's own first name above another's "
    f"{behaviour.accuracy(model, encoded['name']):.2f}, chance 0.5"
)
for name, against in (("name", "another first name"), ("case", "its capital form")):
    clean, corrupted = behaviour.answers(model, encoded[name])
    print(f"lead over {against}: {clean.mean():+.2f}; in the other prompt {-corrupted.mean():+.2f}")

# %% [markdown]
# And the separator, once the first name is written? Alone it is free; below another address it can be copied. A
# coin between the two gets half.

# %%
lead, _ = behaviour.answers(model, encoded["separator"])
right = behaviour.accuracy(model, encoded["separator"])
print(f"the separator of the address above leads in {right:.2f}, a coin 0.5")
begun = [addresses.prompt(*one, written=one.first.lower()) for one in people]
likeliest = measurement.logits_at_end(model, begun).argmax(-1).tolist()
print("alone:", dict(Counter(model.tokenizer.decode([one]) for one in likeliest).most_common(5)))
