# %% [markdown]
# ## Can the model do it?
# Two models with the same architecture, inputs and split; only the question differs. One adds modulo p, where the known
# structure is one **circle** or several: waves of key frequencies. The other names the larger number, where
# what counts is one **order** from 0 to p - 1. A third is untrained: what a method finds in it, the method
# brought along.

# %%
from pathlib import Path

from lab.guessers import blind_guessers
from lab.model import build_model
from lab.training import evaluate, train

tasks, models = {}, {}
for operation in ("add", "maximum"):
    which = settings.but(operation=operation)
    tasks[operation] = make_task(which, device)
    models[operation] = build_model(tasks[operation], which, device)
    history = train(
        models[operation],
        tasks[operation],
        which,
        checkpoint=Path("checkpoints") / f"{operation}-{settings.seed}.pt",
    )
    _, share = evaluate(models[operation], tasks[operation].held_out())
    print(
        f"{operation}: held-out accuracy {share:.3f}, chance {tasks[operation].chance:.3f}, "
        f"{history.steps[-1]} steps, {history.seconds:.0f} s"
    )
    for name, right in list(blind_guessers(tasks[operation]).items())[:3]:
        print(f"{right:18.3f} {name}")
models["untrained"] = build_model(task, settings.but(seed=settings.seed + 1), device)
