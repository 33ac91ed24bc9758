# %% [markdown]
# ## First experiment: which sparse networks win?
# One round removes the smallest weights of each matrix, sets the others **back to their initial values**, and
# trains those. Five controls stand beside the ticket of every round, as sparse as it is:
#
# - a **random mask**: is it the choice of weights at all?
# - **fresh weights** under the ticket's mask: the pattern alone, or pattern and initial values?
# - **rows permuted**: each matrix keeps its rows' patterns, in another order.
# - **in one go**: the largest weights of the finished network, without the rounds.
# - a **young mask**: in one go too, but from a network that was stopped before it generalised.
#
# Your prediction is about the masks in one go, where about half of the weights are left.

# %%
masks, tickets = measurement.tickets(start, dense, task, settings)
densities = [many.density(mask) for mask in masks]
fresh = many.fresh(task, settings, [seed + 1000 for seed in seeds], device)
young = many.train_many(start, task, settings.but(steps=settings.young_steps), name="young")
learned = many.accuracies(young.weights, task.training).min()
print(f"young networks: accuracy {learned:.2f} in training, {young.accuracy.max():.2f} held out")
trials = measurement.controls(start, fresh, dense.weights, young.weights, masks)
controls = {
    name: measurement.train_all(pairs, task, settings, name) for name, pairs in trials.items()
}
half = min(range(settings.n_rounds), key=lambda i: abs(densities[i + 1] - 0.5))
at_half = {
    name: controls[name].accuracy.view(settings.n_rounds, -1)[half].mean().item()
    for name in ("in one go", "random mask")
}
print(f"{densities[half + 1]:.0%} of the weights left, accuracy: {at_half}")


# %%
def by_density(ax) -> None:
    """An axis of densities, densest on the left."""
    ax.set(xlabel="share of weights left", xscale="log", xlim=(1.05, 0.95 * densities[-1]))
    shown = densities[:: 1 + len(densities) // 8]
    ax.set_xticks(shown, [f"{share:.0%}" for share in shown])
    ax.minorticks_off()
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, frameon=False)


target = settings.target_accuracy
curves = {
    "ticket": (
        torch.stack([one.accuracy for one in tickets[1:]]),
        torch.stack([one.steps_to(target) for one in tickets[1:]]),
    )
} | {
    name: (
        outcome.accuracy.view(settings.n_rounds, -1),
        outcome.steps_to(target).view(settings.n_rounds, -1),
    )
    for name, outcome in controls.items()
}
left, right = plots.row(2, width=5.6, height=4.2)
for name, (accuracy, steps) in curves.items():
    line = left.plot(densities[1:], accuracy.mean(1).cpu(), marker="o", label=name)
    left.fill_between(
        densities[1:],
        accuracy.amin(1).cpu(),
        accuracy.amax(1).cpu(),
        alpha=0.15,
        color=line[0].get_color(),
    )
    mean, got_there = measurement.mean_steps(steps)
    right.plot(densities[1:], mean, marker="o", label=name)
    for x, y, n in zip(densities[1:], mean, got_there):
        if n < len(seeds) and not y.isnan():
            right.annotate(
                f"{int(n)}/{len(seeds)}",
                (x, y),
                fontsize=8,
                xytext=(7, -3),
                textcoords="offset points",
            )
left.axhline(task.chance, color="grey", linestyle="--", linewidth=1, label="chance")
right.axhline(reached.nanmean(), color="grey", linestyle=":", label="dense")
left.set(title="Held-out accuracy at the end of training (shaded: all seeds)", ylabel="accuracy")
right.set(title=f"Steps to {target}, mean of the seeds that got there (n/all)", ylabel="step")
for ax in (left, right):
    by_density(ax)
plt.show()

# %% [markdown]
# ## Second experiment: was the circuit there from the start?
# The dense network ends with a few key frequencies in its embedding. Four are taken; the line printed says how much of
# its norm they hold. On the left, their share in the **initial** embedding, before any training, under each mask. The first
# point is the initial embedding without a mask, and the grey band is where random embeddings lie.
#
# A mask keeps what became large, and that alone favours initial weights that agree with the change. How much? The control adds
# **another seed's change** to these initial weights, prunes in one go, and asks for that seed's frequencies, which
# have nothing to do with this start.
#
# On the right, how much the spectrum after training has in common with that of the dense network. Beside the tickets stand
# random masks over the same initial weights, and fresh weights under the ticket's mask. Flat spectra overlap as well, so
# the untrained embedding has a line. Read it where the accuracy above is still high.

