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
            right.annotate(f"{int(n)}/{len(seeds)}", (x, y), fontsize=7)
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
# On the right the spectrum after training, round by round, and at the bottom that of another seed.

# %%
n_keys = 4
laid_over = {"ticket's mask": [(start, mask) for mask in masks]} | {
    name: [(start, masks[0]), *trials[name]] for name in ("random mask", "young mask")
}
laid_over["fresh weights, ticket's mask"] = [(fresh, mask) for mask in masks]
keys = [measurement.key_frequencies(dense.weights["W_E"][i], n_keys) for i in range(len(seeds))]
left, right = plots.row(2, width=5.6, height=4.2)
for name, pairs in laid_over.items():
    shares = torch.tensor(
        [
            [
                measurement.share_at(initial["W_E"][i] * mask["W_E"][i], keys[i])
                for i in range(len(seeds))
            ]
            for initial, mask in pairs
        ]
    )
    line = left.plot(densities, shares.mean(1), marker="o", label=name)
    left.fill_between(
        densities, shares.amin(1), shares.amax(1), alpha=0.15, color=line[0].get_color()
    )
left.axhline(
    n_keys / (p // 2), color="grey", linestyle="--", linewidth=1, label=f"{n_keys} of {p // 2}"
)
left.set(
    title="Before training: norm at the dense network's key frequencies",
    ylabel="share of W_E's norm",
)
by_density(left)
embeddings = [one.weights["W_E"][0] for one in tickets] + [dense.weights["W_E"][-1]]
plots.heatmap(
    torch.stack([fourier.spectrum(one).cpu() for one in embeddings]),
    title=f"After training: spectrum of W_E, seed {seeds[0]}",
    x="frequency k",
    y="share of weights left",
    x_ticks=[str(k) for k in range(1, p // 2 + 1)],
    y_ticks=[f"{d:.2f}" for d in densities] + [f"seed {seeds[-1]}"],
    ax=right,
)
plt.show()
with_first = [measurement.overlap(embeddings[0], one) for one in embeddings[1:]]
print(
    f"overlap with the dense spectrum, round by round: {[round(x, 2) for x in with_first[:-1]]}; "
    f"of another seed's dense network: {with_first[-1]:.2f}"
)

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A rise of the key frequencies under the ticket's mask proves no seed.** The mask keeps what the finished network made
#   large, and that agrees with its waves even where they were added to unrelated numbers.
#   (`test_a_rise_under_the_ticket_proves_no_seed`)
# - **What was there from the start stands at the first point**, without a mask, above the dashed line.
#   (`test_what_was_there_from_the_start_is_seen_before_any_mask`)
# - **The pattern alone raises nothing in fresh weights.** If fresh weights win all the same, the circuit is not
#   what they got from the mask. (`test_a_pattern_alone_raises_nothing_in_fresh_weights`)
# - **Rounds that overlap with the dense spectrum more than another seed does retrain its circuit.**
#   (`test_rounds_of_one_circuit_overlap_and_another_circuit_does_not`)
# - **A mean of steps is one of the seeds that got there**; the small numbers say how many.
#   (`test_a_mean_of_steps_says_how_many_got_there`)
# - Where does the ticket still reach the target while a random mask fails, and does the young mask side with the one or
#   with the other?
# - Are rows permuted as bad as a random mask? What would it mean if they were not?
