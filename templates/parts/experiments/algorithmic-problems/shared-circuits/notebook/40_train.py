# %% [markdown]
# ## Can the model do it?
# Three models of the same size and seed: one is asked both operations, the others one of them each. Held-out
# accuracy is measured for each operation apart. Below it stand the best blind guessers for the model of both.
# Learning both is the slow part: allow a minute and a half on two cores.

# %%
from pathlib import Path

from lab.guessers import blind_guessers
from lab.model import build_model
from lab.training import evaluate, train

asked = {"both": settings.operations} | {f"only {one}": [one] for one in settings.operations}
tasks, models, histories = {}, {}, {}
by_operation = {}  # (model, operation) -> held-out accuracy at each evaluation
for name, operations in asked.items():
    which = settings.but(operations=operations)
    tasks[name] = make_task(which, device)
    models[name] = build_model(tasks[name], which, device)
    curves = {operation: by_operation.setdefault((name, operation), []) for operation in operations}

    def note(step, model=models[name], its_task=tasks[name], curves=curves):
        for operation, curve in curves.items():
            curve.append(evaluate(model, its_task.held_out_of(operation))[1])

    histories[name] = train(models[name], tasks[name], which, watch=note)
    found = ", ".join(f"{operation}: {curve[-1]:.3f}" for operation, curve in curves.items())
    print(
        f"{name}: held-out accuracy {histories[name].held_out_accuracy[-1]:.3f} (chance "
        f"{task.chance:.3f}), of {found}; {histories[name].steps[-1]} steps, "
        f"{histories[name].seconds:.0f} s"
    )

# %%
guessers = dict(list(blind_guessers(tasks["both"]).items())[:4])
ax = plots.row(1, width=7, height=4.6)[0]
for (name, operation), curve in by_operation.items():
    ax.plot(
        histories[name].steps,
        curve,
        "-" if name == "both" else ":",
        color=f"C{settings.operations.index(operation)}",
        label=f"{operation} in the model of {name}",
    )
plots.lines(
    {}, levels=guessers, title="Held-out accuracy by operation", x="step", y="accuracy", ax=ax
)
plt.show()
