# %% [markdown]
# ## Can the model do it?
# **Legality**: how often the highest logit is a legal move. The lines to beat are rules that know the turn, the squares
# that are taken and the last move, and no colours. `quick` trains a small model until `target_accuracy`;
# `full` loads the published Othello-GPT.

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
print(f"held-out accuracy {held_out_accuracy:.3f}, chance {task.chance:.3f} (top move is legal)")

# %%
logits = predict(model, examples.tokens, chunk=256)
# control: rules that know no colours
right = {"model": task.legality(logits, examples.targets)} | task.guessers
plots.lines(
    {name: task.by_turn(one).cpu() for name, one in right.items()},
    at=range(1, task.n_ctx + 1),
    title="Top move is legal, held-out games",
    x="moves so far",
    y="share",
)
plt.show()
