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
# in a, in b, and as products of the two. The control is an untrained model of the same activation.
#
# The right panel adds waves of 2k to the fit. More waves explain more of anything, so beside them stand as many of another
# multiple of k, the mean over all. The same is asked of the neurons' inputs.

# %%
left, right = plots.row(2, width=5.8, height=4.4)
gains: dict[str, list[float]] = {}
for act_fn in settings.activations:
    of_it = [one for (name, _), one in models.items() if name == act_fn]
    untrained = build_model(task, settings.but(act_fn=act_fn), device)
    for label, group in (("trained", of_it), ("untrained", [untrained])):
        living = [measurement.neurons(one, task).alive() for one in group]
        shares = torch.cat([fourier.frequency_of(found.after)[1] for found in living]).cpu()
        left.hist(
            shares,
            bins=40,
            range=(0, 1),
            density=True,
            histtype="step",
            color=colours[act_fn],
            linestyle="-" if label == "trained" else ":",
            label=f"{act_fn}, {label}: median {shares.median():.2f}",
        )
        if label == "trained":
            for found in living:
                for waves, gain in measurement.overtones(found).items():
                    gains.setdefault(f"{act_fn}\n" + waves.replace(": ", ":\n"), []).append(gain)
left.set(
    title="Variance explained by waves of one frequency k",
    xlabel="share",
    ylabel="density of neurons",
)
left.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
plots.bars(
    {name: sum(values) / len(values) for name, values in gains.items()},
    errors={name: torch.tensor(values).std().item() for name, values in gains.items()},
    title=f"Variance explained in addition, {settings.n_seeds} seeds",
    y="share",
    ax=right,
)
right.tick_params(axis="x", labelsize=6)
plt.show()

# %% [markdown]
# ## Third experiment: which part of the curve do the neurons use?
# Below, the inputs of the GELU neurons. The *bend* says how far GELU is from a ReLU on these inputs, in units of
# the spread of its output. Near zero GELU is about x / 2 + 0.4 x², and a square of cos(wa) + cos(wb) holds their
# product exactly.
#
# Then swap the nonlinearity and keep the weights. That changes more than the curve: each neuron's mean and size move as
# well. So swap once more with both restored. Accuracy may not move at all, so the loss stands beside it.
# The control is **as much change in other places**: what the swap adds to each neuron, dealt to other pairs.

# %%
left, middle, right = plots.row(3, width=5, height=4)
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
swaps: dict[str, list[float]] = {}
costs: dict[str, list[float]] = {}
for (act_fn, seed), one in models.items():
    held_out = tasks[seed].held_out()
    own_loss, own_accuracy = evaluate(one, held_out)
    swaps.setdefault(f"{act_fn}\nas it is", []).append(own_accuracy)
    if act_fn != "relu":
        for how, title in measurement.SWAPS.items():
            loss, share = measurement.swapped(one, held_out, "relu", how)
            swaps.setdefault(f"{act_fn},\n{title}", []).append(share)
            costs.setdefault(f"{act_fn},\n{title}", []).append(loss - own_loss)
for ax, measured, title, unit in (
    (middle, swaps, "Held-out accuracy with the nonlinearity swapped", "accuracy"),
    (right, costs, "Held-out loss that the swap adds", "nats per answer"),
):
    plots.bars(
        {name: sum(values) / len(values) for name, values in measured.items()},
        errors={name: torch.tensor(values).std().item() for name, values in measured.items()},
        chance=task.chance if ax is middle else None,
        title=f"{title}, {settings.n_seeds} seeds",
        y=unit,
        ax=ax,
    )
    ax.title.set_fontsize(9)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A bend near 0: GELU is a ReLU on these inputs.** A large one may be a square, or a straight piece that lies lower
#   than the ReLU. (`test_a_large_bend_may_be_a_square_or_a_straight_piece_that_lies_lower`)
# - **A swap that costs no accuracy does not say that GELUs work as ReLUs.** With a large bend, the kink may multiply in
#   the place of the square. (`test_a_swap_is_free_where_gelu_is_a_relu_and_where_a_kink_multiplies_as_well`)
# - **Kept mean and size** take away what a swap costs by these two alone.
#   (`test_what_a_shift_costs_is_gone_when_mean_and_size_are_restored`)
# - **The change dealt out is noise of that size.** A swap that costs less need not miss what the model uses: it may
#   strengthen the product. (`test_a_swap_that_costs_less_than_noise_may_strengthen_the_product`)
# - **A bar of 2k above the control is an overtone that the neurons make, where the inputs have none.** A ReLU of a wave
#   has one. Is a worse fit due to it? (`test_an_overtone_is_made_by_the_neurons_where_their_inputs_lack_it`)
# - Do the activations differ in their key frequencies by more than seeds of one activation do? How many seeds would
#   you need to say so?
# - Are the models slower or faster to learn because of the activation, or because of the learning rate that you chose?
