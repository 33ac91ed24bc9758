# %% [markdown]
# ## Can the model do it?
# Train until held-out accuracy reaches `target_accuracy`. A story about a model that cannot do the
# task, or that does it only on examples it has seen, is a story about something else.

# %%
from pathlib import Path

from lab.model import build_model
from lab.training import evaluate, predict, train

model = build_model(task, settings, device)
history = train(model, task, settings, checkpoint=Path("checkpoints") / f"seed{settings.seed}.pt")
loss, held_out_accuracy = evaluate(model, task.held_out())
print(
    f"held-out accuracy {held_out_accuracy:.3f}, chance {task.chance:.3f}, "
    f"{history.steps[-1]} steps, {history.seconds:.0f} s"
)

# %%
left, right = plots.row(2)
plots.lines(
    {"training": history.train_loss, "held out": history.held_out_loss},
    at=history.steps,
    log=True,
    title="Loss",
    x="step",
    y="nats per answer",
    ax=left,
)
plots.lines(
    {"held out": history.held_out_accuracy},
    at=history.steps,
    chance=task.chance,
    title="Held-out accuracy",
    x="step",
    y="accuracy",
    ax=right,
)
plt.show()
