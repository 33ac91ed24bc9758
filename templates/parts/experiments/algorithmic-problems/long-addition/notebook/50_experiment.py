# %% [markdown]
# ## The measurement
# One loss for the whole answer hides the carries. So: **one loss for each column of the sum**, in training
# time, for the same model with the answer written from the left and from the right. Both models see the same
# questions and may take the same number of steps. At quick size, expect the answer written from the left to be
# unfinished, near 0.9; that is part of the comparison, and `full` goes on. The dashed level is ln 10,
# a guess among ten digits.

# %%
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

# %%
for ax, order in zip(plots.row(2, width=5), sorted(runs)):
    its_task, _, its_history = runs[order]
    by_column = torch.tensor(its_history.loss_by_position)
    plots.lines(
        {
            f"10^{its_task.column(position)}{' (written first)' if position == its_task.equals else ''}": by_column[
                :, position
            ]
            for position in its_task.answers
        },
        at=its_history.steps,
        log=True,
        title=f"Held-out loss by column, {order}",
        x="step",
        y="nats per digit",
        ax=ax,
    )
    ax.axhline(2.303, color="grey", linestyle="--", linewidth=1)
    ax.set_ylim(1e-4, 4)
plt.show()

# %% [markdown]
# ## Which sums go wrong?
# Sort fresh questions by their longest chain of carries (columns that carry only because a carry came in).
# A model that looks one column back, and no further, is right on chains of one and two and wrong beyond.
# The whole answer must be right here, each digit being given the right ones before it.

# %%
generator = torch.Generator(device).manual_seed(settings.seed + 1)
fresh = task.sample(8000, generator)
a, b = task.numbers(fresh.tokens)
chain = longest_chain(a, b, task.n_digits)


def all_digits_right(its_task, its_model) -> torch.Tensor:
    batch = its_task.encode(a, b)
    wrong = predict(its_model, batch.tokens).argmax(-1) != batch.targets
    return (~(wrong & (batch.targets != IGNORE)).any(1)).float()


lengths = range(task.n_digits + 1)
counts = chain.bincount(minlength=len(lengths)).tolist()
for ax, order in zip(plots.row(2, width=4.6), sorted(runs)):
    right = all_digits_right(*runs[order][:2])
    plots.bars(
        {f"{n}\n({counts[n]})": right[chain == n].mean().item() for n in lengths if counts[n]},
        title=f"Whole answer right, {order}",
        x="longest chain of carries (questions)",
        y="accuracy",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## Which digits does a head read for which column?
# Rows are the positions where a digit of the answer is predicted, columns the tokens of the question. The
# cell for its own pair of digits and the one for the pair below are the two that a carry needs.

# %%
from lab import attention

pattern = attention.patterns(model, fresh.tokens[:1000])[-1].mean(0)[:, task.answers].cpu()
n = task.n_digits
read = [f"a{k}" for k in reversed(range(n))] + ["+"] + [f"b{k}" for k in reversed(range(n))] + ["="]
read += [f"s{task.column(position)}" for position in task.answers[:-1]]
heads = range(model.cfg.n_heads)
for head, ax in zip(heads, plots.row(len(heads), width=4.6, height=3.2)):
    plots.heatmap(
        pattern[head],
        ax=ax,
        between=(0, 1),
        title=f"Mean attention of head {head}, {task.order}",
        x="token (a2: digit of a at 10^2)",
        y="column predicted",
        x_ticks=read,
        y_ticks=[f"10^{task.column(position)}" for position in task.answers],
    )
plt.show()

# %% [markdown]
# ## First experiment: hand over one carry
# Two questions that differ in one digit of b, in column k - 1: in one of them that column carries, in the
# other it does not. Column k itself sums to at most 8, so the carry changes the digit of column k and nothing
# above it. Run the question without the carry and put in one component's output from the one with it, at the
# position that predicts column k: how much of the logit difference between the two digits comes over?

# %%
answers = make_task(settings.but(answer_order="most-first"), device)
reader = runs["most-first"][1]


def carry_pair(k: int, n_pairs: int = 500):
    """Questions with and without a carry into column k, and the digits of that column: most-first."""
    one, two = (
        torch.randint(10, (n_pairs, n), generator=generator, device=device) for _ in range(2)
    )
    one[:, k] = torch.randint(
        9, (n_pairs,), generator=generator, device=device
    )  # column k: at most 8
    two[:, k] = (torch.rand(n_pairs, generator=generator, device=device) * (9 - one[:, k])).long()
    if k > 1:
        one[:, k - 2] = two[:, k - 2] = 0  # nothing is carried into column k - 1
    one[:, k - 1] = torch.randint(1, 9, (n_pairs,), generator=generator, device=device)
    with_carry, without = two.clone(), two
    with_carry[:, k - 1], without[:, k - 1] = 9, 0
    powers = 10 ** torch.arange(n, device=device)
    pair = [
        answers.encode((one * powers).sum(1), (second * powers).sum(1))
        for second in (with_carry, without)
    ]
    position = answers.equals + n - k
    return pair[0], pair[1], position


@torch.no_grad()
def handed_over(k: int) -> list[float]:
    """Share of the difference that each head, and then the MLP, of the last layer brings over."""
    high, low, position = carry_pair(k)
    digits = [batch.targets[:, position, None] for batch in (high, low)]

    def difference(logits: torch.Tensor) -> torch.Tensor:
        at = logits[:, position]
        return (at.gather(1, digits[0]) - at.gather(1, digits[1])).mean()

    logits, cache = reader.run_with_cache(high.tokens)
    most, least = difference(logits), difference(reader(low.tokens))
    layer = reader.cfg.n_layers - 1
    shares = []
    for head in range(reader.cfg.n_heads):

        def put(z, hook, head=head):
            z[:, position, head] = cache[hook.name][:, position, head]
            return z

        patched = reader.run_with_hooks(
            low.tokens, fwd_hooks=[(f"blocks.{layer}.attn.hook_z", put)]
        )
        shares.append(((difference(patched) - least) / (most - least)).item())

    def put_mlp(out, hook):
        out[:, position] = cache[hook.name][:, position]
        return out

    patched = reader.run_with_hooks(
        low.tokens, fwd_hooks=[(f"blocks.{layer}.hook_mlp_out", put_mlp)]
    )
    return [*shares, ((difference(patched) - least) / (most - least)).item()]


into = list(range(1, n))
plots.heatmap(
    [handed_over(k) for k in into],
    centre=0.0,
    title="Share of one carry that a component hands over (most-first)",
    x="output put in at the predicting position",
    y="",
    x_ticks=[*(f"head {head}" for head in range(reader.cfg.n_heads)), "MLP"],
    y_ticks=[f"into 10^{k}" for k in into],
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - In the first figure look for the order in which the columns fall, and for steps: a column that first drops
#   to a plateau and then again has learned its digits before its carry. Is it the same order in both panels?
# - Written from the right, a digit can take its carry from the answer digit before it: check the columns s0,
#   s1 ... in the attention of that model (`runs["least-first"][1]`). If it does, the two orders are two algorithms.
# - A head and the MLP both near 1 in the last figure are one path, not two: the head feeds the MLP. The MLP
#   near 1 with the head near 0 would mean that another head, or two heads together, carry the carry.
# - **"It looks at the column below" would be wrong** if columns that sum to 9 are right too. Test
#   `longest_chain` of 3 and more with `nines=0.0` in training: does the bar there survive?
# - Chains: if accuracy falls with the length, count how many *chain* examples the model has seen before you say
#   it cannot cascade. The numbers under the bars are from a training distribution that favours them.
