# %% [markdown]
# ## The measurement
# The last two numbers are enough for the next one, but they are not the only way to it. A model can leave out the
# last number x(n): the next one is also 2 x(n-1) + x(n-2), or 3 x(n-2) + 2 x(n-3). So **replace one number
# by another, and count how often the answer changes**.
#
# First: is there anything to explain on cycles that training never showed? A memory of pairs has a way in
# still: a + b = b + a. The pair (11, 8) may stand in a training cycle while (8, 11) is held out, and both are
# followed by the same number. So held-out answers are counted apart by whether training had the turned
# pair. "Memory" is a table of the training pairs that ignores their order.

# %%
from lab import measurement

turned = task.turned_seen(*examples.tokens[:, -2:].T)
(from_memory,) = task.lazy_rules().values()
answers = {
    "model": predict(model, examples.tokens).argmax(-1),
    "memory": from_memory(examples.tokens),
}
right = {who: (said == examples.targets)[:, -1] for who, said in answers.items()}
plots.bars(
    {
        f"{who}, turned\npair {seen}": correct[mask].float().mean().item()
        for who, correct in right.items()
        for seen, mask in (("seen", turned), ("not seen", ~turned))
    },
    chance=task.chance,
    title=f"Held-out cycles, {task.n_ctx} numbers read",
    y="accuracy",
).set_ylim(0, 1.3)
plt.show()
print(f"{turned.sum()} held-out sequences end in a turned training pair, {(~turned).sum()} do not")

# %% [markdown]
# ## First experiment: on which numbers does the answer depend?
# A replaced number also breaks the sequence, and the answer may change because the model notices that. So the second
# table has numbers that follow no rule, where nothing is left to break. Neighbours among them are pairs that training
# never showed, as in the first table: on pairs that it knows, an answer is harder to move. The third is an
# untrained model: what replacing a number does to answers that follow no rule.

# %%
generator = torch.Generator(device).manual_seed(settings.seed + 1)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
anything = measurement.unruly(task, *examples.tokens.shape, generator)
tables = {
    name: measurement.changed(task, network, tokens, generator)
    for name, network, tokens in (
        ("held-out sequences", model, examples.tokens),
        ("control: no rule", model, anything),
        ("control: untrained", untrained, examples.tokens),
    )
}
for ax, (name, table) in zip(plots.row(3, width=4.4), tables.items()):
    plots.heatmap(
        table,
        ax=ax,
        between=(0, 1),
        title=f"Answers that change, {name}",
        x="how far back the replaced number is",
        y="numbers read",
        y_ticks=[str(read) for read in range(2, task.n_ctx + 1)],
    )
plt.show()
print("after", task.n_ctx, "numbers, share of answers that change with the number 0, 1, 2 back:")
for name, table in tables.items():
    print(f"{name}: " + ", ".join(f"{share:.2f}" for share in table[-1, :3].tolist()))

# %% [markdown]
# A changed answer is not yet a rule obeyed. Replace one of the last two. Three things can come out: the rule applied
# to the two numbers that now stand last, the number that followed before, or neither. To go on saying what followed
# before takes a number from further back.

# %%
found = {
    back: measurement.outcomes(task, model, examples.tokens, back, generator) for back in (0, 1)
}
names = ("rule on the last two", "what followed before", "neither")
for number, (name, ax) in enumerate(zip(names, plots.row(3, width=3.6, height=3.0))):
    plots.bars(
        {f"{back} back": shares[number] for back, shares in found.items()},
        ax=ax,
        chance=None if name == "neither" else task.chance,
        title=name,
        x="number replaced",
        y="share of answers",
    )
    ax.set_ylim(0, 1.4)
plt.show()

# %% [markdown]
# ## Is the embedding made of waves?
# A network can add modulo p with waves over the numbers (problem 3.3). Is the same sum inside here, made in the same way?
# Beside the spectrum of this embedding stands that of a twin that reads two numbers and learns a + b from the
# same training pairs. The grey band of each is the same embedding with its numbers shuffled, where a frequency means
# nothing: mean of 200 shuffles, and four standard deviations.

# %%
from lab import fourier

pair_settings = settings.but(context=2, batch_size=0)  # one answer a pair: take all of them
pair_task = make_task(pair_settings, device)
pair_model = build_model(pair_task, pair_settings, device)
train(
    pair_model,
    pair_task,
    pair_settings,
    checkpoint=Path("checkpoints") / f"pairs{settings.seed}.pt",
)
print(f"the twin's held-out accuracy: {evaluate(pair_model, pair_task.held_out())[1]:.3f}")

# %%
p = task.modulus
frequencies = list(range(1, p // 2 + 1))
embeddings = {"reads a sequence": model, "twin that reads two numbers": pair_model}
for ax, (name, network) in zip(plots.row(2, width=5.4), embeddings.items()):
    weights = network.W_E.detach()[:p]
    band, spread = (one.cpu() for one in measurement.shuffled_spectra(weights, draws=200))
    plots.lines(
        {name: fourier.spectrum(weights).cpu()},
        at=frequencies,
        title=f"Share of the embedding's norm, {name}",
        x=f"frequency k (waves around the circle of {p})",
        y="share of the norm",
        ax=ax,
    )
    ax.fill_between(
        frequencies, (band - 4 * spread).clamp(min=0), band + 4 * spread, color="grey", alpha=0.3,
        label="numbers shuffled",
    )  # fmt: skip
    ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **High where the turned pair was not seen** is more than a memory of pairs in either order. The table falls there to
#   what a guess gets. (`test_a_table_that_only_knows_turned_pairs_fails_where_the_turned_pair_was_not_seen`)
# - **Bright columns** are the numbers that the answer depends on. A model that adds the last two has two; one that leaves
#   out the last number has them further back.
#   (`test_the_bright_columns_are_the_tokens_that_the_answer_depends_on`)
# - **Bright in sequences and dark in numbers without a rule**: the answer reacts to the broken rule, not to that number.
#   (`test_an_alarm_is_bright_in_sequences_and_dark_where_no_rule_holds`)
# - **A bar of "rule" at 1**: the answer went with the two numbers that now stand last, by a sum or from memory.
#   **"What followed before"**: it came from numbers further back. (`test_outcomes_tell_the_rule_from_a_way_round_the_last_token`)
# - **A peak above the grey band** of its panel is a wave over the numbers in that embedding.
#   (`test_waves_stand_out_of_the_shuffled_band_and_noise_does_not`)
# - Do sequence model and twin peak at the same frequencies? Two seeds of one task may differ as well: train a second
#   one of each before you call it a finding.
# - The rule [2, 1] weighs the nearer number double (`settings.but(rule=[2, 1])`). Which weights would have to change,
#   the ones that fetch or the ones that combine? Do they?
