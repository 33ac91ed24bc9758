# %% [markdown]
# ## First experiment: which method shows which structure?
# The truth as numbers. The circles are cosine and sine of each key frequency, over the numbers for the embedding and over a + b
# at the `=`. The key frequencies are those of the **logits**: had they been taken as the strongest in the embedding, its
# first principal components would hold them by that choice. The order is over the numbers and over max(a, b).
#
# Every method is scored against **both**, in all three models. The right truth in the wrong model is one control. Random
# directions are the other, with their spread over draws.
#
# - **Coverage**: how much of the truth is a linear function of the components. Is it in there?
# - **Visibility**: how much of one circle is seen in two components, or of the order in one, taking the
#   best. Would you see it in there?

# %%
from lab import decompositions, measurement

p, k = task.modulus, settings.components
seen = {name: measurement.observations(one, task) for name, one in models.items()}
truths = measurement.truths(seen["add"], p)
by_number = {"logits": measurement.by_sum(seen["add"]["logits"]), "W_E": seen["add"]["W_E"]}
for name, data in by_number.items():
    print(f"key frequencies of the model that adds, {name}: {measurement.key_frequencies(data)}")


def table(data: torch.Tensor, thing: str) -> tuple[list[str], list[list[float]], list[float]]:
    """Rows of scores against circles and order: coverage, visibility, coverage, visibility. Last the spread
    of the random row."""
    rows = {}
    for method, reduce in measurement.methods(k).items():
        if method == "NMF" and thing != "neurons":
            continue  # it needs data without negative entries
        found = reduce(data)
        rows[method] = [
            s for units in truths.values() for s in measurement.scores(found, units[thing])
        ]
    drawn = [measurement.random_scores(data, units[thing], k) for units in truths.values()]
    rows["random"] = [s for mean, _ in drawn for s in mean.tolist()]
    spread = [s for _, of_draws in drawn for s in of_draws.tolist()]
    return list(rows), list(rows.values()), spread


columns = ["circles:\ncoverage", "circles:\nvisible", "order:\ncoverage", "order:\nvisible"]
for thing in ("W_E", "resid_post", "neurons"):
    for name, ax in zip(models, plots.row(3, width=4.6, height=2.9)):
        rows, values, spread = table(seen[name][thing], thing)
        plots.heatmap(
            values,
            title=f"{thing} of the model: {name}",
            x="",
            y="",
            x_ticks=columns,
            y_ticks=rows,
            between=(0.0, 1.0),
            ax=ax,
        )
        for i, row in enumerate(values):
            for j, value in enumerate(row):
                colour = "black" if value > 0.6 else "white"
                text = f"{value:.2f}" + f" ± {spread[j]:.2f}" * (rows[i] == "random")
                ax.text(j, i, text, ha="center", va="center", color=colour, fontsize=8)
    plt.show()

# %% [markdown]
# ## Second experiment: what would you have concluded from the picture?
# The two pictures that everybody draws first. Each dot is a number's embedding, the line joins 0, 1, 2, ... in
# order. The gap says how much farther it is from the last numbers to the first than between other numbers as many
# steps apart, up to four. t-SNE is drawn with two seeds.

# %%
# control: the three models beside each other, and t-SNE with another seed
drawn = {
    "PCA": lambda data: decompositions.pca(data, 2),
    "t-SNE": lambda data: decompositions.tsne(data, perplexity=min(8.0, p / 4)),
    "t-SNE, another seed": lambda data: decompositions.tsne(
        data, perplexity=min(8.0, p / 4), seed=1
    ),
}
for method, reduce in drawn.items():
    for (name, by_object), ax in zip(seen.items(), plots.row(3, height=3.2)):
        place = reduce(by_object["W_E"]).cpu()
        ax.plot(*place.T, color="lightgrey", linewidth=1, zorder=0)
        plots.scatter(
            place[:, 0],
            place[:, 1],
            colour=range(p),
            colour_label="number",
            title=f"{method}, {name}: gap {measurement.gap_of_the_ends(place):.1f}",
            x="first",
            y="second",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A method tells the models apart where each truth is covered in its own model and not in the other.**
#   (`test_each_structure_is_covered_where_it_is_and_not_in_the_other_model`)
# - **A circle of frequency 1 and an order share much.** The circle alone covers 0.61 of an order: who finds the one
#   finds most of the other. (`test_a_slow_circle_covers_much_of_an_order`)
# - **Covered and hardly visible: the axes cut across the structure.** PCA and ICA span the same space, so they
#   cover the same and differ in visibility alone. (`test_covered_and_not_visible_means_that_the_axes_cut_across`,
#   `test_pca_and_ica_always_cover_the_same`)
# - **Where random directions cover as much, coverage does not speak for the method.** Its axes may still show what random ones
#   hide. (`test_random_directions_may_cover_everything_and_show_less`)
# - **Two components a circle**: k components hold at most k / 2 circles. With more key frequencies than that,
#   coverage stays below 1. (`test_more_circles_than_components_cannot_be_covered`)
# - **A gap above 2 speaks for an order**, however much the curve looks like a circle. A gap near 1 proves no
#   circle: points without any order have it as well.
#   (`test_a_gap_above_two_is_an_order_and_one_near_1_may_be_anything_else`)
# - Do the clusters of t-SNE survive another seed, another perplexity, or data with the same covariance and random
#   phases?
# - The circles were found by a Fourier transform with a threshold. Does the ranking of the methods turn with the
#   threshold?
