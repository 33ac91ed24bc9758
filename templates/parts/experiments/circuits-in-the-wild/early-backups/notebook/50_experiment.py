# %% [markdown]
# ## Which heads, and who reads them?
# Early heads do next to nothing to the logits directly, so their backups would show at the place that
# reads them. For S-inhibition heads that is a name mover, here one: the reader. Duplicate-token and induction
# heads act at the second S, and S-inhibition heads read them there; the third experiment looks at that place. The
# reader's *lead* says how strongly the early heads steer it: the logarithm of its attention to IO over that
# to the first S. Heads belong to a class by where they look,
# and S-inhibition heads also by what they bring the reader.

# %%
from lab import live, measurement, tokens

live.check(model, sentences.rows(slice(0, 8)))
found = measurement.circuit(model, few)
reader, classes = found.reader, found.classes
for name, heads in {"reader": [reader], **classes}.items():
    print(f"{name:16}", " ".join(f"L{layer}H{head}" for layer, head in heads))
print("classes without a head, the nearest taken:", ", ".join(found.fallbacks) or "none")
print(
    f"lead of the reader: {measurement.lead(model, few.clean, few, reader).mean():+.2f} nats, "
    f"ABC {measurement.lead(model, few.corrupted, few, reader).mean():+.2f}"
)

# %% [markdown]
# ## First experiment: is a class more than its members?
# The logit difference lost when a class is gone, beside the sum of what is lost when each member alone is.
# Control: as many random heads of the same layers, the mean over several draws with its spread. The other
# two bars have their standard error over sentences; the difference of the two is printed with its own.

# %%
every = [head for heads in classes.values() for head in heads]
lost = {}
for name, heads in classes.items():
    drawn = abc_means.random_groups(model, heads, [*every, reader], settings.n_draws)
    groups = [heads, *drawn, *([head] for head in heads)]
    drops = before - abc_means.without(model, few, means, groups)  # [group, sentence]
    whole, by_chance, single = drops[0], drops[1 : 1 + len(drawn)], drops[1 + len(drawn) :]
    sums = torch.stack([whole, single.sum(0), whole - single.sum(0)])
    errors = sums.std(1) / sums.shape[1] ** 0.5
    chance_means = by_chance.mean(1)
    lost[name] = (
        [sums[0].mean(), sums[1].mean(), chance_means.mean()],
        [errors[0], errors[1], chance_means.std()],
    )
    members = zip(heads, single.mean(1))
    print(name, *(f"L{layer}H{head} {one:+.2f}" for (layer, head), one in members))
    print(
        f"    whole minus sum {sums[2].mean():+.2f} +- {errors[2]:.2f}; right without the class "
        f"{(before > whole).float().mean():.2f}, without random heads {(before > by_chance).float().mean():.2f}"
    )
