# %% [markdown]
# ## Can the model do it?
# The same table for each width of the hidden layer. Accuracy here is **recall** of stored facts: there is
# nothing to generalise. Beside it stands the accuracy on facts never shown, where a model that leans on rows falls
# below a coin.

# %%
from lab.guessers import blind_guessers
from lab.model import build_model
from lab.training import evaluate, train

models, histories = {}, {}
for width in settings.widths:
    sized = settings.but(d_mlp=width)
    models[width] = build_model(task, sized, device)
    histories[width] = train(models[width], task, sized)

recall = {width: evaluate(model, facts)[1] for width, model in models.items()}
parameters = {width: sum(w.numel() for w in model.parameters()) for width, model in models.items()}
for width, model in models.items():
    print(
        f"{width:4d} neurons, {parameters[width]:6d} parameters: recall {recall[width]:.3f}, "
        f"never shown {evaluate(model, unseen)[1]:.2f}, chance {task.chance}, "
        f"{histories[width].steps[-1]} steps, {histories[width].seconds:.0f} s"
    )

# %%
guessers = dict(list(blind_guessers(task).items())[:2])
left, right = plots.row(2, width=5.4, height=4.4)
for width, history in histories.items():
    left.plot(history.steps, history.held_out_accuracy, label=f"{width} neurons")
plots.lines({}, levels=guessers, title="Recall of the stored facts", x="step", y="recall", ax=left)
load = [len(facts.tokens) / parameters[width] for width in models]
plots.scatter(
    load,
    list(recall.values()),
    labels=[f"{width} neurons" for width in models],
    ax=right,
    title="Recall against the load",
    x="facts per parameter",
    y="recall",
)
right.axhline(task.chance, color="0.3", linestyle="--", linewidth=1)
right.margins(x=0.15)
plt.show()
