# %% [markdown]
# ## First experiment: which matrices become simple?
# Forget for a moment that Fourier analysis exists. The singular values of a matrix say how many directions it
# uses, and the effective rank sums them up in one number. There are two controls for every matrix. One is the same model
# before training. The other is trained on **shuffled answers** until it knows them: a list to remember, with nothing
# to understand.

# %%
from lab import fourier, measurement

p = task.modulus
listed = build_model(task, settings, device)
shuffled = measurement.ShuffledAnswers(settings, device)
learned = train(listed, shuffled, settings)
print(
    f"the list is known to {evaluate(listed, shuffled.held_out())[1]:.2f} after {learned.steps[-1]} steps"
)
models = {
    "adds": model,
    "knows a list": listed,
    "untrained": build_model(task, settings, device),
}
singular = {
    name: {
        matrix: torch.linalg.svdvals(values).cpu()
        for matrix, values in measurement.matrices(one, p).items()
    }
    for name, one in models.items()
}
names = list(singular["adds"])
for three in (names[:3], names[3:]):
    for matrix, ax in zip(three, plots.row(3, height=3.6)):
        plots.lines(
            {
                f"{name}: effective rank {measurement.effective_rank(values[matrix]):.1f}": values[
                    matrix
                ]
                / values[matrix][0]
                for name, values in singular.items()
            },
            title=matrix,
            x="rank",
            y="singular value / largest",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# ## Second experiment: what are the first directions of W_E?
# The left singular vectors, drawn over the numbers in their order; that order is all that is put in by hand.
# Blue is the model that adds, grey the one that knows a list.

# %%
vectors = {
    name: torch.linalg.svd(models[name].W_E[:p].detach(), full_matrices=False)
    for name in ("adds", "knows a list")
}
# control: the directions of the model that knows a list of shuffled answers
for first in (0, 3):
    for index, ax in zip(range(first, first + 3), plots.row(3, height=2.6)):
        ax.plot(vectors["knows a list"].U[:, index].cpu(), color="0.75", label="knows a list")
        ax.plot(vectors["adds"].U[:, index].cpu(), marker=".", label="adds")
        value = vectors["adds"].S[index].item()
        ax.set(title=f"direction {index + 1}, singular value {value:.2f}", xlabel="number")
    ax.legend(fontsize=7)
    plt.show()
for name, found in vectors.items():
    shares = fourier.power(found.U[:, :6])
    print(
        f"{name}: strongest frequency of each direction {(shares.argmax(0) + 1).tolist()}, "
        f"its share {[round(share, 2) for share in shares.amax(0).tolist()]}"
    )
for name in vectors:  # each asked for its own strongest wave
    strongest, held = measurement.strongest_wave(models[name].W_E[:p].detach())
    print(f"{name}: the first six directions hold {held:.2f} of the wave of frequency {strongest}")
mean, spread = measurement.wave_of_chance(model.W_E[:p])
print(f"random matrices, asked for their own strongest wave as well: {mean:.2f} ± {spread:.2f}")

# %% [markdown]
# ## Third experiment: which object gives the neurons away?
# Sort the neurons into groups blindly, by how alike they are in one object at a time. Then check against the
# truth: the frequency of each neuron over all pairs. Neurons that no frequency explains by half have no true
# group and are left out. k-means does not know the number of groups, so several are tried. The
# **adjusted Rand index** is 1 for the true groups and about 0 for chance.
#
# The truth was read from the activations, so their own line shows how well this k-means does where the truth is. The control, dotted, are the
# same weights of the same neurons **before training**: were the groups there from the start?

# %%
groups = [2, 3, 4, 5, 6, 8, 10, 12]
clear, frequency = measurement.of_one_frequency(measurement.neurons(model, task))
described, before = (
    {name: rows[clear] for name, rows in measurement.objects(models[which], task).items()}
    for which in ("adds", "untrained")
)
curves = {
    name: measurement.agreement(rows, frequency[clear], groups) for name, rows in described.items()
}
left, middle, right = plots.row(3, width=5, height=4.6)
plots.lines(
    curves,
    at=groups,
    ax=left,
    title="Agreement of blind groups with the true frequencies",
    x="groups asked for",
    y="adjusted Rand index",
)
for line, name in zip(left.get_lines(), curves):
    if name == "activations":
        line.set(color="black", label="activations (hold the truth)")
        continue
    index = measurement.agreement(before[name], frequency[clear], groups)
    left.plot(groups, index, ":", color=line.get_color(), label=f"{name}, before training")
left.set_ylim(-0.05, 1.05)
left.legend(fontsize=7, ncols=2, loc="upper center")
left.set_ylim(-0.05, 1.5)
order = frequency[clear].argsort()
for ax, which, those in ((middle, "trained", described), (right, "before training", before)):
    plots.heatmap(
        measurement.likeness(those["W_E OV W_in"])[order][:, order].cpu(),
        between=(0.0, 1.0),
        ax=ax,
        title=f"|cosine| of neurons by W_E OV W_in,\nsorted by true frequency, {which}",
        x="neuron",
        y="neuron",
    )
plt.show()
sizes = {k: int((frequency[clear] == k).sum()) for k in frequency[clear].unique().tolist()}
print(f"{int(clear.sum())} of {len(clear)} neurons have a frequency; neurons of each: {sizes}")
others, _ = measurement.of_one_frequency(measurement.neurons(listed, task))
print(f"in the model that knows a list {int(others.sum())} neurons have one")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **An effective rank counts directions and does not name them.** A fall that the model of the list shows as well is
#   not about addition. And four directions may be two waves, or anything else.
#   (`test_effective_rank_counts_directions_and_does_not_name_them`)
# - **Compare planes.** Directions of equal singular value are turned against each other at will. Single ones can
#   look like mixed waves while the plane that they span holds the wave whole.
#   (`test_a_plane_is_a_wave_where_its_single_vectors_are_not`)
# - **Neurons of one frequency may look unlike**: a quarter turn apart their cosine is near 0. So k-means may
#   ask for more groups than there are frequencies.
#   (`test_neurons_of_one_frequency_a_quarter_turn_apart_look_unlike`)
# - **An index above its dotted line** says that training put the groups into the object. Where both are as high, the groups
#   were there from the start. (`test_blind_groups_tell_what_training_put_in_from_what_was_there`)
# - **How many neurons were left out matters**: one that answers to everything has no true group.
#   (`test_a_neuron_without_a_frequency_has_no_true_group`)
# - Which object is best, and is it the same one for seeds 1 and 2?
