# %% [markdown]
# ## First experiment: how is the variance spread?
# Principal components of the stream, layer by layer: how many hold 50, 90 and 99 % of the variance?
# Left as it is, right with each dimension at variance 1. In the control every dimension keeps its own
# values but deals them to other tokens, so that no two dimensions vary together. The first position is
# left out, since many models park one huge activation there.

# %%
layers = measurement.layers_read(model)
found = measurement.covariances(model, windows.tokens)
mixed = measurement.covariances(
    model, windows.tokens, measurement.dimensions_shuffled(settings.seed)
)
for standardised, ax in zip((False, True), plots.row(2, width=5)):
    plots.lines(
        {
            f"{share:.0%}": [
                measurement.components_needed(one, share, standardised) for one in found
            ]
            for share in (0.5, 0.9, 0.99)
        }
        | {
            "90%, dimensions shuffled": [
                measurement.components_needed(one, 0.9, standardised) for one in mixed
            ]
        },
        at=layers,
        levels={"d_model": model.cfg.d_model},
        title="dimensions at variance 1" if standardised else "dimensions as they are",
        x="before layer (last: after all)",
        y="principal components needed",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## Second experiment: who writes into the same directions?
# Each head can write into the d_head directions that its W_O spans. For every pair of heads, the mean
# squared cosine of the principal angles between their spans: 1 for the same, 0 for orthogonal ones.
# Colours are centred on the mean of random subspaces. The second control draws subspaces with the
# common preference of all heads, the covariance of everything that they can write.

# %%
spaces = measurement.write_spaces(model).cpu()
shared = measurement.overlaps(spaces)
random_pairs = measurement.random_overlaps(spaces, settings.seed)
alike = measurement.random_overlaps(spaces, settings.seed, alike=True)
plots.heatmap(
    shared,
    centre=random_pairs.mean().item(),
    title="Mean overlap of the heads of two layers (white: random subspaces)",
    x="layer",
    y="layer",
)
plt.show()
for name, values in (
    ("same layer", shared.diagonal()),
    ("next layer", shared.diagonal(1)),
    ("further apart", shared[torch.ones_like(shared).triu(2).bool()]),
    ("random subspaces", random_pairs),
    ("random, with the heads' common preference", alike),
):
    if len(values):
        print(
            f"{name:42} {values.mean():.3f} (standard deviation {values.std(unbiased=False):.3f})"
        )

# %% [markdown]
# ## Third experiment: what becomes of a signal?
# Add a vector of the stream's typical length early on, and follow the change along it. Two kinds of
# directions: drawn evenly, and from one token's stream to another's. A vector as long as the stream is
# a shock, so the first kind is tried at a tenth of the length, too. Left: the part of the added vector
# that is still there. Right: the same as a share of the stream, which grows from layer to layer.

# %%
place = max(1, len(layers) // 6)
size = measurement.typical_size(model, windows.tokens, place)
drawn = measurement.random_directions(model, settings.n_draws, settings.seed)
between = measurement.own_directions(model, windows.tokens, place, settings.n_draws, settings.seed)
kinds = {
    "random directions": (drawn, size),
    "random, a tenth as long": (drawn, size / 10),
    "between two tokens": (between, size),
}
left_of = {
    name: [measurement.kept(model, windows.tokens, place, one, length) for one in directions]
    for name, (directions, length) in kinds.items()
}
alone = measurement.if_left_alone(model, windows.tokens, place)
for which, ax in zip((0, 1), plots.row(2, width=5)):
    curves = {
        name: measurement.spread([one[which] for one in runs]) for name, runs in left_of.items()
    }
    plots.lines(
        {name: mean.cpu() for name, (mean, _) in curves.items()}
        | {"if left alone": (torch.ones_like(alone) if which == 0 else alone).cpu()},
        at=layers[place:],
        levels={"gone": 0.0},
        title="left, of what was added" if which == 0 else "left, relative to the stream",
        x="before layer (last: after all)",
        y="share",
        ax=ax,
    )
    for (mean, deviation), line in zip(curves.values(), ax.get_lines()):
        low, high = (mean - deviation).cpu(), (mean + deviation).cpu()
        ax.fill_between(layers[place:], low, high, color=line.get_color(), alpha=0.2)
plt.show()
print(f"band: one standard deviation over {settings.n_draws} directions")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Few components on the left, many on the right**: a few dimensions with large values decide the
#   left panel. It does not say that the other directions are empty.
#   (`test_a_few_large_dimensions_lower_the_raw_count_alone`)
# - **Far below the shuffled line on the right**: dimensions vary together, and most of the variance lies
#   in fewer directions. What varies little may still be read. Random weights end up below that line, too.
#   (`test_dimensions_that_vary_together_fall_below_the_shuffled_line`)
# - **A bluer cell**: the spans share more directions than random ones. The spread that is printed is that
#   of single pairs, and a cell is a mean of many. All d_head directions count alike: two heads that put nearly
#   all they write on one direction can look like strangers. (`test_overlap_counts_directions_and_not_what_is_written`)
# - **Left falls with the layers**: later layers write less along the vector than without it. They may read it
#   and write against it, or the longer stream damps what they write there anyway.
#   (`test_a_longer_stream_damps_what_is_written_along_it_anyway`) **Left stays, right follows the
#   line of one left alone**: the stream grows around it. (`test_erasing_and_dilution_look_different`)
# - Does the shorter vector fare like the long one? If not, which of the two says something of clean-up?
# - Is what shares directions also active on the same tokens? If it never is, is sharing then a cost?
# - Do random directions and the model's own fare alike? What would each answer say of clean-up?
