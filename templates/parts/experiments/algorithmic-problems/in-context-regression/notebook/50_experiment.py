# %% [markdown]
# ## The measurement
# Squared error against the number of pairs seen, next to estimators that could be running in there. Least
# squares takes the smallest weights that fit while there are fewer pairs than dimensions. Ridge regression
# has the penalty that the noise asks for. One and two steps of gradient descent have at every length the step size
# that turns out best on these very prompts: no model gets that help. Without noise least squares is exact
# from d pairs on (dotted). With noise it is at its worst just there, and ridge is not.
#
# A second model of the same size learns from noisy prompts in as many steps. Does it run another algorithm? Two
# trainings differ in any case, so a third model, without noise and of another seed, is the control.

# %%
from lab import estimators, measurement

NOISE = 0.5  # standard deviation; the variance is a quarter of that of y without noise
RATES = [0.05 * 1.3**step for step in range(15)]
trained_with = {
    "trained without noise": settings.but(noise=0.0),
    "trained with noise": settings.but(noise=NOISE),
    "control: without noise, another seed": settings.but(noise=0.0, seed=settings.seed + 1),
}
networks = {}
for name, asked in trained_with.items():
    if asked == settings:
        networks[name] = model
        continue
    as_long = asked.but(steps=history.steps[-1], target_accuracy=2.0)
    networks[name] = build_model(task, as_long, device)
    train(
        networks[name],
        make_task(as_long, device),
        as_long,
        checkpoint=Path("checkpoints") / f"noise{asked.noise}-seed{asked.seed}.pt",
    )

# %%
generator = torch.Generator(device).manual_seed(settings.seed + 1)
drawn = task.prompts(1024, generator)
clean = torch.einsum("bpd,bd->bp", drawn.x, drawn.weights)
tests = {
    "no noise": (measurement.noisy(drawn, 0.0, generator), 1e-4),
    "noise of variance 0.25": (measurement.noisy(drawn, NOISE, generator), task.d_x * NOISE**2),
}
predicted = {}
for name, (prompts, penalty) in tests.items():
    x, y = prompts.x, prompts.y
    predicted[name] = {
        who: measurement.answers(task, one, prompts) for who, one in networks.items()
    } | {
        "least squares": estimators.along(x, y, estimators.least_squares),
        f"ridge, penalty {penalty:.3g}": estimators.along(x, y, estimators.ridge(penalty)),
        "1 gradient step": estimators.best_along(
            x, y, [estimators.gradient_steps(1, rate) for rate in RATES]
        ),
        "2 gradient steps": estimators.best_along(
            x, y, [estimators.gradient_steps(2, rate) for rate in RATES]
        ),
    }
for ax, (name, given) in zip(plots.row(2, width=5.4, height=4), predicted.items()):
    plots.lines(
        {who: (guess - clean).square().mean(0).cpu() for who, guess in given.items()},
        title=f"Error against y without its noise, {name}",
        x="pairs seen",
        y="squared error",
        ax=ax,
    )
    ax.axhline(1, color="grey", linestyle="--", linewidth=1)
    ax.axvline(task.d_x, color="grey", linestyle=":", linewidth=1)
    ax.set_ylim(-0.05, 2.2)
plt.show()

# %% [markdown]
# ## First experiment: whose answers are they?
# Equal errors do not make equal predictions. So compare prompt by prompt: the mean squared difference
# between two predictions, as a share of the sum of their mean squares. 0 is the same function, 1 is two
# independent ones. Against ridge at many penalties, on the noisy prompts, the lowest point of a curve is the
# penalty that a model acts by. The curve of least squares shows what the lowest penalties look like.

