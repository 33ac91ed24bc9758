# %% [markdown]
# ## Can the model do it?
# A few seeds, trained side by side without any mask. They have to generalise before
# they are pruned. What a mask from before that is worth, the young mask shows.

# %%
from lab import fourier, many, measurement
from lab.guessers import blind_guessers

p = task.modulus
seeds = [settings.seed + i for i in range(settings.n_seeds)]
start = many.fresh(task, settings, seeds, device)
dense = many.train_many(start, task, settings, name="dense")
reached = dense.steps_to(settings.target_accuracy)
print(
    f"held-out accuracy {dense.accuracy.min():.3f} (worst of {len(seeds)} seeds), chance {task.chance:.3f}, "
    f"{settings.target_accuracy} reached at steps {reached.tolist()}"
)
guessers = dict(list(blind_guessers(task).items())[:3])
plots.lines(
    {f"seed {seed}": dense.held_out[:, i].cpu() for i, seed in enumerate(seeds)},
    at=dense.steps,
    levels=guessers,
    title="Held-out accuracy of the dense networks",
    x="step",
    y="accuracy",
)
plt.show()
