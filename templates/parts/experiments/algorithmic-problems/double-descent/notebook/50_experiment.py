# %% [markdown]
# ## First, a peak that is known
# An autoencoder x -> relu(W^T W x + b) squeezes sparse features through **two** hidden dimensions. It is trained
# to the end on T data points, T from a handful to many. With few it can store the points themselves; with
# many it has to store features. Saying zero always costs 1: whatever lies **above 1 on fresh data** is worse
# than having learned nothing.
#
# **Dimensionality** on the right: how much of a dimension a vector has to itself. 1: nothing else lies along it; 1/2: it
# shares its direction with one other; 0: it is not represented. In a plane they sum to 2 at the most, so the mean of five
# is at most 2/5. Dotted: as many random vectors, since a few stand apart by themselves.

# %%
import math

from lab import fourier, many, measurement, toy

toys = toy.sweep(
    settings.data_points,
    settings.n_seeds,
    settings.n_features,
    settings.feature_density,
    settings.toy_steps,
    settings.seed,
    device,
)
fresh_points = toy.sparse_points(
    2000,
    settings.n_features,
    settings.feature_density,
    torch.Generator(device).manual_seed(settings.seed + 99),
)
test_loss = torch.stack([one.loss(fresh_points) for one in toys]).cpu()  # [size, seed]
train_loss = torch.stack([one.loss(one.data) for one in toys]).cpu()
own = {
    "features (columns of W)": torch.stack(
        [toy.dimensions(one.W.mT).topk(5).values.mean(1) for one in toys]
    ).cpu(),
    "data points (hidden vectors)": torch.stack(
        [toy.dimensions(one.hidden()).topk(5).values.mean(1) for one in toys]
    ).cpu(),
}


def with_spread(ax, values, label: str) -> None:
    """The median over seeds [size, seed] against T, all seeds shaded."""
    line = ax.plot(settings.data_points, values.median(1).values, marker="o", label=label)
    ax.fill_between(
        settings.data_points, values.amin(1), values.amax(1), alpha=0.15, color=line[0].get_color()
    )


left, right = plots.row(2, width=5.4)
with_spread(left, test_loss, "fresh data")
with_spread(left, train_loss, "training data")
left.axhline(1, color="grey", linestyle="--", linewidth=1, label="always zero")
left.set(
    title=f"Toy loss, {settings.n_seeds} seeds (median and range)",
    xlabel="data points T",
    ylabel="squared error",
    xscale="log",
)
for name, values in own.items():
    with_spread(right, values, name)
at_random = {
    "as many random features": [toy.at_random(settings.n_features)] * len(toys),
    "as many random points": [toy.at_random(size) for size in settings.data_points],
}
for colour, (name, level) in zip(("C0", "C1"), at_random.items()):
    right.plot(settings.data_points, level, color=colour, linestyle=":", label=name)
right.set(
    title="Dimensionality of the five vectors with the most",
    xlabel="data points T",
    ylabel="mean of the 5 largest",
    xscale="log",
    ylim=(0, 0.55),  # room for the legend
)
right.axhline(2 / 5, color="grey", linestyle="--", linewidth=1, label="most that five can have")
for ax in (left, right):
    ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# Look into the plane at the fewest data points, where the loss is highest, and at the most: every feature's column of W, and
# every training point.

# %%
peak = int(test_loss.median(1).values.argmax())
# no control: the panels are held against each other, and the titles say what each is worth
for index, ax in zip((0, peak, len(toys) - 1), plots.row(3, width=4.0, height=4.0)):
    one = toys[index]
    for vectors, colour, size, label in [
        (one.W[0].T, "tab:blue", 10, "features"),
        (one.hidden()[0][:200], "tab:red", 14, "data points"),
    ]:
        vectors = vectors.cpu()
        ax.plot(
            *torch.stack(
                [torch.zeros_like(vectors), vectors, torch.full_like(vectors, torch.nan)], 1
            )
            .flatten(0, 1)
            .T,
            color=colour,
            linewidth=0.4,
        )
        ax.scatter(*vectors.T, s=size, color=colour, label=label)
    ax.set(
        title=f"T = {settings.data_points[index]}, loss on fresh data {test_loss[index, 0]:.2f}",
        xlabel="hidden 1",
        ylabel="hidden 2",
        aspect="equal",
    )
    ax.legend(fontsize=7)
plt.show()

# %% [markdown]
# ## First experiment: is there such a crest in modular addition?
# The toy has no rule to find. Modular addition has one, beside pairs that can be known by heart. Two axes, amount of data and width, at a **fixed** number of steps and weak weight decay. The map is the mean of two
# seeds. Look at loss rather than accuracy, which cannot fall below zero; ln(modulus) is the loss of knowing nothing.

# %%
p = task.modulus
outcomes = {}
drawn = (
    torch.rand(len(task.training.tokens), generator=torch.Generator().manual_seed(settings.seed))
    .argsort()
    .argsort()
)
possible = [share for share in settings.shares if share <= settings.train_share + 1e-6]
sizes = [round(share * p * p) for share in possible]
trained = torch.stack([(drawn < size).float() for size in sizes]).to(
    device
)  # [share, pair], each within the next
seeds = [settings.seed, settings.seed + 1]
for width in settings.widths:
    start = many.fresh(task, settings.but(d_mlp=width), seeds, device)
    outcomes[width] = many.train_many(
        many.join([start] * len(possible)),  # in the order share, seed
        task,
        settings,
        trained=trained.repeat_interleave(len(seeds), 0),
        early=False,
        name=f"{width} neurons",
    )


