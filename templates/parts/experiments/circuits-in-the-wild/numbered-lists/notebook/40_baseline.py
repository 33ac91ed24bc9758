# %% [markdown]
# ## Can the model do it?
# The probability of the right number, against the words in a line and against the number of lines. The
# model's other choices stand beside: the last number again, and one more than the number of lines. A
# guess knows the commonest answer, which is worth more where fewer runs fit into one-digit numbers.

# %%
from lab import measurement

lengths, line_counts = (3, 6, 12, 18), (2, 3, 4, 5, 6)
by_length = {far: lists.plain(settings.n_prompts // 2, 3, far, seed=1) for far in lengths}
by_lines = {n: lists.plain(settings.n_prompts // 2, n, 4, seed=2) for n in line_counts}
right = []
for (axis, made), ax in zip(
    {"words in a line (up to two more)": by_length, "lines": by_lines}.items(),
    plots.row(2, width=5),
):
    found = [measurement.probabilities(model, some) for some in made.values()]
    plots.lines(
        {
            rule: [
                measurement.mean_probability(one, some, rule)
                for one, some in zip(found, made.values())
            ]
            for rule in ("last + 1", "last again", "lines + 1")
        }
        | {
            "control: one digit always": [
                lists.constant_share(some, "last + 1") for some in made.values()
            ]
        },
        at=list(made),
        title="probability of the next number",
        x=axis,
        y="probability",
        ax=ax,
    )
    ax.set_ylim(-0.02, 1.02)
    right += [measurement.shares(one, some)["last + 1"] for one, some in zip(found, made.values())]
plt.show()
print(
    f"accuracy: last + 1 is the likeliest digit in {min(right):.2f} to {max(right):.2f}, chance 0.1"
)

# %% [markdown]
# ## First experiment: two cues at odds
# Which digit is the likeliest of the ten, where rules disagree? After 1, 2, 7 going on with the run and
# counting lines say the same. In broken runs "last + 1" stands alone; one more than the smallest number, or than the
# largest, is right in half. A digit inside the last line stands nearer to the end than the line's own
# number. The control has the same digit in letters. Dashed: in how many lists one and the same digit is
# "last + 1"; after 1, 2, 7 in all.

# %%
kinds = {"1, 2, 7": famous, "broken run": odd, "digit inside": with_digit, "in letters": in_letters}
said = {
    name: measurement.shares(measurement.probabilities(model, some), some)
    for name, some in kinds.items()
}
merged = "run + 1 = lines + 1"
for name, ax in zip(said, plots.row(4, width=3.4, height=4.4)):
    shown = dict(said[name])
    if name == "1, 2, 7":
        shown[merged] = shown.pop("last but one + 2")
        del shown["lines + 1"]
    elif name != "broken run":  # in order: these two say what others say
        del shown["last but one + 1"], shown["last but one + 2"]
    plots.bars(
        shown,
        levels={"one digit always": lists.constant_share(kinds[name], "last + 1")},
        title=name,
        y="share of lists",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
    ax.tick_params(axis="x", rotation=75)
    ax.get_legend().remove()  # it would cover the names
plt.show()