for (name, (values, spreads)), ax in zip(lost.items(), plots.row(len(lost))):
    kinds = ("whole class", "sum of\nsingle ones", "random\nheads")
    plots.bars(
        {kind: float(value) for kind, value in zip(kinds, values)},
        errors={kind: float(value) for kind, value in zip(kinds, spreads)},
        levels={"all of it": before.mean().item()},
        title=f"logit difference lost: {name}" + (" (nearest)" if name in found.fallbacks else ""),
        y="logits",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## Second experiment: who makes it good at the reader?
# A part of the S-inhibition heads is removed: half of them, those that bring the reader most. What every
# other component then writes along the reader's direction is compared with what it wrote before. The direction,
# the keys and the LayerNorm scale are those of the whole model, so that a changed bar is a changed output.
# The bar of the removed heads is negative by choice. The lead itself is measured freely: it need not be the sum.

# %%
inhibition = sorted(classes["S-inhibition"], key=lambda one: -float(found.toward[one]))
taken = inhibition[: (len(inhibition) + 1) // 2]
change = measurement.at_reader(model, few, means, taken, reader)
drawn = [
    measurement.at_reader(model, few, means, group, reader)
    for group in abc_means.random_groups(model, taken, [*every, reader], settings.n_draws)
]


def spread(values: list[float]) -> tuple[float, float]:
    """Mean and standard deviation."""
    return float(torch.tensor(values).mean()), float(torch.tensor(values).std())


others = [float(one.heads.sum()) for one in drawn]
mlps = [float(one.mlps.sum()) for one in drawn]
plots.bars(
    {
        "removed heads": change.taken,
        "other heads": float(change.heads.sum()),
        "MLPs": float(change.mlps.sum()),
        "the lead itself": change.lead,
        "other heads,\nrandom removed": spread(others)[0],
        "MLPs,\nrandom removed": spread(mlps)[0],
    },
    errors={
        "other heads,\nrandom removed": spread(others)[1],
        "MLPs,\nrandom removed": spread(mlps)[1],
    },
    levels={"as before": 0.0},
    title="change at the reader without " + " ".join(f"L{layer}H{head}" for layer, head in taken),
    y="nats of the lead",
)
plt.xticks(rotation=20, fontsize=8)
plt.show()
gone = before.mean() - abc_means.without(model, few, means, [taken]).mean()
print(f"logits lost without them: {gone:+.2f} of {before.mean():+.2f}")
print("the other heads that changed most, in nats of the lead:")
for layer, head in tokens.strongest_heads(change.heads, 6):
    print(
        f"L{layer}H{head}: {change.before[layer, head]:+.3f} before, "
        f"{change.heads[layer, head]:+.3f} more"
    )
by_chance = [float(one.heads.abs().max()) for one in drawn]  # its largest too, whichever head
print(f"the largest change of any head by each random removal: {[round(x, 3) for x in by_chance]}")

# %% [markdown]
# ## Third experiment: whose output changes, and does that help?
# For each class in turn: how many heads' outputs move by over two standard deviations? One is the root of
# the mean squared distance from the output's mean over sentences. This is read where the class is read: at the end for S-inhibition,
# at the second S for the earlier two. Those that moved most are then put back to their old output
# everywhere, one at a time, while the class stays away.

# %%
for name, heads in classes.items():
    place = "end" if name == "S-inhibition" else "s2"
    moved = measurement.moved(model, few, means, heads, place)
    by_chance = [
        measurement.moved(model, few, means, group, place)
        for group in abc_means.random_groups(model, heads, [*every, reader], settings.n_draws)
    ]
    print(
        f"without {name}, at {place}: {int((moved > 2).sum())} heads moved by over 2 standard deviations, "
        f"{[int((one > 2).sum()) for one in by_chance]} without random heads; largest {moved.max():.2f}, "
        f"and {[round(float(one.max()), 2) for one in by_chance]}"
    )
    strongest = tokens.strongest_heads(moved, settings.n_restored)
    whole = abc_means.without(model, few, means, [heads]).mean()
    put_back = measurement.restored(model, few, means, heads, strongest) if strongest else []
    for (layer, head), one in zip(strongest, put_back):
        print(
            f"  L{layer}H{head} moved {moved[layer, head]:.2f}; put back: {one - whole:+.3f} logits"
        )

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **The whole is above the sum by more than two standard errors**: the members cover for each
#   other. Or they do the same all the time, and one is enough.
#   (`test_a_whole_above_the_sum_can_be_a_backup_or_a_spare`)
# - **Other heads or MLPs write more of the lead than before**: a backup that wakes up if it wrote
#   none before; one that wrote against it has less to answer. **None does, the lead falls
#   by all that was removed, and the logits hold**: none woke up at this reader, and it may have had lead to spare.
#   (`test_a_backup_writes_more_and_a_spare_does_not`, `test_a_head_that_answers_against_writes_more_too`)
# - **Putting a head back costs logits**: its change had helped. **It brings some**: the head had passed
#   the damage on. (`test_putting_back_tells_a_backup_from_a_head_that_passes_the_damage_on`)
# - **A head moves, and nothing changes by putting it back**: it moved in a way that nobody reads.
#   (`test_a_head_can_move_without_anybody_reading_it`)
# - By how much would a softmax put the whole above or below the sum, if no head covered for another?
# - If the logits hold and the lead does not, do other name movers behind the reader step in? How would you see it?
# - Which class has the largest gap between the whole and the sum, and is it one that wakes up or one to spare?
# - How much of what the random removals move would you have called a backup?
