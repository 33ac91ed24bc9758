# %% [markdown]
# ## The measurement
# At quick size training stops before the middle columns are learned, and a mean over all digits hides that: the
# outer columns are easy, and the top ones are nearly always zero.
# **Score every column by itself, against naming its most common digit**, and put beside it how many products
# of two digits that column adds up. Multiplying by 0, 1 or the base needs no sums: the
# dashed line leaves those pairs out.

# %%
from lab.training import accuracy_by_position

held_out = task.held_out().rows(slice(8000))
a, b = task.factors(held_out.tokens)
values = [
    (part * task.base ** torch.arange(task.n_digits, device=device)).sum(1) for part in (a, b)
]
trivial = torch.stack([(value <= 1) | (value == task.base) for value in values]).any(0)


def by_column(batch) -> list[float]:
    share = accuracy_by_position(predict(model, batch.tokens), batch.targets)
    return [share[position] for position in task.answers]


columns = range(2 * task.n_digits)
summands = [min(k + 1, 2 * task.n_digits - 1 - k) for k in columns]
without_trivial = held_out.rows(~trivial)
left, right = plots.row(2, width=5.6)
for name, shares, marker in [
    ("all held-out pairs", by_column(held_out), "o-"),
    ("without factors 0, 1 and base", by_column(without_trivial), "s--"),
    ("most common digit of the column", task.most_common, "k:"),
]:
    left.plot(columns, shares, marker, label=name, markersize=4)
left.set_title("Held-out accuracy by column of the product", fontsize=10)
left.set(xlabel="column (0: units)", ylabel="accuracy", ylim=(0.4 if task.base == 2 else 0, 1.03))
left.legend(fontsize=8)
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
# Where a digit is written the school method needs two numbers: the sum of that column before carries, and
# the carry that comes in. Fit a linear probe for each, at each answer position, layer by layer. R^2 is the
# share of the variance explained on pairs that the probe was not fitted on.
#
# The bottom row is what a linear map can read off *the digits of the question themselves*, without any model;
# a probe on the residual stream says something only where it beats that. White cells have nothing to read (in
# base 2 no carry ever comes into column 1). An upper bound needs no model either:
# from all products a_i b_j the column sum is exactly linear.

# %%
from lab import probes

some = task.training.rows(slice(3000)).tokens
tokens = torch.cat([held_out.tokens, some])
a, b = task.factors(tokens)
sums = column_sums(a, b)
received = carries(sums, task.base)
digits = torch.nn.functional.one_hot(torch.cat([a, b], dim=1), task.base).flatten(1).float()
stream = probes.residuals(model, tokens)
untrained = probes.residuals(
    build_model(task, settings.but(seed=settings.seed + 1), device), tokens
)


def r2_table(wanted: torch.Tensor) -> list[list[float]]:
    """R^2 [layer and controls, column] of probes for wanted [pair, column], each at its own position."""
    rows = [
        [probes.probe_r2(layer[:, task.answers[k]], wanted[:, k]) for k in inner]
        for layer in [*stream, untrained[-1]]
    ]
    return [*rows, [probes.probe_r2(digits, wanted[:, k]) for k in inner]]


inner = range(1, 2 * task.n_digits - 1)
names = [*probes.layer_names(model), "untrained, last layer", "digits of the question"]
drawn = {"sum of the column": r2_table(sums), "carry into the column": r2_table(received)}
for (what, table), ax in zip(drawn.items(), plots.row(2, width=6)):
    plots.heatmap(
        torch.tensor(table).clamp(min=0),
        ax=ax,
        between=(0, 1),
        title=f"R^2 of a linear probe: {what}",
        x="column being written (0: units)",
        y="",
        x_ticks=[str(k) for k in inner],
        y_ticks=names,
    )
plt.show()
products = (a[:, :, None] * b[:, None, :]).flatten(1).float()
middle = task.n_digits - 1
print(
    f"column {middle}: from all products of two digits, sum {probes.probe_r2(products, sums[:, middle], ridge=1e-6):.2f}, "
    f"carry {probes.probe_r2(products, received[:, middle], ridge=1e-6):.2f}"
)

# %% [markdown]
# ## Which digits does a column listen to?
# Flip one digit of a and watch the digit written in each column, the earlier digits of the product being
# given as they were. True multiplication changes column k only for digits at or below k: colour in the lower
# left is the model listening where it should not. The right picture is what it does minus what is true.

# %%
n = task.n_digits


def changed(digit: int) -> tuple[list[float], list[float]]:
    """Shares of pairs in which the digit of each column changes: as the model has it, and truly."""
    other = tokens.clone()
    other[:, digit] = (other[:, digit] + 1) % task.base
    true = [
        (task.base ** torch.arange(n, device=device) * part).sum(1) for part in task.factors(other)
    ]
    truth = task.encode(torch.stack(true, dim=1).cpu()).targets.to(device)
    before, after = (
        predict(model, question).argmax(-1)[:, task.answers] for question in (tokens, other)
    )
    given = task.encode(
        torch.stack(
            [(task.base ** torch.arange(n, device=device) * part).sum(1) for part in (a, b)], dim=1
        ).cpu()
    )
    same_so_far = (truth == given.targets.to(device))[:, task.answers].long().cumprod(1)
    same_so_far = torch.cat(
        [torch.ones_like(same_so_far[:, :1]), same_so_far[:, :-1]], dim=1
    ).bool()
    moved = (before != after, (truth != given.targets.to(device))[:, task.answers])
    return tuple(
        [(m & same_so_far).sum(0)[k].item() / max(1, same_so_far.sum(0)[k].item()) for k in columns]
        for m in moved
    )


both = [changed(digit) for digit in range(n)]
as_model, truly = (torch.tensor([pair[i] for pair in both]) for i in (0, 1))
left, right = plots.row(2, width=5.4, height=3.2)
labels = {"x_ticks": [str(k) for k in columns], "y_ticks": [f"a{i}" for i in range(n)]}
plots.heatmap(
    as_model,
    ax=left,
    between=(0, 1),
    title="Share of pairs where the written digit changes",
    x="column of the product",
    y="digit of a changed",
    **labels,
)
plots.heatmap(
    as_model - truly,
    ax=right,
    centre=0.0,
    title="... minus the share where it should",
    x="column of the product",
    y="",
    **labels,
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - If accuracy follows the number of summands, the sum is the bottleneck; if it keeps falling after the
#   middle column, where sums get shorter again, it is the carries, which only grow.
# - In the probe figure the interesting cells are brighter than both rows of controls. A column that is
#   *written right* while its sum cannot be read off means that the model does not use that sum, or holds it in
#   another form: for base 2 only its parity and its carry are needed.
# - Given right digits so far, the model can infer a carry from them instead of computing it: the digits of the
#   product below column k are in its input. **A story of carries would be wrong** if swapping those digits for
#   those of another pair, at positions before the `=` + k, changes what the probe for the carry reads.
# - Do not interpret columns at the level of the dotted line: there the model has learned how often a digit
#   occurs, and nothing else. Train longer, or with a larger share of the pairs, before you look inside.
# - `settings.but(base=10, n_digits=2)` is the decimal task of about the same number of pairs (10,000). Is the
#   worst column the one with most summands there as well?
