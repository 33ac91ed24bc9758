# %% [markdown]
# ## Does it take two layers?
# The same task for a model with **one layer**, trained twice as long. The rules of the last section stay the
# baseline: *the token not seen for longest* is the one that would suffice if lists repeated as a whole. On the
# right, lists of lengths that training never used. The shorter the list, the further that rule gets.

# %%
from lab import attention, measurement

generator = torch.Generator(device).manual_seed(settings.seed + 1)
smaller = settings.but(
    n_layers=1, steps=2 * history.steps[-1], target_accuracy=2.0
)  # no early stop
one_layer = build_model(task, smaller, device)
train(one_layer, task, smaller)
networks = {f"{model.cfg.n_layers} layers": model, "1 layer": one_layer}
left, right = plots.row(2, width=5.6, height=4.2)
plots.bars(
    {name: evaluate(network, task.held_out())[1] for name, network in networks.items()},
    levels=guessers,
    title="Held-out accuracy",
    y="accuracy",
    ax=left,
)
least, most = task.lengths
lengths = [one for one in range(3, most + 9) if one < task.n_ctx - 4]
lists = [task.of_length(torch.full((128, 1), one, device=device), generator) for one in lengths]
by_length = {
    name: [evaluate(network, some)[1] for some in lists] for name, network in networks.items()
}
by_length |= {
    name: [measurement.said_right(rule, some) for some in lists]
    for name, rule in task.lazy_rules().items()
}
plots.lines(
    by_length,
    at=lengths,
    title=f"Accuracy by length of the list; trained: {least} to {most}",
    x="length",
    y="accuracy",
    ax=right,
)
right.axvspan(least, most, color="grey", alpha=0.15)
plt.show()

# %% [markdown]
# ## First experiment: where do the heads look?
# For every head, its attention to the token one back, and to all tokens that **followed an earlier copy** of
# the current one, added up. Lists are shorter than any in training. The dashed line is a head that looks everywhere alike; crosses are the untrained model.

# %%
short = torch.randint(4, least, (512, 1), generator=generator, device=device)
probe = task.of_length(short, generator)
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
looks = measurement.looks(attention.patterns(model, probe.tokens), probe)
before = measurement.looks(attention.patterns(untrained, probe.tokens), probe)
even = measurement.looks(measurement.evenly(probe), probe)
names = [f"L{la}H{he}" for la in range(model.cfg.n_layers) for he in range(model.cfg.n_heads)]
for kind, ax in zip(("one back", "what followed"), plots.row(2, width=5.6)):
    ax.plot(before[kind].flatten().cpu(), "kx", label="untrained")
    plots.bars(
        dict(zip(names, looks[kind].flatten().tolist())),
        levels={"everywhere alike": even[kind].item()},
        title=f"Attention to: {kind}",
        y="mean attention",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## Second experiment: take one step away
# A pattern is not a cause. Forbid every head of layer 0 to look one particular distance back, and see what
# layer 1 still finds. Cutting distance 2 takes less away than cutting distance 1. So the control leaves distance 1
# alone and takes as much attention from everywhere else.

# %%
cuts = {"nothing": None, "1": 1, "2": 2, "3": 3}
after = {name: measurement.without_step(model, probe, back) for name, back in cuts.items()}
after["as much\nelsewhere"] = measurement.without_step(model, probe, 1, elsewhere=True)
left, right = plots.row(2, width=5.0)
plots.bars(
    {name: found for name, (found, _) in after.items()},
    title="Layer 1: attention to what followed",
    x="distance back that layer 0 may not look",
    y="mean over heads",
    levels={"everywhere alike": even["what followed"].item()},
    ax=left,
)
plots.bars(
    {name: share for name, (_, share) in after.items()},
    title="Accuracy on the same sequences",
    x="distance back that layer 0 may not look",
    y="accuracy",
    levels={name: measurement.said_right(rule, probe) for name, rule in task.lazy_rules().items()},
    ax=right,
)
for ax in (left, right):
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## Third experiment: read it off the weights
# Layer 1 scores a key by what stands there, and part of that was written by layer 0. This is **K-composition**: the
# output of one head is used in the key of another. Multiply the weights along this way. How much more than the mean
# token does a query token want a key into which layer 0 wrote a given token? No data is needed.
#
# Left: this matrix for the head that looks most one back, and the one that looks most at what followed. Right: the
# share of rows whose largest entry is on the diagonal, for every pair. The control is the lowest row, with no
# head between: does layer 1 seek the key's own token? By chance it is one row in as many as there are tokens.

# %%
# control: no head between, in the lowest row of the right picture
pairs = torch.cat([measurement.matching_pairs(model), measurement.matching_tokens(model)[None]])
writer = int(looks["one back"][0].argmax())
reader = int(looks["what followed"][1].argmax())
left, right = plots.row(2, width=5.4)
plots.heatmap(
    measurement.composition(model, (0, writer), (1, reader)).cpu(),
    centre=0.0,
    ax=left,
    title=f"L0H{writer} writes, L1H{reader} seeks",
    x="token that layer 0 read",
    y="token of the query",
)
heads = range(model.cfg.n_heads)
plots.heatmap(
    pairs,
    between=(0, 1),
    ax=right,
    title="Share of rows with the largest entry on the diagonal",
    x="",
    y="",
    x_ticks=[f"L1H{head}" for head in heads],
    y_ticks=[*(f"L0H{head}" for head in heads), "key's own token"],
)
plt.show()
print(f"by chance {1 / model.cfg.d_vocab:.3f}")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A bar near 1 under *what followed*** is a head that looks at what followed the current token before. One that
#   looks at the earlier copies themselves, or a fixed distance back, stays near the dashed line.
#   (`test_a_high_bar_says_that_the_head_looks_at_what_followed`)
# - **A bar near 1 under *one back*** is a previous-token head. Lower bars, shared by several heads, leave it open.
#   (`test_a_high_bar_one_back_says_previous_token_head`)
# - **Layer 1 finds its keys through the step back** if it loses them when distance 1 is cut, and keeps them when as
#   much is taken elsewhere. Keys that are kept without the step do not rule it out: another way may take over.
#   (`test_the_cut_of_a_step_shows_whether_layer_1_finds_its_keys_through_it`,
#   `test_two_ways_to_the_same_keys_keep_them_when_one_is_cut`)
# - **The largest entry on the diagonal** says that layer 1 seeks the token that layer 0 wrote; in the lowest row, the
#   token of the key itself. (`test_the_diagonal_says_that_layer_1_seeks_the_token_that_layer_0_wrote`,
#   `test_the_lowest_row_says_that_layer_1_seeks_the_token_of_the_key_itself`)
# - **The diagonal does not say where layer 0 found it**: a layer 0 that reads its own position gives the same
#   picture. (`test_the_diagonal_does_not_say_where_layer_0_found_it`)
# - Does one head matter, or do several do the same work? What do single heads and pairs cost?
# - Do longer lists fail because layer 0 no longer looks one back there, or because layer 1 no longer finds it?
# - LayerNorm's scale was left out of the product of weights. Does the diagonal survive with real activations?