# %%
# control: least squares, and a model of another seed
PENALTIES = [0.01, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]
prompts, right_penalty = tests["noise of variance 0.25"]
given = predicted["noise of variance 0.25"]
curves = {
    who: measurement.nearest_penalty(given[who], prompts, PENALTIES)
    for who in [*networks, "least squares"]
}
left, right = plots.row(2, width=5.4, height=4)
plots.lines(
    curves,
    at=PENALTIES,
    title="Distance from ridge, noisy prompts",
    x="penalty",
    y="share of independent",
    ax=left,
)
left.axvline(right_penalty, color="grey", linestyle=":", linewidth=1)
left.set(xscale="log", ylim=(0, None))
names = [who for who in given if who not in networks]
for shift, who in zip((-0.27, 0.0, 0.27), networks):
    distance = [measurement.apart(given[other], given[who]).mean().item() for other in names]
    bars = right.bar([place + shift for place in range(len(names))], distance, 0.26, label=who)
    right.bar_label(bars, fmt="%.2f", fontsize=7)
right.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names], fontsize=8)
right.set(ylabel="share of independent")
right.margins(y=0.15)
right.set_title("Distance from each estimator, noisy prompts", fontsize=10)
right.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
plt.show()
for who in networks:
    lowest = min(zip(curves[who], PENALTIES))
    print(f"{who}: nearest to ridge with penalty {lowest[1]}, at distance {lowest[0]:.3f}")

# %% [markdown]
# ## Second experiment: by what does a head weigh the pairs?
# One gradient step predicts x_q . sum(x_j y_j): each pair counts by its inner product with the query x_q. From
# the last x of every prompt: the correlation, over the earlier pairs, of a head's attention to a pair's
# y position with what it could weigh it by. The second figure is the model before training. The third asks what
# the patterns are needed for: every head of one layer attends alike to all positions.

# %%
prompts = tests["no noise"][0]
vectors = task.encode(prompts).tokens
weighs = measurement.candidates(prompts)
heads = [
    f"L{layer}H{head}" for layer in range(settings.n_layers) for head in range(settings.n_heads)
]
first, second, third = plots.row(3, width=4.8, height=4)
for ax, name, network in [
    (first, "trained", model),
    (second, "untrained", build_model(task, settings, device)),
]:
    plots.heatmap(
        measurement.weighed_by(measurement.attention_to_pairs(network, vectors), weighs).cpu(),
        title=f"Attention weighs pairs by ..., {name}",
        x="",
        y="",
        x_ticks=list(weighs),
        y_ticks=heads,
        ax=ax,
    )
    ax.images[0].set(cmap="RdBu", clim=(-1, 1))
without = {"nothing": model} | {
    f"layer {layer}": measurement.with_even_attention(model, layer)
    for layer in range(settings.n_layers)
}
plots.bars(
    {
        name: 1
        - (
            (measurement.answers(task, one, prompts) - clean).square().mean()
            / clean.square().mean()
        ).item()
        for name, one in without.items()
    },
    title="Share of y explained, attention made even in ...",
    y="share explained",
    ax=third,
)
plt.show()
departs = {
    factor: measurement.departure(task, model, prompts, factor) for factor in (0.9, 1.1, 3.0)
}
print(
    "prediction for scaled y against the scaled prediction, relative error: "
    + ", ".join(f"y x {factor}: {error:.2f}" for factor, error in departs.items())
)

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **The lowest bar** is the estimator whose answers are nearest, prompt by prompt. A bar near 0 says that the answers are
#   that estimator's; equal errors do not. (`test_the_nearest_estimator_is_the_one_that_runs`)
# - **Two curves with their lowest point at different penalties**: the two models allow for different noise, whatever the
#   prompts are. Beyond what two seeds differ by, training with noise did it.
#   (`test_the_best_penalty_is_found_and_moves_with_the_reader_not_with_the_prompts`)
# - **Blue in the column x_q . x_j** is a head that attends to pairs like the query, red one that avoids them. Their
#   difference would be linear attention made from softmax. (`test_a_head_is_named_by_what_it_weighs_the_pairs_by`)
# - **A bar that drops with even attention** belongs to a layer whose patterns matter; one that averages loses nothing.
#   (`test_even_attention_hurts_a_layer_that_weighs_and_not_one_that_averages`)
# - **A relative error far from 0** for scaled y rules out every estimator drawn here, at that scale. Factors far from 1 leave
#   what training showed. (`test_scaled_y_scales_the_prediction_of_a_linear_estimator_and_not_of_one_that_saturates`)
# - What does a linear probe read after the first layer, the estimate of w or the sums that it needs?