def by_seed(values) -> torch.Tensor:
    """One number for each model of a width, as [share, seed]."""
    return values.view(len(possible), len(seeds)).cpu()


held_out_losses = torch.stack([by_seed(o.held_out_loss[-1]) for o in outcomes.values()])
grids = {
    f"held-out loss (knowing nothing: {math.log10(math.log(p)):.2f})": held_out_losses.log10().mean(
        -1
    ),
    "training loss": torch.stack(
        [by_seed(o.train_loss).log10().mean(1) for o in outcomes.values()]
    ),
    "held-out accuracy": torch.stack([by_seed(o.accuracy).mean(1) for o in outcomes.values()]),
}
# control: guessing without knowledge, in the first title
best = grids["held-out accuracy"].max().item()
print(f"held-out accuracy {best:.3f} (best of the sweep), chance {task.chance:.3f}")
print(
    f"looking up the mirror pair would get {mirrored / len(shown.tokens):.3f} at the largest share"
)
for (name, grid), ax in zip(grids.items(), plots.row(3, width=4.6)):
    plots.heatmap(
        grid.cpu(),
        title=f"{'log10 of ' if 'loss' in name else ''}{name}",
        x="share of all pairs trained on",
        y="hidden neurons",
        x_ticks=[f"{share:g}" for share in possible],
        y_ticks=[str(width) for width in settings.widths],
        ax=ax,
    )
plt.show()

# %% [markdown]
# A first look inside, along two rows. One is the width whose held-out loss is highest among the models that fit their
# training pairs (loss below 1). Some width is the highest in any map, so that says nothing by itself. The other is the
# widest. Does the embedding turn into waves where the held-out loss turns round, or elsewhere?
#
# Chance is ln(modulus), the loss of knowing nothing. The cooled lines are the loss after the logits were divided by the
# best temperature: what stands above them is overconfidence.

# %%
fitted = torch.stack([by_seed(o.train_loss) for o in outcomes.values()]) < 1
worst = held_out_losses.masked_fill(~fitted, 0).mean(-1).amax(1).argmax()
rows = sorted({settings.widths[int(worst)], settings.widths[-1]})


def concentration(weights) -> torch.Tensor:
    """The share of each embedding's norm in its four strongest frequencies."""
    shares = [fourier.spectrum(one).topk(4).values.sum() for one in weights["W_E"]]
    return torch.stack(shares)


untrained = concentration(many.fresh(task, settings, seeds, device)).mean().item()
held_out = task.held_out()
loud = {f"{width} neurons": by_seed(outcomes[width].held_out_loss[-1]).mean(1) for width in rows}
calm = {
    f"{width} neurons, cooled": by_seed(
        measurement.cooled(many.logits(outcomes[width].weights, held_out.tokens), held_out.targets)
    ).mean(1)
    for width in rows
}
left, right = plots.row(2, width=5, height=4.4)
plots.lines(
    loud | calm,
    at=possible,
    log=True,
    chance=math.log(p),
    title="Held-out loss after the same number of steps",
    x="share of all pairs trained on",
    y="nats",
    ax=left,
)
plots.lines(
    {f"{width} neurons": by_seed(concentration(outcomes[width].weights)).mean(1) for width in rows}
    | {"untrained": [untrained] * len(possible)},
    at=possible,
    title="Norm of W_E in its 4 strongest frequencies",
    x="share of all pairs trained on",
    y="share of the norm",
    ax=right,
)
plt.show()
for name, losses in (loud | calm).items():
    print(f"{name}: a crest of {measurement.crest(losses):.2f} nats")
for width in rows:
    apart = by_seed(outcomes[width].held_out_loss[-1]).diff(dim=1).abs().max().item()
    print(f"{width} neurons: the two seeds are up to {apart:.2f} nats apart in this row")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A crest is loss that rises and falls again along a row or a column.** Loss that falls all the way has none.
#   (`test_a_crest_rises_and_falls_again`)
# - **Small crests come from noise**: a falling curve with noise has some as well. One of several times the largest difference between
#   the seeds of its row is more than that. (`test_noise_makes_crests_no_higher_than_the_seeds_differ`)
# - **A crest that cooling takes away was overconfidence.** A model whose ranking is chance, or worse, ends at ln(modulus).
#   (`test_overconfidence_cools_down_and_a_wrong_ranking_does_not_get_better_than_chance`)
# - **In the toy, a solid curve near 2/5 and well above its dotted one** says that at most five vectors have the plane to
#   themselves. Two, three or four do it as well: the planes above tell. A crowd that shares it stays below.
#   (`test_few_vectors_of_their_own_stand_out_from_a_crowd_and_from_random_ones`)
# - Which of the two, features or data points, stands out on which side of the peak? That much is known work. Yours is the
#   same question for a rule.
# - Does the crest stay where it is with ten times as many steps, or was it grokking, seen at one moment?
# - Does the right-hand curve rise where the loss turns, or elsewhere? What do two models of equal training loss, one
#   on each side, differ in?
