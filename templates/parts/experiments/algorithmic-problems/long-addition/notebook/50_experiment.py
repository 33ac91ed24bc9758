# %% [markdown]
# ## The measurement
# **One loss for each column of the sum**, in training time, for the same model with the answer written
# from either end. Both see the same questions and take at most the same number of steps. One of the two
# may stay unfinished at quick size; its figures then show an unfinished adder.
#
# Two levels are drawn. Grey: ln 10, a guess among ten digits. Dotted: a reader that knows the two digits of
# its column and how often a carry comes, but never whether one comes here.

# %%
from lab import measurement
from lab.task import looking_back

turned = settings.but(answer_order="least-first" if task.order == "most-first" else "most-first")
other_task = make_task(turned, device)
other_model = build_model(other_task, turned, device)
other_history = train(
    other_model, other_task, turned, checkpoint=Path("checkpoints") / f"turned{settings.seed}.pt"
)
runs = {
    task.order: (task, model, history),
    other_task.order: (other_task, other_model, other_history),
}
generator = torch.Generator(device).manual_seed(settings.seed + 1)
a, b = task.numbers(task.sample(8000, generator).tokens)

# %%
level = measurement.without_carry_loss(a, b, task.n_digits)
for ax, (order, (its_task, _, its_history)) in zip(plots.row(2, width=5), sorted(runs.items())):
    losses = torch.tensor(its_history.loss_by_position)
    for position in its_task.answers:
        column = its_task.column(position)
        name = f"10^{column}" + (", written first" if position == its_task.equals else "")
        ax.plot(its_history.steps, losses[:, position], color=f"C{column}", label=name)
        if column:
            ax.axhline(level[column], color=f"C{column}", linestyle=":", linewidth=1)
    ax.axhline(2.303, color="grey", linestyle="--", linewidth=1)
    ax.set(yscale="log", ylim=(1e-3, 4), xlabel="step", ylabel="nats per digit")
    ax.set_title(f"Held-out loss by column, {order}", fontsize=10)
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ## Which sums go wrong?
# Sort fresh questions by their longest chain of carries: the column that makes a carry, and the columns
# above it that carry on only because one came in. Beside the models stand adders that work out each carry
# from one or two columns below and look no further. The whole answer must be right, each digit being
# given the right ones before it.

# %%
lines = {
    f"model, {order}": measurement.by_chain(
        measurement.right_throughout(its_task, network, a, b), a, b, task.n_digits
    )
    for order, (its_task, network, _) in sorted(runs.items())
}
# control: adders that look one and two columns back
for columns in (1, 2):
    guess = looking_back(a, b, task.n_digits, columns)
    lines[f"adder that looks {columns} back"] = measurement.by_chain(
        guess == a + b, a, b, task.n_digits
    )
ax = plots.lines(
    lines,
    title="Whole answers right, by the longest chain of carries",
    x="columns in the chain",
    y="share of sums",
)
for line in ax.get_lines()[2:]:
    line.set(linestyle=":", color="grey", marker="s" if "2" in line.get_label() else "o")
ax.set(ylim=(-0.03, 1.05), xticks=range(task.n_digits + 1))
ax.legend(fontsize=8, loc="lower left")
plt.show()

# %% [markdown]
# ## First experiment: does it believe what it wrote?
# A digit may take its carry from the question, or from the answer digit written before it. Written from the right, that
# is the column below. If it sums to 9, its digit tells whether it passed a carry on: 0 says yes, 9 no. Written from the
# left, it is the column above. If the column to be written sums to 9, the digit above tells whether a carry went
# through. In both cases the question settles it too, but further down. **So lie there**: change the digit
# before in the input, to say the opposite, and count how often the next digit goes along.
#
# The control is the same change by one beside a column that does not sum to 9. There the question settles
# the carry, and who goes by the question stays. A digit may also move elsewhere, because the lie makes no sense to
# the model: that is the pale part.

# %%
for ax, (order, (its_task, network, _)) in zip(plots.row(2, width=4.6), sorted(runs.items())):
    for shift, settled in ((-0.2, False), (0.2, True)):
        moves = measurement.after_a_lie(its_task, network, a, b, settled=settled)
        name = "control: the question settles it" if settled else "the lie decides"
        along = [move.along for move in moves.values()]
        elsewhere = [move.elsewhere for move in moves.values()]
        print(
            f"{order}, {name}, means over columns: go along {sum(along) / len(along):.2f}, "
            f"move elsewhere {sum(elsewhere) / len(elsewhere):.2f}"
        )
        at, colour = [column + shift for column in moves], f"C{int(settled)}"
        drawn = ax.bar(at, along, width=0.38, color=colour, label=f"{name}: goes along")
        ax.bar_label(drawn, fmt="%.2f", fontsize=8, label_type="center")
        ax.bar(
            at, elsewhere, width=0.38, bottom=along, color=colour, alpha=0.3,
            label=f"{name}: moves elsewhere",
        )  # fmt: skip
    ax.set_xticks(list(moves), [f"10^{column}" for column in moves])
    ax.set(ylim=(0, 1.6), xlabel="column written after the lie", ylabel="share of digits")
    ax.set_title(f"Digits after a false digit, {order}", fontsize=10)
    ax.legend(fontsize=8, loc="upper left")
plt.show()

# %% [markdown]
# ## Which digits does a head read for which column?
# Rows are the positions where a digit of the answer is predicted, columns the tokens of the question and
# of the answer so far. Drawn is the model that was trained first. Look for the two digits of each column, and
# for the two below them.

# %%
from lab import attention

n, tokens = task.n_digits, task.encode(a[:1000], b[:1000]).tokens
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
last = attention.patterns(model, tokens)[-1].mean(0)
drawn = {f"head {head}": last[head] for head in range(model.cfg.n_heads)}
drawn["untrained, mean of heads"] = attention.patterns(untrained, tokens)[-1].mean((0, 1))
read = [f"{name}{k}" for name in "ab" for k in reversed(range(n))]
read = [*read[:n], "+", *read[n:], "=", *(f"s{task.column(p)}" for p in task.answers[:-1])]
for ax, (name, pattern) in zip(plots.row(len(drawn), width=4.2, height=3.2), drawn.items()):
    plots.heatmap(
        pattern[task.answers].cpu(),
        ax=ax,
        between=(0, 1),
        title=f"Mean attention, {name} ({task.order})",
        x="token (a2: digit of a at 10^2, s: of the answer)",
        y="column predicted",
        x_ticks=read,
        y_ticks=[f"10^{task.column(position)}" for position in task.answers],
    )
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A column on its dotted level** loses what a reader loses that knows its own two digits and no carry. Below
#   it, the model knows more. (`test_a_reader_that_knows_no_carry_sits_on_the_level_drawn_for_it`)
# - **Right up to chain c and wrong beyond** is what an adder gives that works out carries from c columns below. The
#   chain counts the column that makes the carry. (`test_accuracy_ends_at_the_chain_that_an_adder_looks_back`)
# - **Left bar solid and high, the right one low with its pale part**: the digit takes its carry from what was written
#   before. Left bar low with its pale part: the digit before does not move it. Right bar high: it moves where no carry is
#   open, and the left bar tells nothing of carries.
#   (`test_a_lie_moves_who_trusts_the_digit_before_and_not_who_reads_the_question`)
# - Attention to an answer digit may be nil and the digit in full use: where the next digit is predicted, that
#   digit *is* the token read. What else does the position have to fetch, and which head brings it?
# - Do the columns fall in the same order in both panels? Which of them needs no carry at all?
