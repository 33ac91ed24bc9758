# %% [markdown]
# ## First experiment: how many frequencies?
# The model embeds the numbers as waves of a few frequencies. A threshold would decide how many. So count them as one over
# the sum of the squared shares: n if n frequencies hold the norm evenly. Seeds differ with the same activation
# already, so an untrained row and all seeds stand in one picture.

# %%
from lab import fourier, measurement

p = task.modulus
embeddings = {
    f"{act_fn}, seed {seed}": one.W_E[:p].detach() for (act_fn, seed), one in models.items()
}
embeddings["untrained"] = build_model(task, settings, device).W_E[:p].detach()
spectra = torch.stack([fourier.spectrum(weights) for weights in embeddings.values()]).cpu()
plots.heatmap(
    spectra,
    title="Share of the embedding's norm at each frequency",
    x="frequency k",
    y="",
    x_ticks=[str(k + 1) for k in range(spectra.shape[1])],
    y_ticks=list(embeddings),
)
plt.show()
for name, weights in embeddings.items():
    print(f"{name}: {measurement.how_many_frequencies(weights):.1f} frequencies")

# %% [markdown]
# ## Second experiment: what does a neuron compute?
# On every pair, at the `=`: the share of each neuron's variance that waves of its best frequency k explain,
# in a, in b, and as products of the two. The second fit may use waves of 2k as well. The control is an
# untrained model of the same activation.

# %%
fits = {}
for act_fn in settings.activations:
    of_it = [one for (name, _), one in models.items() if name == act_fn]
    untrained = build_model(task, settings.but(act_fn=act_fn), device)
    for label, group in (("trained", of_it), ("untrained", [untrained])):
        living = [measurement.neurons(one, task).alive().after for one in group]
        for overtone in (False, True):
            shares = [measurement.explained(after, overtone) for after in living]
            fits[act_fn, label, overtone] = torch.cat(shares).cpu()
for overtone, ax in zip((False, True), plots.row(2, width=5.5, height=4.4)):
    for act_fn in settings.activations:
        for label, line in (("trained", "-"), ("untrained", ":")):
            shares = fits[act_fn, label, overtone]
            ax.hist(
                shares,
                bins=40,
                range=(0, 1),
                density=True,
                histtype="step",
                color=colours[act_fn],
                linestyle=line,
                label=f"{act_fn}, {label}: median {shares.median():.2f}",
            )
    ax.set(
        title=f"Variance explained by waves of {'k and 2k' if overtone else 'one frequency k'}",
        xlabel="share",
        ylabel="density of neurons",
    )
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
plt.show()

# %% [markdown]
# ## Third experiment: which part of the curve do the neurons use?
# Below, the inputs of the GELU neurons. The *bend* says how far GELU is from a ReLU on these inputs, in units of
# the spread of its output. Near zero GELU is about x / 2 + 0.4 x², and a square of cos(wa) + cos(wb) holds their
# product exactly.
#
# Then swap the nonlinearity and keep the weights. That changes more than the curve: each neuron's mean and size move as
# well, and the weights behind it were fitted to the old ones. So swap once more with each neuron's mean and size restored.
# The control is **as much change in other places**: what the swap adds to each neuron, dealt to other pairs.

# %%
left, right = plots.row(2, width=5.8, height=4)
smooth = next((name for name in settings.activations if name != "relu"), "gelu")
curved = [one for (name, _), one in models.items() if name == smooth]
fresh = build_model(task, settings.but(act_fn=smooth), device)
for label, group in (("trained", curved), ("untrained", [fresh])):
    before = torch.cat([measurement.neurons(one, task).before.flatten() for one in group]).cpu()
    left.hist(
        before.numpy(),
        bins=120,
        range=(-6, 6),
        density=True,
        histtype="step",
        label=f"{label}, bend {measurement.bend(before, smooth):.2f}",
    )
left.set(
    title=f"Input to the nonlinearity, {smooth} models",
    xlabel="hook_pre",
    ylabel="density",
    yscale="log",
)
left.legend(fontsize=8)
swaps = {}
for (act_fn, seed), one in models.items():
    held_out = tasks[seed].held_out()
    swaps.setdefault(f"{act_fn}\nas it is", []).append(evaluate(one, held_out)[1])
    if act_fn != "relu":
        for how, title in measurement.SWAPS.items():
            swaps.setdefault(f"{act_fn},\n{title}", []).append(
                measurement.swapped(one, held_out, "relu", how)[1]
            )
plots.bars(
    {name: sum(values) / len(values) for name, values in swaps.items()},
    errors={name: torch.tensor(values).std().item() for name, values in swaps.items()},
    chance=task.chance,
    title=f"Held-out accuracy with the nonlinearity swapped, {settings.n_seeds} seeds",
    y="accuracy",
    ax=right,
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A swap that costs nothing says that the GELUs work as ReLUs here.** One that costs something may do so by the means and
#   sizes that it moves, since the ReLU bends, too.
#   (`test_a_swap_costs_nothing_where_gelu_works_as_a_relu_and_something_where_it_does_not`)
# - **A cost that goes when mean and size are restored was theirs**, and not the curve's: where GELU is straight nothing is left.
#   (`test_what_a_shift_costs_is_gone_when_mean_and_size_are_restored`)
# - **As much change in other places** is what any change of this size costs. A swap that costs less spares what the model uses.
#   (`test_the_dealt_change_is_as_large_and_lies_elsewhere`)
# - **A bend near 0: GELU is a ReLU on these inputs. A large one: it is nearer to a square.**
#   (`test_the_bend_is_large_where_gelu_is_a_square`)
# - **A worse fit may be an overtone.** A ReLU of a wave has 2k in it. The second fit has more free waves and gains with anything,
#   so subtract what the untrained models of the same activation gain. (`test_a_worse_fit_may_be_an_overtone`)
# - Do the activations differ in their key frequencies by more than seeds of one activation do? How many seeds would
#   you need to say so?
# - Are the models slower or faster to learn because of the activation, or because of the learning rate that you chose?
