# %% [markdown]
# ## One model for both, and one for each
# Three models of the same size and seed: one is asked both operations, the others one of them. Held-out
# accuracy is measured for each operation apart: does the joint model learn them together or one after the
# other, and does the second task help or hinder?

# %%
from lab.model import build_model
from lab.training import evaluate, predict, train

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
        f"{name}: held-out accuracy {found} (chance {task.chance:.3f}), "
        f"{histories[name].steps[-1]} steps, {histories[name].seconds:.0f} s"
    )

# %%
ax = plots.row(1, width=7)[0]
for (name, operation), curve in by_operation.items():
    colour = f"C{settings.operations.index(operation)}"
    ax.plot(
        histories[name].steps,
        curve,
        "-" if name == "both" else ":",
        color=colour,
        label=f"{operation} in the model of {name}",
    )
ax.axhline(
    task.chance, color="grey", linestyle="--", linewidth=1, label=f"chance {task.chance:.3g}"
)
ax.set(
    title="Held-out accuracy by operation: joint model (lines) and single ones (dotted)",
    xlabel="step",
    ylabel="accuracy",
)
ax.legend(fontsize=8)
plt.show()
