# %% [markdown]
# ## The measurement
# One head is known to have done it, because there is only one. The question is *how it knows where
# one back is*. The model above learned an embedding for each position. Train its twin with
# **rotary** positions, where nothing is learned per position, and compare how attention falls off
# with distance.

# %%
from lab import attention, rotary

other = "rotary" if settings.positions == "standard" else "standard"
twin = build_model(task, settings.but(positions=other), device)
train(twin, task, settings.but(positions=other), checkpoint=Path("checkpoints") / f"{other}.pt")
models = {settings.positions: model, other: twin}
learned, rotated = models["standard"], models["rotary"]
context = task.context
for name, one in models.items():
    print(f"{name}: held-out accuracy {evaluate(one, task.held_out())[1]:.3f}")

# %%
by_distance = {}
for name, one in models.items():
    pattern = attention.patterns(one, examples.tokens)[0]
    far = [attention.offset_score(pattern, back).mean().item() for back in range(context)]
    by_distance[f"{name} positions"] = far
plots.lines(
    by_distance | {"even attention": [1 / context] * context},
    log=True,
    title="Attention by distance, for both kinds of positions",
    x="distance back (0: the token itself)",
    y="mean attention",
)
plt.show()

# %% [markdown]
# ## First experiment, learned positions: a matrix between positions
# Give every position the *average* token, so that only positions are left to tell keys apart, and
# compute the scores from the weights. Each row is one query; its own mean over the keys that it may
# see is taken out, since the softmax ignores it. If the head lives on positions alone, these scores
# give back the pattern of real sequences.

# %%
with torch.no_grad():
    here = learned.W_pos[:context] + learned.W_E.mean(0)
    scores = attention.qk_circuit(learned, 0, 0, here, here)
hidden = torch.ones_like(scores).triu(1).bool()
seen = scores.masked_fill(hidden, torch.nan)
from_positions = scores.masked_fill(hidden, -torch.inf).softmax(-1)
real = attention.patterns(learned, examples.tokens)[0, :, 0].mean(0)
left, middle, right = plots.row(3, width=4.6)
plots.heatmap(
    (seen - seen.nanmean(1, keepdim=True)).cpu(),
    centre=0.0,
    ax=left,
    title="Scores from positions alone, row means removed",
    x="key position",
    y="query position",
)
plots.heatmap(
    from_positions.cpu(),
    ax=middle,
    title="Pattern that they give",
    x="key position",
    y="query position",
)
plots.heatmap(
    real.cpu(),
    ax=right,
    title="Pattern on real sequences, mean",
    x="key position",
    y="query position",
)
plt.show()
one_back = attention.offset_score(torch.stack([from_positions, real]), 1)
print(
    f"mean attention one back: {one_back[0]:.3f} from positions alone, {one_back[1]:.3f} on real sequences"
)

# %% [markdown]
# ## First experiment, rotary positions: a sum of waves
# Here the score of a query for a key depends on their distance alone, through one cosine for each
# pair of rotated dimensions. The mean over all pairs of tokens is the score of the mean query for
# the mean key (it is linear in both), so the curve below is exact, and so is its split into waves.

# %%
distances = torch.arange(context, device=device)
with torch.no_grad():
    query = rotated.W_E @ rotated.W_Q[0, 0] + rotated.b_Q[0, 0]
    key = rotated.W_E @ rotated.W_K[0, 0] + rotated.b_K[0, 0]
    waves = rotary.score_at(query.mean(0), key.mean(0), rotated, distances)  # [pair, distance]
    every = rotary.score_at(query[:, None], key[None], rotated, distances).sum(
        -2
    )  # [query, key, distance]
    amplitude, _ = rotary.waves(query.mean(0), key.mean(0), rotated)
mean, spread = waves.sum(0).cpu(), every.flatten(0, 1).std(0).cpu()
order = amplitude.argsort(descending=True)
wavelength = (2 * torch.pi / rotary.frequencies(rotated)).cpu()

left, middle, right = plots.row(3, width=4.8)
plots.lines(
    {"mean over token pairs": mean},
    ax=left,
    title="Rotary score by distance",
    x="distance back",
    y="score",
)
left.fill_between(
    range(context), mean - spread, mean + spread, alpha=0.25, label="1 sd over token pairs"
)
left.legend(fontsize=8)
plots.lines(
    {f"wavelength {wavelength[pair]:.3g}": waves[pair].cpu() for pair in order[:5].tolist()},
    ax=middle,
    title="Its five strongest waves",
    x="distance back",
    y="share of the score",
)
plots.scatter(
    wavelength,
    amplitude.cpu(),
    ax=right,
    title="Amplitude of every pair of dimensions",
    x="wavelength in positions",
    y="amplitude",
)
right.set_xscale("log")
plt.show()

# %% [markdown]
# How many waves does it take? Add them from the strongest down and ask of each partial sum whether
# distance 1 still beats every other distance, and by how much.

# %%
partial = waves[order].cumsum(0)
rivals = partial.clone()
rivals[:, 1] = -torch.inf
margin = (partial[:, 1] - rivals.amax(1)).cpu()
plots.lines(
    {"strongest first": margin},
    at=range(1, len(margin) + 1),
    title="Lead of distance 1 over the best other distance",
    x="waves added up",
    y="difference of scores",
)
plt.axhline(0, color="grey", linestyle="--", linewidth=1)
plt.show()

# %% [markdown]
# ## And where nobody trained it?
# Twice the training length. The learned embeddings of the further positions are as they were drawn.

# %%
longer = task.of_length(task.n_ctx, 256, torch.Generator(device).manual_seed(settings.seed + 2))
right_at = {
    f"{name} positions": (predict(one, longer.tokens).argmax(-1) == longer.targets)[:, 1:]
    .float()
    .mean(0)
    .cpu()
    for name, one in models.items()
}
plots.lines(
    right_at,
    at=range(1, task.n_ctx),
    chance=task.chance,
    x="position",
    y="accuracy",
    title=f"Accuracy by position; training ended at {context - 1}",
)
plt.axvline(context - 0.5, color="black", linewidth=1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Learned positions: one bright stripe below the diagonal, and two patterns that look alike, say
#   that the position by position term is the whole head. **It would be wrong** if the pattern from
#   positions alone were visibly paler: then tokens take part, and the two mixed terms need a figure
#   of their own.
# - The stripe says *that* each position finds its predecessor, not how 32 embeddings manage it in
#   few dimensions. Are the positions on a curve (singular values of `W_pos[:context]`), or is each
#   its own case?
# - Rotary: the strongest waves are not yet an explanation. A wave of wavelength w peaks at 1 and
#   again at 1 + w, so no short wave can do it alone, and no long one is sharp. Which ones rule out
#   which rivals?
# - **A story that names a few frequencies is wrong** if setting the others' dimensions of `W_Q` to
#   zero costs accuracy, or if a twin of another seed names others. Check both before you write
#   frequencies down.
# - The band around the rotary curve is what tokens add. If it is wider than the lead of distance 1,
#   some token pairs ought to fail: find them, put them next to each other, and see whether they do.
# - Failure of the learned model beyond its training length says nothing about its head: those
#   embeddings never saw a gradient. Whatever the rotary model does there is the more telling half
#   of that figure.
