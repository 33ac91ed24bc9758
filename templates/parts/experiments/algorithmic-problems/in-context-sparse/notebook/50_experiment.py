# %% [markdown]
# ## The measurement
# Squared error against the number of pairs seen, between two bounds: least squares, which ignores that f is sparse, and
# somebody who was told the coordinates. Lasso stands for "knows that it is sparse, not where", with the best penalty *at
# each length*: one fixed penalty would lose at some lengths for no deep reason.

# %%
from lab import estimators

generator = torch.Generator(device).manual_seed(settings.seed + 1)
prompts = task.prompts(2048, generator)
x, y = prompts.x, prompts.y
PENALTIES = [0.003, 0.01, 0.03, 0.1, 0.3]
given = {
    "model": predict(model, task.encode(prompts).tokens)[:, ::2],
    "least squares": estimators.along(x, y, estimators.least_squares),
    "Lasso, best penalty": estimators.best_along(
        x, y, [estimators.lasso(one) for one in PENALTIES]
    ),
    "told the coordinates": estimators.along(x, y, estimators.with_support(prompts.relevant)),
}
ax = plots.lines(
    {who: (guess - y).square().mean(0).cpu() for who, guess in given.items()},
    title=f"Error by pairs seen, {settings.family}, {task.d_x} coordinates",
    x="pairs seen",
    y="squared error",
)
ax.axhline(task.zero_loss, color="grey", linestyle="--", linewidth=1)
ax.axvline(task.d_x, color="grey", linestyle=":", linewidth=1)
ax.get_lines()[0].set(linewidth=3, color="black")
ax.legend(fontsize=8)
plt.show()
explained = {
    who: 1 - ((guess - y).square().mean() / y.square().mean()).item()
    for who, guess in given.items()
}
print(
    "share explained over all places: "
    + ", ".join(f"{who} {share:.2f}" for who, share in explained.items())
)

# %% [markdown]
# These minutes do not train a model to the end: `quick` shows the error falling below that of zero and towards least squares.
# Whether a longer run gets *below* least squares, and from which step on, is the first thing to find out.
#
# ## First experiment: when does it stop caring?
# Redraw one coordinate that f does not use, in every x of the prompt. No y changes. Who knows the support does not
# move; who does not is pulled along. The mean squared change of the prediction, by pairs seen.

# %%
idle = (
    torch.rand(prompts.relevant.shape, generator=generator, device=device) * ~prompts.relevant
).argmax(1)
index = idle[:, None, None].expand(-1, task.n_pairs, 1)
fresh = torch.randn(x[..., :1].shape, generator=generator, device=device)
redrawn = prompts._replace(
    x=x.scatter(2, index, fresh.sign() if settings.family == "tree" else fresh)
)
penalty = estimators.lasso(0.03)
moved = {
    "model": predict(model, task.encode(redrawn).tokens)[:, ::2] - given["model"],
    "least squares": estimators.along(redrawn.x, y, estimators.least_squares)
    - given["least squares"],
    "Lasso, penalty 0.03": estimators.along(redrawn.x, y, penalty)
    - estimators.along(x, y, penalty),
}
ax = plots.lines(
    {who: change.square().mean(0).cpu() for who, change in moved.items()},
    title="Change of the prediction when an unused coordinate is redrawn",
    x="pairs seen",
    y="mean squared change",
)
ax.axvline(task.d_x, color="grey", linestyle=":", linewidth=1)
ax.get_lines()[0].set(linewidth=3, color="black")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## Second experiment: which function has it inferred?
# Ask. Put +1 and then -1 in one coordinate of the last x, leave the rest of the prompt alone: half the difference of the two
# predictions is the weight that the model acts by there. For least squares that is exactly its weight. Do the largest
# of these effective weights stand where f has its own? Control: an untrained model.

# %%
few = prompts._replace(x=x[:256], y=y[:256])
n_used = int(prompts.relevant[0].sum())


def effective_weights(network, seen: int) -> torch.Tensor:
    """Half the difference of the predictions at +1 and -1, for each coordinate: [batch, d_x]."""
    vectors = task.encode(few).tokens[:, : 2 * seen + 1]
    weights = []
    for coordinate in range(task.d_x):
        high, low = vectors.clone(), vectors.clone()
        high[:, -1, coordinate], low[:, -1, coordinate] = 1.0, -1.0
        weights.append((predict(network, high) - predict(network, low))[:, -1] / 2)
    return torch.stack(weights, 1)


def right(weights: torch.Tensor) -> float:
    """The share of the n_used largest weights [batch, d_x] that are coordinates in use."""
    return few_relevant.gather(1, weights.abs().topk(n_used, 1).indices).float().mean().item()


few_relevant = prompts.relevant[:256]
untrained = build_model(task, settings, device)
places = range(1, task.n_pairs)
acted_by = {seen: effective_weights(model, seen) for seen in places}
solved = {seen: estimators.least_squares(few.x[:, :seen], few.y[:, :seen]) for seen in places}
left, centre = plots.row(2, width=5.4, height=4)
plots.lines(
    {
        "model": [right(acted_by[seen]) for seen in places],
        "least squares": [right(solved[seen]) for seen in places],
        "untrained": [right(effective_weights(untrained, seen)) for seen in places],
    },
    at=places,
    chance=n_used / task.d_x,
    title="Are the largest weights those in use?",
    x="pairs seen",
    y="share right",
    ax=left,
)
plots.lines(
    {
        f"{who}, {which}": [weights[seen][mask].abs().mean().item() for seen in places]
        for who, weights in {"model": acted_by, "least squares": solved}.items()
        for which, mask in {"in use": few_relevant, "not in use": ~few_relevant}.items()
    },
    at=places,
    title="Mean size of the weights",
    x="pairs seen",
    y="absolute weight",
    ax=centre,
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A model between least squares and Lasso at few pairs uses sparsity to some degree. One that follows least squares up to
#   the dotted line does not, however well it ends.
# - The right-hand panel of the last figure separates two ways to be wrong: weights in use that are too small (it hedges), and
#   weights not in use that are too large (it confuses). Least squares with few pairs does both; a sparse learner only the first.
# - **"It infers the support" would be wrong** if the model's curve on the left never rose above that of least squares: then plain
#   regression inside explains all that its answers show, and a probe of the residual stream for the support has nothing to find.
# - Only where it does rise: probe the residual stream, per coordinate, for "is this weight non-zero?", at the positions of x
#   and of y, at the number of pairs where the gap is widest. The same probe on an untrained model is the control.
# - A prediction that hardly moves may be one that is hardly there. Divide the change by the mean square of the
#   predictions before you date anything: early in training they are shrunk towards zero.
# - Harder versions (`full`, or `settings.but(d_x=20, n_nonzero=3, n_pairs=40)`) can stall. Grow d_x and n_pairs over
#   training, and check that the curve at the end does not depend on how.
# - For trees replace least squares by greedy splitting and ask for the feature at the root; every estimator here is linear.
