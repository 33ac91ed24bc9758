# %% [markdown]
# ## First experiment: do neurons write against what they read?
# The cosine between each neuron's input and output weights, LayerNorm's scales multiplied into the input
# weights. There are two baselines. Cosines of directions drawn evenly have a standard deviation of
# 1/sqrt(d_model). Input weights beside
# the output weights of another neuron of the layer keep what all its neurons have in common.

# %%
reads, writes = folded.reads(model), folded.writes(model)
found = measurement.cosines(reads, writes).cpu()
mixed = measurement.mismatched(reads, writes, settings.seed).cpu()
even = model.cfg.d_model**-0.5
shown = sorted({0, model.cfg.n_layers // 2, model.cfg.n_layers - 1})
for layer, ax in zip(shown, plots.row(len(shown), width=4)):
    for values, name in ((found, "own output"), (mixed, "another's output (control)")):
        ax.hist(values[layer].numpy(), bins=60, range=(-1, 1), histtype="step", label=name)
    ax.axvspan(-2 * even, 2 * even, color="0.9", label="even directions, two deviations")
    ax.set_yscale("log")
    ax.set_title(f"neurons of layer {layer}", fontsize=10)
    ax.set_xlabel("cosine of input and output weights")
    ax.set_ylabel("neurons")
    ax.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
plt.show()

# %%
bound = 3 * even
(low, high), (low_mixed, high_mixed) = (measurement.beyond(one, bound) for one in (found, mixed))
plots.lines(
    {
        f"below -{bound:.2f}": low,
        f"above +{bound:.2f}": high,
        "below, with another's output (control)": low_mixed,
        "above, with another's output (control)": high_mixed,
    },
    title="cosines beyond three standard deviations of even directions",
    x="layer",
    y="share of the layer's neurons",
)
plt.show()

# %% [markdown]
# ## Second experiment: who wrote what they read?
# For the neurons with the most negative cosines, and one other neuron of each one's layer as a control.
# A neuron fires where the normalized stream lies far along its input direction; in a gated MLP its gate has
# a say, too. How much further than at the average token is the excess, here measured before LayerNorm's
# division. Each earlier component wrote a share of it. The shares of one neuron add up to 1, and some may
# be negative; where the excess is near 0 they mean little.

# %%
neurons = measurement.most_negative(found, settings.n_neurons)
control = measurement.others(neurons, found.shape[1], settings.seed)
activations = measurement.activations(model, windows.tokens, [*neurons, *control])
firing = {
    neuron: measurement.fires(activation, settings.n_firing)
    for neuron, activation in activations.items()
}
silent = [str(neuron) for neuron, mask in firing.items() if not mask.any()]
print(f"positive nowhere in these passages, and left out: {', '.join(silent) or 'none'}")
firing = {neuron: mask for neuron, mask in firing.items() if mask.any()}
written = measurement.writers(model, windows.tokens, firing)
for group, name, ax in zip(
    (neurons, control), ("most negative", "others (control)"), plots.row(2, width=5, height=4.2)
):
    group = [neuron for neuron in group if neuron in written]
    by_kind = [measurement.kinds(written[neuron]) for neuron in group]
    plots.heatmap(
        [list(one.values()) for one in by_kind],
        centre=0.0,
        between=(-1, 1),
        x_ticks=list(by_kind[0]),
        y_ticks=[f"{neuron} ({found[neuron]:+.2f})" for neuron in group],
        title=f"who wrote what they read: {name}",
        x="earlier components",
        y="neuron (cosine)",
        ax=ax,
    )
plt.show()
for group, name in ((neurons, "most negative"), (control, "others")):
    largest = [max(written[neuron].values()) for neuron in group if neuron in written]
    print(f"{name}: largest share of one component, median {measurement.median(largest):.2f}")
for neuron in neurons:
    if neuron in written:
        best = measurement.strongest(activations[neuron], 8)
        words = model.to_str_tokens(windows.tokens[:, 1:].flatten()[best], prepend_bos=False)
        who = max(written[neuron], key=written[neuron].__getitem__)
        print(f"{neuron}: most from {who} ({written[neuron][who]:.2f}); most active on {words}")

# %% [markdown]
# ## Third experiment: how much do they take away?
# The share of the excess that the neuron's own output removes, and the share that its whole MLP
# removes. That the two groups differ along x follows from their cosines: a neuron with a negative one
# takes away where it fires, one with a cosine of 0 does neither. How much is found, and all along y.

# %%
removed = measurement.erased(model, windows.tokens, firing)
plots.scatter(
    [removed[neuron].by_neuron for neuron in removed],
    [removed[neuron].by_mlp for neuron in removed],
    colour=[float(neuron in neurons) for neuron in removed],
    colour_label="1: most negative, 0: others (control)",
    labels=[str(neuron) for neuron in removed],
    title="share of the excess taken away where the neuron fires",
    x="by the neuron",
    y="by its whole MLP",
)
plt.axhline(0.0, color="0.7", linewidth=1)
plt.axvline(0.0, color="0.7", linewidth=1)
plt.show()
for group, name in ((neurons, "most negative"), (control, "others")):
    shares = [removed[neuron].by_neuron for neuron in group if neuron in removed]
    print(f"{name}: share removed by the neuron, median {measurement.median(shares):.2f}")

# %% [markdown]
# The three with the most negative cosines, followed through the layers: 1 is the excess that their own MLP
# reads, at the vertical line. Beside each are another neuron of that layer, and the same with the neuron
# held at its mean activation, which takes away nothing of the excess. Just behind the line these two
# curves differ by the share of the scatter plot: look at what becomes of it later.

# %%
followed = [neuron for neuron in neurons if neuron in removed][:3]
for neuron, ax in zip(followed, plots.row(len(followed), width=4.2)):
    other = control[neurons.index(neuron)]
    plots.lines(
        {
            str(neuron): measurement.curve(model, windows.tokens, neuron, firing[neuron]),
            "the same, neuron held at its mean": measurement.curve(
                model, windows.tokens, neuron, firing[neuron], ablated=True
            ),
        }
        | (
            {f"control {other}": measurement.curve(model, windows.tokens, other, firing[other])}
            if other in firing
            else {}
        ),
        at=measurement.curve_places(model, neuron),
        levels={"none": 0.0},
        title=f"{neuron}: what it reads, where it fires",
        x="before layer (last: after all)",
        y="excess along its input direction",
        ax=ax,
    )
    ax.axvline(neuron.layer + 0.5, color="0.6", linewidth=1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Both tails of the own outputs reach beyond those of others' outputs**: neurons tie input to output.
#   **Own and others' tails alike, both beyond the band**: a direction that all share makes such cosines.
#   (`test_a_shared_direction_widens_the_control_as_well`)
# - **Most from one component**: it wrote most of the excess in this sum. (`test_the_writer_of_what_is_read_is_named`)
#   Would the neuron still fire without it? A patch tells, the sum does not.
# - **A cosine near -1 and a share near 0**: the output is too small to erase anything.
#   **Share of the neuron high, of its MLP not**: other neurons write it back.
#   (`test_a_cosine_does_not_say_how_much_is_removed`)
# - **The curve low to the end, the held one high to the end**: what this neuron removes stays away. **Both
#   rise again**: a later part writes it once more. **Both fall**: somebody else removes it without the neuron.
#   (`test_a_neuron_that_erases_is_told_from_one_that_is_there_when_it_happens`)
# - Does the curve rise at one layer, and is what rose used before it falls? Which head or neuron would read it?
# - Some neurons may hold an excess down to a fixed size rather than clear it. What would tell the two apart?
