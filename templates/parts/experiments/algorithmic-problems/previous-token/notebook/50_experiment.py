# %% [markdown]
# ## A twin with other positions
# One head has done it, because there is only one. The question is *how it knows where one back is*. The model above
# learned an embedding for each position. Its twin has **rotary** positions: queries and keys are turned by an angle
# that grows with the position, and nothing is learned per position.

# %%
from lab import attention, measurement, rotary

other = "rotary" if settings.positions == "standard" else "standard"
twin = build_model(task, settings.but(positions=other), device)
train(twin, task, settings.but(positions=other), checkpoint=Path("checkpoints") / f"{other}.pt")
models = {settings.positions: model, other: twin}
learned, rotated = models["standard"], models["rotary"]
untrained = {
    kind: build_model(task, settings.but(positions=kind, seed=settings.seed + 1), device)
    for kind in models
}
context = task.context
tokens, _ = task.held_out()
for name, one in models.items():
    print(f"{name}: held-out accuracy {evaluate(one, task.held_out())[1]:.4f}")

# %% [markdown]
# On the left, attention by distance. On the right the **lead**: the score of the key one back minus that of the best other
# key, for each single query. An average can hide queries that look elsewhere; their lead is below zero.

# %%
left, right = plots.row(2, width=5.6, height=4.2)
far = {
    f"{name} positions": [
        attention.offset_score(attention.patterns(one, tokens)[0], back).mean().item()
        for back in range(context)
    ]
    for name, one in models.items()
}
# A query that attends evenly pays 1 / (keys that it sees); the mean is over the queries that see so far.
seen = 1 / torch.arange(1.0, context + 1)
plots.lines(
    far | {"even attention": [seen[back:].mean().item() for back in range(context)]},
    log=True,
    title="Attention by distance",
    x="distance back (0: the token itself)",
    y="mean attention",
    ax=left,
)
sorted_leads = {
    f"{name}{which}": measurement.leads(one, tokens).flatten().sort().values.cpu()
    for which, those in (("", models), (", untrained", untrained))
    for name, one in those.items()
}
for name, lead in sorted_leads.items():
    right.plot(torch.linspace(0, 1, len(lead)), lead, label=name)
right.axhline(0, color="0.3", linestyle="--", linewidth=1)
right.set(title="Lead of the key one back, sorted", xlabel="share of queries", ylabel="score")
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## First experiment, learned positions: a matrix between positions
# Give every position the *average* token, so that positions alone tell keys apart, and compute the scores from
# the weights. Each row's mean is taken out, since the softmax ignores it.

# %%
# control: the pattern on real sequences beside the one from positions alone
scores, alone = measurement.positions_alone(learned, context)
real = attention.patterns(learned, tokens)[0, :, 0].mean(0)
left, middle, right = plots.row(3, width=4.6)
axes = {"x": "key position", "y": "query position"}
plots.heatmap(scores.cpu(), centre=0.0, ax=left, title="Scores from positions alone", **axes)
plots.heatmap(alone.cpu(), between=(0, 1), ax=middle, title="Pattern that they give", **axes)
plots.heatmap(real.cpu(), between=(0, 1), ax=right, title="Pattern on real sequences, mean", **axes)
plt.show()

# %% [markdown]
# Two mean patterns can look alike while tokens take part: what they add averages out. So compare how much each
# term of the score varies over the keys. *Token* is a token's difference from the mean token. Every query also sees its own
# token, so the last bar is how far a token's score for itself lies from its mean.

# %%
for name, one, ax in zip(
    ("trained", "untrained"), (learned, untrained["standard"]), plots.row(2, width=5.8)
):
    plots.bars(
        {
            term.replace(" x ", "\nx "): spread
            for term, spread in measurement.spread_by_term(one, context).items()
        },
        title=f"How much each term varies over keys, {name}",
        x="of the query x of the key",
        y="standard deviation (last bar: mean)",
        ax=ax,
    )
    ax.set_ylim(0, 1.1 * max(measurement.spread_by_term(learned, context).values()))
plt.show()

# %% [markdown]
# ## Second experiment, rotary positions: a sum of waves
# The positions enter the score by their distance alone, through one cosine for each pair of dimensions. Its mean
# over independent tokens is the score of the mean query for the mean key, so the split into waves is exact.
# **Distance 0 is another matter**: there a token meets itself, so its own mean is drawn as a cross.

