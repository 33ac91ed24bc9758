# %% [markdown]
# ## Can the model do it?
# For each seed one model of each activation, with the same initial weights and the same pairs: nothing else
# differs. The learning rate suits both here; change it for both, or you compare learning rates.

# %%
from pathlib import Path

from lab.guessers import blind_guessers
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
guessers = dict(list(blind_guessers(task).items())[:3])
colours = {act_fn: f"C{i}" for i, act_fn in enumerate(settings.activations)}
ax = plots.row(1, width=7)[0]
for (act_fn, seed), history in histories.items():
    ax.plot(
        history.steps,
        history.held_out_accuracy,
        color=colours[act_fn],
        label=act_fn if seed == settings.seed else None,
    )
plots.lines(
    {}, levels=guessers, title="Held-out accuracy, a line a seed", x="step", y="accuracy", ax=ax
)
plt.show()
