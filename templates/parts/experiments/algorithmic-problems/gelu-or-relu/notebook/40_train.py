# %% [markdown]
# ## Do both learn it?
# For each seed one model of each activation, with the same initial weights and the same pairs: nothing else
# differs. (The learning rate suits both here. If you change it, tune it for *both*, or you compare learning rates.)

# %%
from pathlib import Path

from lab.model import build_model
from lab.training import evaluate, train

tasks, models, histories = {}, {}, {}
for seed in range(settings.seed, settings.seed + settings.n_seeds):
    for act_fn in settings.activations:
        which = settings.but(seed=seed, act_fn=act_fn)
        tasks[seed] = make_task(which, device)
        models[act_fn, seed] = build_model(tasks[seed], which, device)
        histories[act_fn, seed] = train(
            models[act_fn, seed],
            tasks[seed],
            which,
            checkpoint=Path("checkpoints") / f"{act_fn}-{seed}.pt",
        )
        _, share = evaluate(models[act_fn, seed], tasks[seed].held_out())
        print(
            f"{act_fn}, seed {seed}: held-out accuracy {share:.3f}, chance {task.chance:.3f}, "
            f"{histories[act_fn, seed].steps[-1]} steps, {histories[act_fn, seed].seconds:.0f} s"
        )

# %%
colours = {act_fn: f"C{i}" for i, act_fn in enumerate(settings.activations)}
left, right = plots.row(2, width=5)
for (act_fn, seed), history in histories.items():
    style = {"color": colours[act_fn], "alpha": 0.8}
    label = act_fn if seed == settings.seed else None
    left.plot(history.steps, history.held_out_loss, label=label, **style)
    right.plot(history.steps, history.held_out_accuracy, label=label, **style)
left.set(
    title="Held-out loss, one line a seed", xlabel="step", ylabel="nats per answer", yscale="log"
)
right.set(title="Held-out accuracy", xlabel="step", ylabel="accuracy")
right.axhline(
    task.chance, color="grey", linestyle="--", linewidth=1, label=f"chance {task.chance:.3g}"
)
left.legend(fontsize=8)
right.legend(fontsize=8)
plt.show()
