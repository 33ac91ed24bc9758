# %% [markdown]
# ## The measurement
# Who knows that f is sparse must care about the axes: a sparse f seen from other axes is not sparse. So take
# the same prompts twice, **as they are and turned by a random rotation**. Every y, every length and every angle
# stays. Least squares, ridge and gradient steps make the same predictions for both. Only a learner that
# uses the axes can gain from them. The shaded bands are two standard errors over prompts.
#
# The control is a model of the same size that learned dense linear functions in as many steps: nothing in them
# singles out an axis. Lasso stands for "knows that f is sparse, not where". Its penalty is the one that turns out
# best on these very prompts, at each length: what it can reach, not what somebody without that hint does.

# %%
from lab import estimators, measurement

dense_settings = settings.but(family="linear", target_accuracy=2.0, steps=history.steps[-1])
dense_model = build_model(task, dense_settings, device)
train(
    dense_model,
    make_task(dense_settings, device),
    dense_settings,
    checkpoint=Path("checkpoints") / f"dense{settings.seed}.pt",
)

# %%
PENALTIES = [0.003, 0.01, 0.03, 0.1, 0.3]
generator = torch.Generator(device).manual_seed(settings.seed + 1)
prompts = task.prompts(2048, generator)
turned = measurement.turned(prompts, generator)
lasso = [estimators.lasso(penalty) for penalty in PENALTIES]
left, right = plots.row(2, width=5.4, height=4)
for number, (who, answers) in enumerate(
    {
        "model": lambda one: measurement.answers(task, model, one),
        "trained on dense functions": lambda one: measurement.answers(task, dense_model, one),
        "least squares": lambda one: estimators.along(one.x, one.y, estimators.least_squares),
        "Lasso, best penalty": lambda one: estimators.best_along(one.x, one.y, lasso),
    }.items()
):
    as_they_are, seen_turned = answers(prompts), answers(turned)
    if who != "least squares":  # 0 by algebra
        cost, error = (v.cpu() for v in measurement.cost(as_they_are, seen_turned, prompts.y))
        right.plot(cost, color=f"C{number}", label=who)
        places = range(task.n_pairs)
        right.fill_between(
            places, cost - 2 * error, cost + 2 * error, color=f"C{number}", alpha=0.2
        )
    left.plot(measurement.errors(as_they_are, prompts).cpu(), color=f"C{number}", label=who)
    left.plot(measurement.errors(seen_turned, turned).cpu(), color=f"C{number}", linestyle=":")
told = estimators.along(prompts.x, prompts.y, estimators.with_support(prompts.relevant))
left.plot(measurement.errors(told, prompts).cpu(), color="grey", label="told the coordinates")
for ax, level, name in (
    (left, task.zero_loss, "predicting zero"),
    (right, 0.0, "least squares, ridge, gradient steps"),
):
    ax.axhline(level, color="grey", linestyle="--", linewidth=1, label=name)
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
left.set(xlabel="pairs seen", ylabel="squared error", ylim=(-0.05, 1.6))
left.set_title("Error by pairs seen; dotted: prompts turned", fontsize=10)
right.set(xlabel="pairs seen", ylabel="rise of the squared error")
right.set_title("What turning the axes costs", fontsize=10)
plt.show()

# %% [markdown]
# ## First experiment: does it listen to coordinates that f does not use?
# Draw one such coordinate anew, in every x of the prompt. No y changes. An estimator that is told which coordinates
# count does not see the change and stays at 0. One that takes all of them into account is pulled along. The change
# is divided by the size of the predictions: early in training these are small, and cannot move much. Beside it the
# same for a coordinate that f does use: who ignores x stays at 0 in both.

# %%
fixed = estimators.lasso(0.03)  # one penalty for both prompts, or its change would be the penalty's
told_which = estimators.with_support(prompts.relevant)
learners = {
    "model": lambda one: measurement.answers(task, model, one),
    "trained on dense functions": lambda one: measurement.answers(task, dense_model, one),
    "least squares": lambda one: estimators.along(one.x, one.y, estimators.least_squares),
    "Lasso, penalty 0.03": lambda one: estimators.along(one.x, one.y, fixed),
    "told the coordinates": lambda one: estimators.along(one.x, one.y, told_which),
}
# control: the model trained on dense functions, three estimators, and a coordinate in use
for ax, used in zip(plots.row(2, width=5.4, height=4.4), (False, True)):
    redrawn = measurement.with_redrawn(prompts, generator, used=used)
    plots.lines(
        {
            who: measurement.moved(answers(prompts), answers(redrawn)).cpu()
            for who, answers in learners.items()
        },
        at=range(1, task.n_pairs),
        title=f"Change when a coordinate {'in use' if used else 'not in use'} is redrawn",
        x="pairs seen",
        y="share of the predictions' mean square",
        ax=ax,
    )
    ax.axvline(task.d_x, color="grey", linestyle=":", linewidth=1)
    ax.set_ylim(-0.05, 2.3)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A cost above the dashed line**, band and all, at several places in a row, is a gain from the axes. Least squares, ridge
#   and gradient steps stay on the line. (`test_turning_the_axes_hurts_who_knows_of_sparsity_and_nobody_else`)
# - **A change of 0 on the left and not on the right**, before the dotted line, is a learner that knows which coordinate to leave
#   out. Least squares reaches 0 at the dotted line without that, and a learner that ignores x is at 0 in both.
#   (`test_redrawing_tells_who_knows_the_coordinate_from_least_squares_and_from_who_ignores_x`)
# - Where the cost stays on the line, the model gains nothing from the axes, or not yet. From which step on does it leave the
#   line? `train(..., watch=...)` calls a function of yours at each evaluation, which can measure it.
# - Where the gain is widest: can a probe of the residual stream read, coordinate by coordinate, whether f uses it? And off the
#   model of dense functions?
# - Turning works for linear functions. What would take its place for trees (`settings.but(family="tree")`), and what
#   would stand beside the model instead of least squares?
