# %% [markdown]
# ## First experiment: which sparse networks win?
# One round removes the smallest weights of each matrix, sets the others **back to their initial values**, and
# trains those. Four controls stand beside the ticket of every round, as sparse as it is:
#
# - a **random mask**: is it the choice of weights at all?
# - **fresh weights** under the ticket's mask: the pattern alone, or pattern and initial values?
# - **rows permuted**: each matrix keeps its rows' patterns, in another order.
# - a **young mask**: taken from a network that was stopped before it generalised. What the ticket's mask
#   knows more than this one, it learned from the finished network.
#
# The stars are your prediction's case: half of the weights pruned in one go, and a random half.

# %%
masks, tickets = measurement.tickets(start, dense, task, settings)
densities = [many.density(mask) for mask in masks]
fresh = many.fresh(task, settings, [seed + 1000 for seed in seeds], device)
young = many.train_many(start, task, settings.but(steps=settings.young_steps), name="young")
print(f"young networks: held-out accuracy {[round(a, 2) for a in young.accuracy.tolist()]}")
trials = measurement.controls(start, fresh, young.weights, masks)
controls = {
    name: measurement.train_all(pairs, task, settings, name) for name, pairs in trials.items()
}
one_go = {"ticket in one go": measurement.in_one_go(start, dense, 0.5)}
one_go["random half"] = many.shuffled(one_go["ticket in one go"], seeds[0])
halves = {
    name: measurement.train_all([(start, mask)], task, settings, name).accuracy
    for name, mask in one_go.items()
}
ahead = (halves["ticket in one go"] - halves["random half"]).mean()
print(f"half of the weights, in one go: the ticket is ahead by {ahead:.2f}")


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
for (name, accuracy), colour in zip(halves.items(), ("black", "grey")):
    left.plot([0.5], [accuracy.mean().item()], "*", color=colour, markersize=12, label=name)
left.axhline(task.chance, color="grey", linestyle="--", linewidth=1, label="chance")
right.axhline(reached.nanmean(), color="grey", linestyle=":", label="dense")
left.set(
    title=f"Held-out accuracy after {settings.steps} steps (shaded: all seeds)", ylabel="accuracy"
)
right.set(title=f"Steps to {target}, mean of the seeds that got there (n/all)", ylabel="step")
for ax in (left, right):
    by_density(ax)
plt.show()

# %% [markdown]
# ## Second experiment: was the circuit there from the start?
# The dense network ends with a few key frequencies in its embedding. On the left, their share in the **initial**
# embedding, before any training, under each mask. The first point is the initial embedding without a mask.
#
# A mask keeps what became large, and that alone favours initial weights that agree with the change. How much? The control adds
# **another seed's change** to these initial weights, prunes in one go, and asks for that seed's frequencies, which
# have nothing to do with this start.
#
# On the right, how much the spectrum after training has in common with that of the dense network: for tickets, and for random
# masks over the same initial weights.

# %%
n_keys = 4
whole, n = masks[0], len(seeds)
keys = [measurement.key_frequencies(dense.weights["W_E"][i], n_keys) for i in range(n)]
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
    "random mask": controls["random mask"].weights["W_E"].unflatten(0, (-1, n)),
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
right.set(title="After training: overlap with the dense spectrum", ylabel="overlap", ylim=(0, 1))
for ax in (left, right):
    by_density(ax)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A rise under the ticket's mask that another's change makes as well proves no seed.** Compare the two pruned in one go. What the
#   ticket has above its control, the initial weights had in common with the circuit.
#   (`test_a_rise_as_large_as_the_controls_proves_no_seed_and_a_larger_one_does`)
# - **What was there from the start stands at the first point**, without a mask, above the dashed line.
#   (`test_what_was_there_from_the_start_is_seen_before_any_mask`)
# - **Tickets that overlap with the dense spectrum more than random masks do were led there by the mask.** Where random masks do as
#   well, the initial weights led. (`test_overlap_tells_what_the_mask_brings_from_what_the_start_brings`)
# - **A mean of steps is one of the seeds that got there**; the small numbers say how many.
#   (`test_a_mean_of_steps_says_how_many_got_there`)
# - Where does the ticket still reach the target while a random mask fails, and does the young mask side with the one or
#   with the other?
# - Fresh weights under the ticket's mask, and rows permuted: what does the pattern alone bring?
