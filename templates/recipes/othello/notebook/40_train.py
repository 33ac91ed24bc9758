# %% [markdown]
# ## Does the model know the rules?
# **Legality**: how often the highest logit is a legal move. What it has to beat is not a blind guess but the
# best *fixed* list: for each turn the square that is most often legal there. `quick` trains a small model until
# `target_accuracy`; `full` loads the published Othello-GPT. An imperfect model is worth taking apart, but
# every claim then needs the share of positions where it was right.

# %%
from pathlib import Path

from lab.model import build_model, load_published
from lab.training import evaluate, predict, train

if settings.model:
    model = load_published(task, settings, device)
else:
    model = build_model(task, settings, device)
    history = train(
        model, task, settings, checkpoint=Path("checkpoints") / f"seed{settings.seed}.pt"
    )
    print(f"{history.steps[-1]} steps, {history.seconds:.0f} s")
loss, held_out_accuracy = evaluate(model, examples, task)
print(
    f"held-out accuracy {held_out_accuracy:.3f}, chance {task.chance:.3f}: the top move is legal; a fixed move for each turn is"
)

# %%
logits = predict(model, examples.tokens, chunk=256)
going_on = examples.targets.sum(-1) > 0
legal_now = task.legality(logits, examples.targets)
by_turn = (legal_now * going_on).sum(0) / going_on.sum(0).clamp_min(1)
mass = (logits.softmax(-1) * (examples.targets > 0)).sum(-1)
plots.lines(
    {
        "highest logit is legal": by_turn.cpu(),
        "probability on legal moves": (
            (mass * going_on).sum(0) / going_on.sum(0).clamp_min(1)
        ).cpu(),
        "best fixed square for that turn": task.chance_by_turn.cpu(),
    },
    at=range(1, task.n_ctx + 1),
    title="Legality by turn, held-out games",
    x="moves so far",
    y="share",
)
plt.show()
