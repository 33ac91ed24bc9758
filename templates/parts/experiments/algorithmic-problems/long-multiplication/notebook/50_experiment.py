# %% [markdown]
# ## The measurement
# A mean over all digits hides what is hard here: the outer columns are easy. At quick size the middle columns stay
# unfinished. **Score every column by itself**, beside four lazy readers.
# One names the most common digit of the column. One adds the right products of each column and forgets the
# carries. One works out each carry from the column below alone. The last also looks at the digit written there. If less
# than the base was carried into that column, the digit tells how much. Over all columns this reader beats the model at quick size. Pairs with a factor 0, 1 or the base need no sums
# and are left out.

# %%
from lab import measurement

held_out = task.held_out().rows(slice(8000))
asked = held_out.rows(~measurement.easy(task, held_out.tokens))
width = range(2 * task.n_digits)
summands = [min(k + 1, 2 * task.n_digits - 1 - k) for k in width]
digits = asked.targets[:, task.answers]
# control: readers with short carries, and the most common digit
shares = {
    "model": measurement.by_column(task, model, asked),
    "most common digit": [digits[:, k].bincount().max().item() / len(digits) for k in width],
} | {
    name: measurement.by_column(task, measurement.reader(task, rule), asked)
    for name, rule in task.lazy_rules().items()
}
left, right = plots.row(2, width=5.6)
plots.lines(
    shares,
    ax=left,
    title="Held-out accuracy by column of the product",
    x="column (0: units)",
    y="accuracy",
)
left.set(ylim=(0, 1.03), xticks=width)
losses = torch.tensor(history.loss_by_position)[:, task.answers]
chosen = sorted({0, 1, 2, task.n_digits - 1, task.n_digits, 2 * task.n_digits - 1})
plots.lines(
    {f"column {k}, {summands[k]} products": losses[:, k] for k in chosen},
    at=history.steps,
    log=True,
    title="Held-out loss by column, while training",
    x="step",
    y="nats per digit",
    ax=right,
)
plt.show()

# %% [markdown]
# ## First experiment: are the column sums there?
# Where a digit is written the school method needs two numbers: the sum of that column before carries, and the carry
# that comes in. Fit a linear probe for each, at each answer position, layer by layer. R^2 is the share of the
# variance explained on pairs that the probe was not fitted on.
#
# The lower rows are the controls. One is the mean of three untrained models. The other is *the digits given*, those of
# the question and of the product below, together with the right answer. A linear map can use them without any sum. White cells have nothing to read: in base 2 no carry comes
# into column 1. Crosses mark columns that this model writes wrong more than once in ten; do not read those.

# %%
from lab import probes

tokens = torch.cat([held_out.tokens, task.training.rows(slice(3000)).tokens])
a, b = task.factors(tokens)
sums = column_sums(a, b)
wanted = {"sum of the column": sums, "carry into the column": carries(sums, task.base)}
stream = probes.residuals(model, tokens)
blank = [
    probes.residuals(build_model(task, settings.but(seed=settings.seed + n), device), tokens)[-1:]
    for n in (1, 2, 3)
]
given = measurement.digits_given(task, tokens)[None]
inner = range(1, 2 * task.n_digits - 1)
names = [*probes.layer_names(model), "untrained, last layer", "digits given, and the answer"]
for ax, (what, values) in zip(plots.row(2, width=6), wanted.items()):
    rows = torch.cat(
        [
            measurement.read_off(task, stream, values),
            torch.stack([measurement.read_off(task, one, values) for one in blank]).mean(0),
            measurement.read_off(task, given, values),
        ]
    )
    read = ", ".join(f"{name} {row[1]:.2f}" for name, row in zip(names[-3:], rows[-3:]))
    print(f"{what} 2, R^2: {read}")
    plots.heatmap(
        rows.clamp(min=0),
        ax=ax,
        between=(0, 1),
        title=f"R^2 of a linear probe: {what}",
        x="column being written (0: units)",
        y="",
        x_ticks=[str(k) for k in inner],
        y_ticks=names,
    )
    for place, k in enumerate(inner):
        if shares["model"][k] < 0.9:
            ax.plot(place, len(stream) - 1, "rx", markersize=8)
plt.show()

# %% [markdown]
# ## Which digits does a column listen to?
# Raise one digit of a by one, a 1 of base 2 becoming a 0, and watch the digit written in each column. The right digits
# below it are given, those of the new product after the change. The left picture is the model, the middle one is true
# multiplication, the right one their difference.

# %%
as_read, truly = measurement.listened_to(task, model, tokens)
# control: what the digits of the true products do
panels = {"as the model writes": as_read, "in truth": truly, "difference": as_read - truly}
for ax, (name, table) in zip(plots.row(3, width=4.6, height=3.2), panels.items()):
    plots.heatmap(
        table.cpu(),
        ax=ax,
        **({"centre": 0.0} if name == "difference" else {"between": (0, 1)}),
        title=f"Share of pairs where the digit changes, {name}",
        x="column of the product",
        y="digit of a changed",
        x_ticks=[str(k) for k in width],
        y_ticks=[f"a{i}" for i in range(task.n_digits)],
    )
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Above a lazy line** in a column, the model does better there than this reader. That may be a carry from further down, what the
#   digits written below tell of it, or just the digit that is usual for these sums. (`test_a_reader_that_multiplies_lies_above_each_lazy_line`)
# - **A cell brighter than both rows of controls**: a linear map reads that number there, and not from the digits or the
#   answer alone. It need not be added up: the single products, side by side, read as well. (`test_probes_read_a_sum_that_is_written_and_not_one_that_has_to_be_multiplied`)
# - **Colour in the difference, below the diagonal** from a0 at column 0: the model listens to digits that cannot matter
#   there. (`test_colour_below_the_digit_is_a_reader_that_listens_where_it_should_not`)
# - Which column is the last to be learned, and has it the most products or the largest carries? In base 2 both peak near
#   the middle.
# - A column written right whose sum cannot be read: does it need the sum? In base 2, its parity and the carry would do.
# - A carry can be computed from the question, or inferred from the digits below, which are in the input. How would you tell?
