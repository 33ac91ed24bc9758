# %% [markdown]
# ## Can the model do it?
# Train until held-out accuracy reaches `target_accuracy`. Below the model stand the best blind
# guessers: each knows the training examples, but sees nothing, one token, or a lazy rule at most. A
# model no better than one of them may be doing just that.

# %%
from pathlib import Path

from lab.guessers import blind_guessers
from lab.model import build_model
from lab.training import evaluate, predict, train

model = build_model(task, settings, device)
history = train(model, task, settings, checkpoint=Path("checkpoints") / f"seed{settings.seed}.pt")
loss, held_out_accuracy = evaluate(model, task.held_out())
print(
    f"held-out accuracy {held_out_accuracy:.3f}, chance {task.chance:.3f}, "
    f"{history.steps[-1]} steps, {history.seconds:.0f} s"
)
guessers = dict(list(blind_guessers(task).items())[:4])
for name, right in guessers.items():
    print(f"{right:18.3f} {name}")

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
    levels=guessers,
    title="Held-out accuracy",
    x="step",
    y="accuracy",
    ax=right,
)
plt.show()
