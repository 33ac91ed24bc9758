# %% [markdown]
# ## The measurement
# Squared error against the number of pairs seen, next to estimators that could be running in there: least squares
# (of least norm while there are fewer pairs than dimensions), ridge, one and two steps of gradient descent with the
# best step size at every length. Without noise least squares is exact from d pairs on. **With noise it is at its worst just
# there**, and ridge is not: the place to tell them apart. This model was trained at the noise of `settings.noise`.

# %%
from lab import estimators

RATES = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3]


def answers(prompts, noise: float) -> dict[str, torch.Tensor]:
    """What the model and each estimator predict: {name: [batch, n_pairs]}."""
    x, y = prompts.x, prompts.y
    penalty = max(task.d_x * noise**2, 1e-4)  # w / sqrt(d) has variance 1 / d
    return {
        "model": predict(model, task.encode(prompts).tokens)[:, ::2],
        "least squares": estimators.along(x, y, estimators.least_squares),
        "ridge": estimators.along(x, y, estimators.ridge(penalty)),
        "1 gradient step": estimators.best_along(
            x, y, [estimators.gradient_steps(1, r) for r in RATES]
        ),
        "2 gradient steps": estimators.best_along(
            x, y, [estimators.gradient_steps(2, r) for r in RATES]
        ),
    }


generator = torch.Generator(device).manual_seed(settings.seed + 1)
noiseless = task.prompts(1024, generator)
clean = torch.einsum("bpd,bd->bp", noiseless.x, noiseless.weights)
shaken = 0.5 * torch.randn(clean.shape, generator=generator, device=device)
tests = {
    "no noise": (noiseless._replace(y=clean), 0.0),
    "noise of variance 0.25": (noiseless._replace(y=clean + shaken), 0.5),
}
predicted = {name: answers(prompts, noise) for name, (prompts, noise) in tests.items()}
for ax, (name, given) in zip(plots.row(2, width=5.4, height=4), predicted.items()):
    plots.lines(
        {who: (guess - clean).square().mean(0).cpu() for who, guess in given.items()},
        title=f"Error against w.x, {name}",
        x="pairs seen",
        y="squared error",
        ax=ax,
    )
    ax.axhline(1, color="grey", linestyle="--", linewidth=1)
    ax.axvline(task.d_x, color="grey", linestyle=":", linewidth=1)
    ax.set_ylim(-0.05, 2.2)
    ax.get_lines()[0].set(linewidth=3, color="black")
    ax.legend(fontsize=8)
plt.show()
for name, given in predicted.items():
    print(f"share of w.x explained, {name}: " + ", ".join(
        f"{who} {1 - ((guess - clean).square().mean() / clean.square().mean()).item():.2f}" for who, guess in given.items()
    ))  # fmt: skip

# %% [markdown]
# The shares say how far this model is from done: at `quick` it is still closing in on the best curve, and what it
# has not learned yet must not be read as the algorithm's own limit.
#
# ## First experiment: whose answers are they?
# Equal errors do not make equal predictions. Prompt by prompt: the mean squared difference between the model's prediction
# and each estimator's, as a share of what two independent guessers of that size would differ by. 0 is the same function.

# %%
for ax, (name, given) in zip(plots.row(2, width=5.4, height=4), predicted.items()):
    apart = {}
    for who, guess in list(given.items())[1:]:
        scale = guess.square().mean(0) + given["model"].square().mean(0)
        apart[who] = ((guess - given["model"]).square().mean(0) / scale)[1:].cpu()
    plots.lines(
        apart,
        at=range(1, task.n_pairs),
        title=f"Distance of the model's predictions, {name}",
        x="pairs seen",
        y="share of independent",
        ax=ax,
    )
    ax.axvline(task.d_x, color="grey", linestyle=":", linewidth=1)
    ax.set_ylim(0, 1)
    print(
        f"{name}: nearest on average "
        + ", ".join(
            f"{who} {d.mean():.2f}" for who, d in sorted(apart.items(), key=lambda i: i[1].mean())
        )
    )
plt.show()

# %% [markdown]
# ## Second experiment: by what does a head weigh the pairs?
# One gradient step predicts x_q . sum(x_j y_j): each pair counts by its inner product with the query, and the y pass
# through. A head that does this with softmax must attend by x_q . x_j. From the last x of every prompt: the
# correlation, over the earlier pairs, of attention to a pair's y position with what the head could weigh it by. The right-hand
# figure is the same model before training.

# %%
x, y = tests["no noise"][0].x, tests["no noise"][0].y
inner = torch.einsum("bd,bjd->bj", x[:, -1], x[:, :-1])
weighs = {
    "x_q . x_j": inner, "|x_q . x_j|": inner.abs(), "y_j": y[:, :-1], "|y_j|": y[:, :-1].abs(),
    "recency": torch.arange(task.n_pairs - 1, device=device).expand_as(inner).float(),
}  # fmt: skip


def correlations(network) -> torch.Tensor:
    """Mean correlation, over prompts, of each head's attention with each candidate: [layer * head, candidate]."""
    with torch.no_grad():
        _, cache = network.run_with_cache(task.encode(tests["no noise"][0]).tokens)
    table = []
    for layer in range(settings.n_layers):
        attended = cache[f"blocks.{layer}.attn.hook_pattern"][
            :, :, -2, 1:-2:2
        ]  # [batch, head, pair]
        for head in range(settings.n_heads):
            a = attended[:, head] - attended[:, head].mean(1, keepdim=True)
            row = []
            for candidate in weighs.values():
                b = candidate - candidate.mean(1, keepdim=True)
                row.append(((a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + 1e-9)).mean())
            table.append(torch.stack(row))
    return torch.stack(table)


untrained = build_model(task, settings, device)
heads = [
    f"L{layer}H{head}" for layer in range(settings.n_layers) for head in range(settings.n_heads)
]
for ax, (name, network) in zip(
    plots.row(2, width=5.4, height=4), {"trained": model, "untrained": untrained}.items()
):
    values = correlations(network).cpu()
    plots.heatmap(
        values,
        title=f"Attention weighs pairs by ..., {name}",
        x="",
        y="",
        x_ticks=list(weighs),
        y_ticks=heads,
        ax=ax,
    )
    ax.images[0].set(cmap="RdBu", clim=(-1, 1))
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - One curve on top of another says little where all estimators agree (many pairs). Look at few pairs,
#   and at the noisy panel around the dotted line, where there are as many pairs as dimensions.
# - The model knows no noise unless it trained with it. `settings.but(noise=0.5)` trains one that does: if the model is Bayesian
#   it moves from least squares to ridge *with the right penalty*; a fixed algorithm with a fixed step does not move.
# - Heads that weigh pairs by +x_q . x_j and others by -x_q . x_j can be subtracted from each other: together that is linear
#   attention made from softmax. **The gradient-step story would be wrong** if freezing these patterns to uniform
#   (`model.hooks(fwd_hooks=[("blocks.1.attn.hook_pattern", ...)])`) cost little.
# - Every estimator here is linear in y. Multiply all y of a prompt by 3: if the prediction does not triple, it is none of them
#   (LayerNorm makes that likely). Then multiply all x by 3: a prior breaks differently from a step size.
# - A second layer that refines the first is what two gradient steps would need. Read the prediction off after layer 0
#   (a linear probe on `blocks.1.hook_resid_pre` at the x positions) and place it among the curves.
