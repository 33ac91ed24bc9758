# %% [markdown]
# ## The measurement
# For every neuron of the joint model: how much does each operation lose without it? Replace its activation
# at the `=` by its mean over all questions of both operations, and take the rise of the loss on + and on -. A neuron on
# one axis of this plot works for one task; a neuron on the diagonal works for both.
#
# How far from the diagonal can a *shared* neuron lie by accident? The control takes the two costs from two
# random halves of the + questions, where everything is shared by construction.

# %%
from lab import fourier
from lab.training import loss_of

p = task.modulus
joint = models["both"]
one, other = settings.operations[:2]
questions = {operation: task.questions(operation).to(device) for operation in (one, other)}


def last_neurons(network, tokens) -> tuple[torch.Tensor, torch.Tensor]:
    """At the "=": neurons after the nonlinearity [question, neuron], and the residual stream without
    the MLP [question, d_model]."""
    wanted = ["blocks.0.mlp.hook_post", "blocks.0.hook_resid_mid"]
    with torch.no_grad():
        _, cache = network.run_with_cache(tokens, names_filter=wanted)
    return cache[wanted[0]][:, -1], cache[wanted[1]][:, -1]


def costs(network, batches: dict) -> dict[str, torch.Tensor]:
    """Rise of the loss in nats when each neuron is replaced by its mean over all batches: [neuron] each.

    One layer without LayerNorm, so a neuron reaches the logits only through W_out W_U: exact, no hooks.
    """
    seen = {name: last_neurons(network, batch.tokens) for name, batch in batches.items()}
    mean = torch.cat([neurons for neurons, _ in seen.values()]).mean(0)
    with torch.no_grad():
        w_out = network.blocks[0].mlp.W_out
        write, rises = w_out @ network.W_U, {}
        for name, (neurons, residual) in seen.items():
            targets = batches[name].targets[:, -1]
            logits = (residual + neurons @ w_out) @ network.W_U
            whole = loss_of(logits, targets)
            rises[name] = torch.stack(
                [
                    loss_of(logits - (neurons[:, [j]] - mean[j]) * write[j], targets) - whole
                    for j in range(len(mean))
                ]
            )
    return rises


halves = torch.randperm(p * p, generator=torch.Generator().manual_seed(0)).to(device).chunk(2)
measured = costs(joint, questions)
control = costs(
    joint, {f"{one}, half {i + 1}": questions[one].rows(half) for i, half in enumerate(halves)}
)
left, right = plots.row(2, width=5)
for values, ax, title in [
    (measured, left, "Cost of losing each neuron"),
    (control, right, "Control: two halves of one task"),
]:
    (x_name, x), (y_name, y) = ((name, rise.clamp_min(1e-6).cpu()) for name, rise in values.items())
    plots.scatter(
        x, y, title=title, x=f"rise of the loss on {x_name}, nats", y=f"on {y_name}", ax=ax
    )
    low, high = min(x.min(), y.min()).item(), max(x.max(), y.max()).item()
    ax.plot([low, high], [low, high], color="grey", linewidth=1)
    ax.set(xscale="log", yscale="log")
plt.show()
for label, values in (("the two operations", measured), ("control", control)):
    x, y = (rise.clamp_min(1e-6).log() for rise in values.values())
    print(f"{label}: correlation of the log costs {torch.corrcoef(torch.stack([x, y]))[0, 1]:.2f}")

# %% [markdown]
# ## First experiment: the same waves?
# Which frequencies does each model embed its numbers with, and which do the neurons of the joint model
# respond to, when it adds and when it subtracts?

# %%
spectra = {name: fourier.spectrum(one.W_E[:p].detach()).cpu() for name, one in models.items()}
frequencies = range(1, len(spectra["both"]) + 1)
ticks = [str(k) for k in frequencies]
left, right = plots.row(2, width=5.5)
plots.heatmap(
    torch.stack(list(spectra.values())),
    y_ticks=list(spectra),
    ax=left,
    title="Share of the embedding's norm by frequency and model",
    x="frequency k",
    y="",
    x_ticks=ticks,
)
activations = {
    op: last_neurons(joint, batch.tokens)[0].view(p, p, -1) for op, batch in questions.items()
}
named = {op: fourier.frequency_of(values) for op, values in activations.items()}
size = torch.stack([values.std((0, 1)) for values in activations.values()])
used = (size > 0.05 * size.max()).all(0)
table = torch.zeros(len(frequencies), len(frequencies))
for k_one, k_other in zip(named[one][0][used].tolist(), named[other][0][used].tolist()):
    table[k_one - 1, k_other - 1] += 1
plots.heatmap(
    table,
    ax=right,
    title="Neurons of the joint model by their frequency in each operation",
    x=f"frequency under {other}",
    y=f"frequency under {one}",
    x_ticks=ticks,
    y_ticks=ticks,
)
plt.show()
same = (named[one][0] == named[other][0])[used].float().mean()
print(
    f"{int(used.sum())} neurons respond under both; {same:.0%} of them to the same frequency "
    f"(they explain {named[one][1][used].median():.2f} and {named[other][1][used].median():.2f} of the variance)"
)

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Compare the two scatter plots, not the left one with an ideal. Points as near the diagonal as in the control: these
#   neurons serve both operations alike. Points along the axes: kept apart. A cloud in between is where the question begins.
# - A neuron that responds to the same frequency under both operations reads the same waves. It need not *do* the same
#   with them: is it a wave of a + b under one and of a - b under the other? Compare its two p by p pictures.
# - **"They share a circuit" would be wrong** if the single-task models had these frequencies too by taste: different seeds of one
#   task already choose different ones. Count overlaps between seeds first (`settings.but(seed=1)`).
# - a - b is a + (p - b). If the model only negates b and then adds, everything after attention is shared
#   and nothing is in superposition. Test it: does swapping *only* what the operator's position contributes to the
#   residual stream at `=`, or only the attention pattern, turn one answer into the other?
# - Sharing out of need differs from sharing out of convenience. Repeat the scatter plot with fewer neurons (`d_mlp`).
