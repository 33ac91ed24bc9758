# %% [markdown]
# ## First experiment: how many frequencies?
# The model embeds the numbers as waves of a few frequencies. Call those key that hold more than twice
# their even share of the embedding's norm. Seeds differ with the same activation already, so an untrained
# row and all seeds stand in one picture.

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
    keys = measurement.key_frequencies(weights)
    print(f"{name}: {len(keys)} key frequencies {keys}")

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
# Then the proof: swap the nonlinearity, keep the weights. A ReLU model is the control, made a GELU model, at
# three scales: what its neurons read is multiplied, and what they write divided by the same factor.

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
        swaps.setdefault(f"{act_fn}\nmade relu", []).append(
            measurement.swapped(one, held_out, "relu")[1]
        )
        continue
    for factor in (0.2, 1.0, 5.0):
        measurement.rescale(one, factor)
        swaps.setdefault(f"relu times {factor:g}\nmade {smooth}", []).append(
            measurement.swapped(one, held_out, smooth)[1]
        )
        measurement.rescale(one, 1 / factor)
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
# - **A swap that costs nothing says that the GELUs work as ReLUs.** A swap that costs much says that the model
#   needs their curvature. (`test_a_swap_costs_nothing_where_gelu_works_as_a_relu`)
# - **The scale of a ReLU model means nothing**: it is the same function at every factor, and its swap costs
#   anything. So compare no input range and no swap of ReLU models with those of GELU models.
#   (`test_the_scale_of_a_relu_model_means_nothing_and_decides_what_its_swap_costs`)
# - **A bend near 0: GELU is a ReLU on these inputs. A large one: it is nearer to a square.**
#   (`test_the_bend_is_large_where_gelu_is_a_square`)
# - **A worse fit may be an overtone.** A ReLU of a wave has 2k in it. If the gap between the activations closes in
#   the second panel, it was no other algorithm. (`test_a_worse_fit_may_be_an_overtone`)
# - Do the activations differ in their key frequencies by more than seeds of one activation do? How many seeds would
#   you need to say so?
# - Are the models slower or faster to learn because of the activation, or because of the learning rate that you chose?
