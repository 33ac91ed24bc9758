# %% [markdown]
# ## The measurement: how sharply does a neuron stand for something we can name?
# Every candidate feature can be computed: each square mine, theirs, empty, and each move legal. A neuron says "yes"
# above a cut. The cut is set so that it says "yes" as often as the feature holds; with the sign turned, it says "yes" below one.
#
# The score is **F1 above chance** (Cohen's kappa): 0 for a yes at random, 1 for one that is always right. The best feature is
# chosen on half of the games and scored **on the other half**, since with so many candidates some fit by luck. Two controls:
# - *turned* (dashed): the trained layer with its input turned at random, so random mixtures of the same stream;
# - *untrained* (dotted): a model that has learned nothing. It knows how late it is and what the last moves were.

# %%
from lab import measurement

found = measurement.features(task)
n_layers = model.cfg.n_layers
shown = sorted({round(i * (n_layers - 1) / 3) for i in range(4)})
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)
posts = measurement.activations(model, examples.tokens, shown)
turned = measurement.turned(model, examples.tokens, shown)
single, control, unlearned = (
    {layer: measurement.alone(those[layer], found.values) for layer in shown}
    for those in (posts, turned, measurement.activations(untrained, examples.tokens, shown))
)
above = {
    layer: measurement.above(single[layer].by_neuron.score, control[layer].by_neuron.score)
    for layer in shown
}
print(f"{len(found.names)} features hold in 2 to 50 % of the positions")
for layer in shown:
    print(
        f"layer {layer}: {above[layer].float().mean():.2f} of the neurons lie above 99 % of the turned"
    )
left, right = plots.row(2, width=5.6, height=4)
for layer in shown:
    for those, style, name in (
        (single, "-", "trained"),
        (control, "--", "turned"),
        (unlearned, ":", "untrained"),
    ):
        left.plot(
            those[layer].by_neuron.score.sort(descending=True).values.cpu(),
            linestyle=style,
            color=f"C{shown.index(layer)}",
            label=f"layer {layer}, {name}",
        )
left.set(
    title="Best feature of each neuron, sorted",
    xlabel="neurons",
    ylabel="F1 above chance, fresh games",
    ylim=(0, 1),
)
left.legend(fontsize=8)
kinds = found.kinds.to(device)
bottom = torch.zeros(len(shown))
for index, kind in enumerate(measurement.KINDS):
    of_kind = [(kinds[single[layer].by_neuron.partner] == index) & above[layer] for layer in shown]
    counts = torch.stack([one.sum() for one in of_kind]).float().cpu()
    right.bar(range(len(shown)), counts, bottom=bottom, label=kind)
    bottom += counts
right.axhline(
    0.01 * model.cfg.d_mlp,
    color="black",
    linestyle="--",
    linewidth=1,
    label="turned (1 %)",
)
right.set(
    title="Neurons above 99 % of the turned ones,\nby the kind of their best feature",
    xlabel="layer",
    ylabel=f"of {model.cfg.d_mlp} neurons",
    ylim=(0, 1.35 * float(bottom.max()) + 10),
)
right.set_xticks(range(len(shown)), shown)
right.legend(fontsize=8, ncols=3, loc="upper center")
plt.show()
for layer in shown:
    partner, score = single[layer].by_neuron
    best = score.topk(5).indices.tolist()
    named = [f"N{n} {found.names[int(partner[n])]} ({score[n]:.2f})" for n in best]
    print(f"layer {layer}:", ", ".join(named))

# %% [markdown]
# ## First experiment: alone or together?
# A feature without a neuron of its own may still be there, spread over many. For every feature compare the best **single**
# neuron with a linear readout of **all** neurons of that layer (ridge regression). Both say "yes" as often as the feature
# holds, and both were fitted on the same half. Grey: the same for the turned neurons.

# %%
panels = plots.row(len(shown), width=4.6, height=4.2)
for layer, ax in zip(shown, panels):
    joint = measurement.together(posts[layer], found.values)
    ax.scatter(
        control[layer].by_feature.score.cpu(),
        measurement.together(turned[layer], found.values).cpu(),
        s=10,
        color="lightgrey",
        label="turned",
    )
    for index, kind in enumerate(measurement.KINDS):
        mask = (found.kinds == index).to(device)
        ax.scatter(single[layer].by_feature.score[mask].cpu(), joint[mask].cpu(), s=14, label=kind)
    ax.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
    ax.set(
        title=f"layer {layer}: each point a feature",
        xlabel="its best single neuron, F1 above chance",
        ylabel="all neurons together",
        xlim=(-0.1, 1.03),
        ylim=(-0.1, 1.03),
    )
panels[0].legend(fontsize=8, loc="lower right")
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - Neurons above the dashed line say a feature more sharply than random mixtures of their stream. Above the dotted line alone
#   they may repeat what the stream says.
#   (`test_random_mixtures_of_a_stream_with_a_board_lie_above_untrained_neurons_and_not_above_turned_ones`)
# - A point near the diagonal: one neuron says it about as well as the linear readout, whatever its sign and level.
#   (`test_a_feature_with_its_own_neuron_lies_on_the_diagonal_whatever_its_sign_and_level`)
# - A point high above the diagonal: the layer says it, no single neuron does. With grey points as high, any mixture of
#   the stream says it. (`test_a_feature_spread_over_many_neurons_lies_high_on_the_left`)
# - Neurons of noise, and dead ones, score about 0: choosing on one half and scoring on the other takes luck away.
#   (`test_luck_is_gone_on_fresh_games`)
# - Which "empty" neurons are a clock, or a memory of one move? Neither needs a colour.
# - Is a neuron below 1 a mixture, or a sharper condition (several squares at once) that a small tree would say?
# - "Spread over many": how many? Refit the readout on the strongest k neurons of a feature.
# - What happens to a move's legality when the neurons named after it are silenced, against as many at random?
