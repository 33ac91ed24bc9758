# %% [markdown]
# ## The dense networks
# A few seeds, trained side by side. They have to generalise before there is anything to prune: a ticket of a
# network that knows its training pairs by heart is a ticket for memorising.

# %%
from lab import fourier, many

p = task.modulus
seeds = [settings.seed + i for i in range(settings.n_seeds)]
start = many.fresh(task, settings, seeds, device)
dense = many.train_many(start, task, settings, name="dense")
print(
    f"held-out accuracy {dense.accuracy.min():.3f} (worst of {len(seeds)} seeds), chance {task.chance:.3f}, "
    f"0.99 reached at steps {dense.steps_to(0.99).tolist()}"
)

# %% [markdown]
# ## Prune, rewind, train again
# One round removes the smallest weights of each matrix, sets the others **back to their initial values**, and
# trains those. The masks of each round are kept: they are the tickets.

# %%
masks = [{name: torch.ones_like(value) for name, value in start.items()}]
tickets = [dense]
for round_ in range(settings.n_rounds):
    masks.append(many.prune(tickets[-1].weights, masks[-1], settings.prune_share))
    tickets.append(
        many.train_many(
            many.masked(start, masks[-1]),
            task,
            settings,
            masks=masks[-1],
            name=f"round {round_ + 1}",
        )
    )
densities = [many.density(mask) for mask in masks]

# %% [markdown]
# A ticket wins only against masks of the same density. Three controls, for every round:
# - **random mask**, same initial weights: is it the choice of weights at all?
# - **fresh weights** under the ticket's mask: is it the pattern alone, or pattern *and* initial values?
# - **rows permuted**: each matrix keeps its rows' patterns, in another order.

# %%
fresh = many.fresh(task, settings, [seed + 1000 for seed in seeds], device)
trials = {
    "random mask": [(start, many.shuffled(mask, seed=round_)) for round_, mask in enumerate(masks)],
    "fresh weights": [(fresh, mask) for mask in masks],
    "rows permuted": [
        (start, many.rows_permuted(mask, seed=round_)) for round_, mask in enumerate(masks)
    ],
}
controls = {}
for name, pairs in trials.items():
    inits, its_masks = (
        many.join([init for init, _ in pairs[1:]]),
        many.join([mask for _, mask in pairs[1:]]),
    )
    controls[name] = many.train_many(
        many.masked(inits, its_masks), task, settings, masks=its_masks, name=name
    )


# %%
def by_density(ax) -> None:
    """An axis of densities, densest on the left."""
    ax.set(xlabel="share of weights left", xscale="log", xlim=(1.05, 0.95 * densities[-1]))
    shown = densities[:: 1 + len(densities) // 8]
    ax.set_xticks(shown, [f"{share:.0%}" for share in shown])
    ax.minorticks_off()
    ax.legend(fontsize=8)


left, right = plots.row(2, width=5.4)
curves = {
    "ticket": (
        torch.stack([t.accuracy for t in tickets[1:]]),
        torch.stack([t.steps_to(0.99) for t in tickets[1:]]),
    )
}
for name, outcome in controls.items():
    curves[name] = (
        outcome.accuracy.view(settings.n_rounds, -1),
        outcome.steps_to(0.99).view(settings.n_rounds, -1),
    )
for name, (accuracy, steps) in curves.items():
    line = left.plot(densities[1:], accuracy.mean(1).cpu(), marker="o", label=name)
    left.fill_between(
        densities[1:],
        accuracy.amin(1).cpu(),
        accuracy.amax(1).cpu(),
        alpha=0.15,
        color=line[0].get_color(),
    )
    right.plot(densities[1:], steps.nanmean(1), marker="o", label=name)
left.axhline(task.chance, color="grey", linestyle="--", linewidth=1, label="chance")
right.axhline(dense.steps_to(0.99).nanmean(), color="grey", linestyle=":", label="dense")
for ax, title, y in [
    (left, f"Held-out accuracy after {settings.steps} steps (shaded: all seeds)", "accuracy"),
    (right, "Steps to held-out accuracy 0.99 (no point: never)", "step"),
]:
    ax.set(title=title, ylabel=y)
    by_density(ax)
plt.show()

# %% [markdown]
# ## First experiment: was the circuit there from the start?
# The dense network ends up with a few key frequencies in its embedding. If the ticket is a *seed of that circuit*,
# then the mask, laid over the **initial** embedding, should raise just these frequencies, before any training. If
# it is only a convenient sparsity pattern, masked and randomly masked initial weights look the same.

# %%
n_keys = 4
key_share = {
    "initial weights, ticket's mask": [],
    "initial weights, random mask": [],
    "fresh weights, ticket's mask": [],
}
for index in range(len(seeds)):
    trained = fourier.spectrum(dense.weights["W_E"][index]).cpu()
    keys = trained.topk(n_keys).indices
    rows = {name: [] for name in key_share}
    for round_, mask in enumerate(masks):
        at_random = many.shuffled(mask, seed=round_)["W_E"][index]
        kept = mask["W_E"][index]
        for name, values in [
            ("initial weights, ticket's mask", start["W_E"][index] * kept),
            ("initial weights, random mask", start["W_E"][index] * at_random),
            ("fresh weights, ticket's mask", fresh["W_E"][index] * kept),
        ]:
            rows[name].append(fourier.spectrum(values).cpu()[keys].sum().item())
    for name, values in rows.items():
        key_share[name].append(values)
axes = plots.row(2, width=5.4)
for name, values in key_share.items():
    values = torch.tensor(values)
    line = axes[0].plot(densities, values.mean(0), marker="o", label=name)
    axes[0].fill_between(
        densities, values.amin(0), values.amax(0), alpha=0.15, color=line[0].get_color()
    )
axes[0].axhline(
    n_keys / (p // 2),
    color="grey",
    linestyle="--",
    linewidth=1,
    label=f"{n_keys} of {p // 2} frequencies",
)
axes[0].set(
    title="Before training: norm at the dense net's key frequencies", ylabel="share of W_E's norm"
)
by_density(axes[0])
pruned = torch.stack([fourier.spectrum(ticket.weights["W_E"][0]).cpu() for ticket in tickets])
plots.heatmap(
    pruned,
    title=f"After training: spectrum of W_E round by round, seed {seeds[0]}",
    x="frequency k",
    y="share of weights left",
    x_ticks=[str(k) for k in range(1, p // 2 + 1)],
    y_ticks=[f"{d:.2f}" for d in densities],
    ax=axes[1],
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Interesting densities are those at which the ticket still reaches 0.99 and a random mask does not. Above
#   them weight decay would have emptied the same weights for free.
# - *Fresh weights* as good as the ticket: the pattern is the prize. *Rows permuted* as bad as a random
#   mask: the pattern has to meet the right numbers. Faster than dense, at any density, is a claim of its own.
# - The heatmap shows whether every round retrains the same circuit. Rows that change their bright columns are
#   different circuits in one network; then "the" ticket has no one circuit to be the seed of.
# - **"The ticket was there from the start" would be wrong** if a mask taken *before* the network generalises (stop
#   `train_many` at a tenth of the steps, prune there) neither wins nor raises the key frequencies: what the mask
#   knows, it then knows from the finished circuit. This mask is the control that is still missing here.
# - It would also be wrong if the rise of the key frequencies vanished when you choose the keys in another seed.
