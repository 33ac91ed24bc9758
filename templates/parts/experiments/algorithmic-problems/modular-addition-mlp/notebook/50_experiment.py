# %% [markdown]
# ## First experiment: does a neuron read a wave?
# What a neuron gets to see is one number for each a plus one for each b. Decompose both lists into waves
# (a discrete Fourier transform) and take the strongest. Two controls: the same weights with the
# numbers in shuffled order, where a frequency means nothing, and the network before training.

# %%
from lab import fourier, measurement

p = task.modulus
untrained = build_model(task, settings, device)
rows = torch.randperm(p, generator=torch.Generator().manual_seed(0)).to(device)
weights = measurement.read(model)
waves = {
    "trained": fourier.strongest(weights),
    "numbers shuffled": fourier.strongest(weights[:, rows]),
    "untrained": fourier.strongest(measurement.read(untrained)),
}
left, right = plots.row(2, width=5.2, height=4)
for name, found in waves.items():
    left.hist(found.share.flatten().cpu(), bins=40, range=(0, 1), histtype="step", label=name)
left.set(
    title="Share of a neuron's weights that is its strongest wave",
    xlabel="share of the variance over the numbers",
    ylabel="neurons, both sides",
)
left.legend(fontsize=8)
plots.lines(
    {
        name: waves[name].frequency[0].bincount(minlength=p // 2 + 1)[1:].cpu()
        for name in ("trained", "untrained")
    },
    at=range(1, p // 2 + 1),
    title="Neurons by the strongest frequency of what they read of a",
    x="frequency k (waves around the circle of p)",
    y="neurons",
    ax=right,
)
plt.show()
for name, found in waves.items():
    same = (found.frequency[0] == found.frequency[1]).float().mean()
    print(
        f"{name}: median share {found.share.median():.2f}; the same frequency for a and b in {same:.0%}"
    )

# %% [markdown]
# Three neurons as pictures over (a, b), and an untrained one. The three are chosen: one wave holds nine tenths of what
# they read on either side, and their frequency is low. The line below says how many are so. Above the
# input of the ReLU, below its output. Red is negative, blue positive, each row of a picture is one a. Where
# a + b stays the same, one runs from the lower left to the upper right.

# %%
tokens = task.encode(task.pairs().to(device)).tokens
regular = measurement.regular(model)
print(f"{int(regular.sum())} of {len(regular)} neurons are so regular on both sides")
lowest = (waves["trained"].frequency[0] + p * ~regular).argsort()[:3].tolist()
pictures = [(model, neuron, f"neuron {neuron}") for neuron in lowest]
pictures.append((untrained, 0, "untrained neuron"))
for when in (0, 1):
    for (network, neuron, name), ax in zip(pictures, plots.row(4, width=3.6, height=3)):
        states = measurement.hidden(network, tokens)
        bent = measurement.product_share(states[1])[neuron]
        plots.heatmap(
            states[when][..., neuron].cpu(),
            centre=0.0,
            title=f"{name}, " + (f"after: products {bent:.2f}" if when else "before the ReLU"),
            x="b",
            y="a",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# *Products* is the share of the picture that is no sum f(a) + g(b). A sum of angles needs products:
# cos(w(a + b)) = cos(wa) cos(wb) - sin(wa) sin(wb).
#
# ## Second experiment: what is written for what is read
# A neuron that reads cos(wa + f) and cos(wb + g) can hand on the wave of the sum, cos(w(a + b) + f + g).
# Then the phase of what it writes to the logits should be f + g. Take the neurons that read and
# write at one and the same frequency. The controls are the difference f - g, and outputs dealt out anew
# among the neurons.

# %%
inside, outside = measurement.phases(model)
difference, _ = measurement.phases(model, sign=-1)
# control: each neuron beside the output of another one
others = outside[
    torch.randperm(len(outside), generator=torch.Generator().manual_seed(0)).to(device)
]
panels = {
    "its own output": ("phase in a + phase in b", inside, outside),
    "the difference": ("phase in a - phase in b", difference, outside),
    "another neuron's output": ("phase in a + phase in b", inside, others),
}
for (name, (x, one, other)), ax in zip(panels.items(), plots.row(3, width=4)):
    turned = torch.remainder(one + torch.pi, 2 * torch.pi) - torch.pi
    plots.scatter(
        turned.cpu(),
        other.cpu(),
        title=f"{name}: agreement {fourier.agreement(one, other):+.2f}",
        x=f"{x} (radians)",
        y="phase of the output",
        ax=ax,
    )
plt.show()
made = measurement.product_share(measurement.hidden(model, tokens)[1])
print(
    f"{len(inside)} of {model.W_out.shape[0]} neurons have one frequency in a, in b and in the logits; "
    f"products in the median one {made[measurement.one_frequency(model)].median():.2f}"
)

# %% [markdown]
# ## Third experiment: is one frequency a neuron enough?
# The trained network runs on a part of its input weights: the strongest frequency of each neuron and side, or all but
# that. The control is the second strongest, made as large as the strongest was: would another wave do?
# Nothing is trained again.

# %%
plots.bars(
    measurement.accuracies(model, task.held_out()),
    chance=task.chance,
    title="Held-out accuracy when each neuron reads ...",
    y="accuracy",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A share near 1 is a wave. A share near 0.6 at k = 1 may be an order**: weights that rise steadily with
#   the number have that. (`test_one_wave_holds_a_neuron_that_an_order_does_not_fill`)
# - **A share of products near 0 after the ReLU** is a neuron that works where the ReLU does not bend, or that hardly
#   reads one of the two. Before it the share is 0 in every network of this shape.
#   (`test_a_neuron_that_never_bends_or_reads_one_side_has_no_product_after_it_either`)
# - **An agreement near 1, products, and nearly all neurons of one frequency**: the neurons write the wave of a + b.
#   Neurons that do not bend agree without making it, a table agrees in the few that happen to have one frequency.
#   (`test_phases_of_the_sum_agree_and_those_of_the_difference_do_not`, `test_agreement_alone_makes_no_sum`)
# - **Accuracy that survives on the strongest frequency, and not on the second made as large**: the network works by
#   these waves. In a table of pairs no wave is better than another.
#   (`test_waves_survive_on_the_strongest_alone_and_in_a_table_on_any_or_none`)
# - With p = 31 there are 15 frequencies. How many does the network use, how many would do, and does that number
#   grow with p?
# - Why should a ReLU of a sum do for a product? What else does it make of two waves, and where does that go?
