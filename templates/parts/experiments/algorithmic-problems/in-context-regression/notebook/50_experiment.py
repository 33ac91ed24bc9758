# %% [markdown]
# ## The measurement
# Squared error against the number of pairs seen, next to estimators that could be running in there. Least
# squares takes the smallest weights that fit while there are fewer pairs than dimensions. Ridge regression
# has the penalty that the noise asks for. One and two steps of gradient descent have at every length the step size
# that turns out best on these very prompts. Without noise least squares is exact
# from d pairs on (dotted). With noise it is at its worst just there, and ridge is not.
#
# A second model of the same size learns from noisy prompts in as many steps. Does it run another algorithm? Two
# trainings differ in any case, so there are two controls, both without noise: another seed, and a third of the steps.

# %%
from lab import estimators, measurement

NOISE = 0.5  # standard deviation; the variance is a quarter of that of y without noise
RATES = [0.05 * 1.3**step for step in range(15)]
steps, seed = history.steps[-1], settings.seed
trained_with = {
    "trained without noise": (0.0, seed, steps),
    "trained with noise": (NOISE, seed, steps),
    "control: another seed": (0.0, seed + 1, steps),
    "control: a third of the steps": (0.0, seed, steps // 3),
}
networks = {}
for name, (noise, its_seed, its_steps) in trained_with.items():
    if (noise, its_seed, its_steps) == (settings.noise, seed, steps):
        networks[name] = model
        continue
    asked = settings.but(noise=noise, seed=its_seed, steps=its_steps, target_accuracy=2.0)
    networks[name] = build_model(task, asked, device)
    train(
        networks[name],
        make_task(asked, device),
        asked,
        checkpoint=Path("checkpoints") / f"noise{noise}-seed{its_seed}-steps{its_steps}.pt",
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
# between two predictions, as a share of the sum of their mean squares. 0 is the same answers, 1 is two
# independent ones. On the left against ridge at many penalties. Least squares and two gradient steps are
# drawn too, as learners without a penalty. On the right the dashed line is the distance of what lies
# halfway between the two estimators that are most alike.

# %%
# control: estimators without a penalty, another seed, and a shorter training
PENALTIES = [0.01, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]
prompts, right_penalty = tests["noise of variance 0.25"]
given = predicted["noise of variance 0.25"]
curves = {
    who: measurement.nearest_penalty(given[who], prompts, PENALTIES)
    for who in [*networks, "least squares", "2 gradient steps"]
}
left, right = plots.row(2, width=5.4, height=4.4)
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
left.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, frameon=False)
names = [who for who in given if who not in networks]
for shift, who in zip((-0.3, -0.1, 0.1, 0.3), networks):
    distance = [measurement.apart(given[other], given[who]).mean().item() for other in names]
    bars = right.bar([place + shift for place in range(len(names))], distance, 0.19, label=who)
    right.bar_label(bars, fmt="%.2f", fontsize=7)
between = measurement.halfway([given[name] for name in names])
right.axhline(between, color="grey", linestyle="--", linewidth=1, label="halfway between two")
right.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names], fontsize=8)
right.set(ylabel="share of independent")
right.margins(y=0.15)
right.set_title("Distance from each estimator, noisy prompts", fontsize=10)
right.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, frameon=False)
plt.show()
for who, curve in curves.items():
    lowest = min(zip(curve, PENALTIES))
    print(f"{who}: nearest to ridge with penalty {lowest[1]}, at distance {lowest[0]:.3f}")

# %% [markdown]
# ## Second experiment: by what does a head weigh the pairs?
# One gradient step predicts x_q . sum(x_j y_j), up to a factor: each pair counts by its inner product with the query
# x_q. From the last x of every prompt: the correlation, over the earlier pairs, of a head's attention to a pair's
# y position with what it could weigh it by. In `y_q y_j` y_q is the answer. The second figure is the model before training.
# In the third, every head of one layer attends at each place as it does **on average** over the prompts.

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
    f"layer {layer}": measurement.with_average_attention(model, layer)
    for layer in range(settings.n_layers)
}


def explained(guess: torch.Tensor) -> float:
    """Share of the mean square of y that a guess [batch, pair] explains."""
    return 1 - ((guess - clean).square().mean() / clean.square().mean()).item()


plots.bars(
    {name: explained(measurement.answers(task, one, prompts)) for name, one in without.items()},
    levels={
        name: explained(predicted["no noise"][name])
        for name in ("least squares", "2 gradient steps", "1 gradient step")
    },
    title="Share of y explained, attention averaged in ...",
    y="share explained",
    ax=third,
)
plt.show()
departs = {
    factor: measurement.departure(task, model, prompts, factor) for factor in (-1.0, 0.9, 1.1)
}
print(
    "prediction for scaled y against the scaled prediction, relative error: "
    + ", ".join(f"y x {factor}: {error:.2f}" for factor, error in departs.items())
)

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A bar far below the dashed line** says that the answers are nearly that estimator's, prompt by prompt. Ridge with
#   another penalty comes as near. A lowest bar above the line is the nearest of those drawn, and no more.
#   (`test_a_bar_below_halfway_singles_out_the_estimator_that_runs`)
# - **The lowest point of a curve** lies, for ridge, at its penalty and at height 0. Two gradient steps, which have no penalty, have
#   one too, but higher up. Ridge with errors of its own has it too far to the left.
#   (`test_the_lowest_point_of_ridge_is_its_penalty_and_that_of_gradient_steps_lies_higher`)
# - **Blue in the column x_q . x_j** is a head that attends to pairs like the query, red one that avoids them. A head that goes
#   by the answers instead is bluer in `y_q y_j`. (`test_a_head_is_named_by_what_it_weighs_the_pairs_by`)
# - **A bar that drops** belongs to a layer whose patterns follow the prompt. One that attends by place loses nothing.
#   (`test_average_attention_hurts_a_layer_that_follows_the_prompt_and_not_one_that_goes_by_place`)
# - **A relative error for scaled y** is 0 for every estimator drawn here. A constant that is added shows at -1 and at 1.1; an odd
#   function such as tanh shows at 1.1, and not at -1.
#   (`test_scaled_y_tells_a_linear_reader_from_an_added_constant_and_from_one_that_saturates`)
# - Training with noise moves the lowest point. Does it move further than with another seed, or with fewer steps?
# - Do a blue and a red head of one layer write with opposite signs, so that together they come close to linear attention?
# - What does a linear probe read after the first layer, the estimate of w or the sums that it needs?
