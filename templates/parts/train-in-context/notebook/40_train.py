# %% [markdown]
# ## Can the model do it?
# There is no accuracy here. The score is the **share of y's mean square that the predictions explain**, over all places
# of the prompt: 0 is what predicting zero everywhere gets. Even a perfect learner stays below 1, because it cannot know
# the function before it has seen pairs. Training stops at `target_accuracy`, here a value of that score.

# %%
from pathlib import Path

from lab.model import build_model
from lab.training import evaluate, predict, train

model = build_model(task, settings, device)
history = train(model, task, settings, checkpoint=Path("checkpoints") / f"seed{settings.seed}.pt")
loss, score = evaluate(model, task.held_out(), task)
print(
    f"held out: squared error {loss:.3f}, zero predictor {task.zero_loss:.3f}, share explained {score:.3f}, "
    f"{history.steps[-1]} steps, {history.seconds:.0f} s"
)

# %%
ax = plots.lines(
    {"training": history.train_loss, "held out": history.held_out_loss},
    at=history.steps,
    title="Squared error, mean over all places of the prompt",
    x="step",
    y="squared error",
)
ax.axhline(task.zero_loss, color="grey", linestyle="--", linewidth=1, label="predicting zero")
ax.legend(fontsize=8)
plt.show()