# %%
n_keys = 4
whole, n = masks[0], len(seeds)
keys = [measurement.key_frequencies(dense.weights["W_E"][i], n_keys) for i in range(n)]
held = [measurement.share_at(dense.weights["W_E"][i], keys[i]) for i in range(n)]
print(f"share of the trained embedding's norm: {[round(share, 2) for share in held]}")
borrowed = measurement.with_anothers_change(start, dense.weights)
laid_over = {
    "ticket, round by round": (masks, keys),
    "ticket, in one go": ([measurement.in_one_go(start, dense, d) for d in densities], keys),
    "control: another's change": (
        [many.prune(borrowed, whole, 1 - d) for d in densities],
        [keys[i - 1] for i in range(n)],
    ),
    "random mask": ([whole] + [mask for _, mask in trials["random mask"]], keys),
}
retrained = {
    "ticket": torch.stack([one.weights["W_E"] for one in tickets[1:]]),
} | {
    name: controls[name].weights["W_E"].unflatten(0, (-1, n))
    for name in ("random mask", "fresh weights")
}  # [round, seed, p, d]
left, right = plots.row(2, width=5.6, height=4.2)


def with_range(ax, at, values, label: str) -> None:
    """The mean over seeds of values [density, seed], their range shaded."""
    line = ax.plot(at, values.mean(1), marker="o", label=label)
    ax.fill_between(at, values.amin(1), values.amax(1), alpha=0.15, color=line[0].get_color())


for name, (under, asked) in laid_over.items():
    shares = [
        [measurement.share_at(start["W_E"][i] * mask["W_E"][i], asked[i]) for i in range(n)]
        for mask in under
    ]
    with_range(left, densities, torch.tensor(shares), name)
left.axhline(
    n_keys / (p // 2), color="grey", linestyle="--", linewidth=1, label=f"{n_keys} of {p // 2}"
)
low, high = measurement.random_band(start["W_E"][0], n_keys)
left.axhspan(low, high, color="grey", alpha=0.15, label="random embeddings")
left.set(
    title="Before training: norm at the key frequencies",
    ylabel="share of W_E's norm",
)
for name, rounds in retrained.items():
    common = [
        [measurement.overlap(one[i], dense.weights["W_E"][i]) for i in range(n)] for one in rounds
    ]
    with_range(right, densities[1:], torch.tensor(common), name)
of_others = [
    measurement.overlap(dense.weights["W_E"][i], dense.weights["W_E"][i - 1]) for i in range(n)
]
right.axhline(
    sum(of_others) / n, color="grey", linestyle="--", linewidth=1, label="another seed, dense"
)
of_untrained = [measurement.overlap(start["W_E"][i], dense.weights["W_E"][i]) for i in range(n)]
right.axhline(sum(of_untrained) / n, color="grey", linestyle=":", linewidth=1, label="untrained")
right.set(title="After training: overlap with the dense spectrum", ylabel="overlap", ylim=(0, 1))
for ax in (left, right):
    by_density(ax)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A rise under the ticket's mask that another's change makes as well proves no seed.** Compare the two pruned in one go. What the
#   ticket has above its control, the initial weights had in common with the circuit.
#   (`test_a_rise_as_large_as_the_controls_proves_no_seed_and_a_larger_one_does`)
# - **A first point above the grey band** says that the initial embedding leaned to these frequencies before any mask.
#   (`test_what_was_there_from_the_start_is_seen_before_any_mask`)
# - **Tickets above both lines on the right, and neither of the others**: mask and initial weights led there together. Fresh weights
#   above them as well: the mask led. Random masks above them as well: the initial weights led.
#   (`test_overlap_tells_whether_the_mask_the_start_or_both_led`)
# - **A mean of steps is one of the seeds that got there**; the small numbers say how many.
#   (`test_a_mean_of_steps_says_how_many_got_there`)
# - Where does the ticket still reach the target while a random mask fails, and does the young mask side with the one or
#   with the other?
# - What do the rounds bring, beyond a mask taken in one go? And what does that one know more than the young mask?
# - Fresh weights under the ticket's mask, and rows permuted: what does the pattern alone bring?