# %%
waves, amplitude, itself = measurement.waves_by_distance(rotated, context)
_, before, _ = measurement.waves_by_distance(untrained["rotary"], context)
order = amplitude.argsort(descending=True)
wavelength = (2 * torch.pi / rotary.frequencies(rotated)).cpu()
left, middle, right = plots.row(3, width=4.8, height=4.2)
left.plot(range(1, context), waves.sum(0)[1:].cpu(), label="another token")
left.plot([0], [itself], "kx", label="the token itself")
left.set(title="Mean rotary score by distance", xlabel="distance back", ylabel="score")
left.legend(fontsize=8)
plots.lines(
    {f"wavelength {wavelength[pair]:.3g}": waves[pair].cpu() for pair in order[:5].tolist()},
    ax=middle,
    title="Its five strongest waves",
    x="distance back",
    y="score",
)
right.plot(wavelength, before.cpu(), "kx", label="untrained")
plots.scatter(
    wavelength,
    amplitude.cpu(),
    ax=right,
    title="Amplitude of every pair of dimensions",
    x="wavelength in positions",
    y="amplitude",
)
right.set_xscale("log")
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# How many waves does it take? Keep some in the query, set the others to zero, and let the model name tokens: the strongest
# first. Fewer waves also make a lower score, so attention is less sharp. The second line makes up for that: it scales what is
# kept to the sum of all amplitudes. That ten random orders do worse is to be expected wherever amplitudes differ. The rival is another rule: the
# shortest wavelength first, since a short wave tells neighbours apart.

# %%
counts = [1, 2, 3, 4, 6, 8, 12, 16, 24, len(order)]
batch = task.held_out().rows(slice(0, 128))
by_length = wavelength.argsort().to(device)
shuffled = [
    torch.randperm(len(order), generator=torch.Generator().manual_seed(i)) for i in range(10)
]
by_chance = torch.tensor(
    [
        [measurement.accuracy_with_waves(rotated, batch, one.to(device)[:k]) for k in counts]
        for one in shuffled
    ]
)
ax = plots.lines(
    {
        "strongest first": [
            measurement.accuracy_with_waves(rotated, batch, order[:k]) for k in counts
        ],
        "strongest first, scaled": [
            measurement.accuracy_with_waves(
                rotated, batch, order[:k], float(amplitude.sum() / amplitude[order[:k]].sum())
            )
            for k in counts
        ],
        "shortest first": [
            measurement.accuracy_with_waves(rotated, batch, by_length[:k]) for k in counts
        ],
        "random order (mean)": by_chance.mean(0),
    },
    at=counts,
    chance=task.chance,
    title="Accuracy with some of the waves",
    x="waves kept",
    y="accuracy",
)
ax.get_lines()[2].set_linestyle("--")  # the two may be one order
ax.fill_between(counts, by_chance.amin(0), by_chance.amax(0), color="C3", alpha=0.2)
plt.show()

# %% [markdown]
# ## And where nobody trained it?
# Twice the training length. The learned embeddings of the further positions are as they were drawn, so that line is the
# control: what a model does there that has learned nothing about these places. Rotary angles go on by themselves, but the
# largest distances were in no training sequence.

# %%
longer = task.of_length(task.n_ctx, 256, torch.Generator(device).manual_seed(settings.seed + 2))
with torch.no_grad():
    right_at = {
        f"{name} positions": (one(longer.tokens).argmax(-1) == longer.targets)[:, 1:]
        .float()
        .mean(0)
        for name, one in models.items()
    }
plots.lines(
    {name: share.cpu() for name, share in right_at.items()},
    at=range(1, task.n_ctx),
    chance=task.chance,
    x="position",
    y="accuracy",
    title=f"Accuracy by position; training ended at {context - 1}",
)
plt.axvline(context - 0.5, color="black", linewidth=1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A lead below zero** is a query that looks elsewhere. A mean can hide it.
#   (`test_leads_below_zero_are_queries_that_look_elsewhere`)
# - **Two patterns that look alike** do not yet say that tokens take no part. Bars of the four terms with tokens near zero
#   do. (`test_alike_patterns_hide_tokens_and_the_spread_by_term_shows_them`)
# - **One short wave peaks again** a wavelength later; a second wave can tell the two peaks apart.
#   (`test_one_short_wave_peaks_again_and_a_second_tells_the_peaks_apart`)
# - **A few waves suffice** where the accuracy with the strongest is as high as with all. Where the scaled line alone is as high,
#   they tell the places apart, and what the others add is sharpness.
#   (`test_scaling_tells_a_wave_that_is_needed_from_one_that_sharpens`)
# - **At distance 0 a token meets itself alone**: the mean over all pairs of tokens does not occur there.
#   (`test_at_distance_0_a_token_meets_itself_alone`)
# - In the last figure, does the rotary line fall where training ended, or does it hold? What differs there?
# - Do more waves always help? If not, which of them speak for another distance?
# - How do the position embeddings tell neighbours apart in few dimensions (singular values of `W_pos[:context]`)?
# - Does a twin of another seed choose the same wavelengths?
