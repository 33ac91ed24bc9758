# %% [markdown]
# ## First experiment: what does each operation lose with a neuron?
# Every neuron in turn has its mean over the questions of an operation instead of its own activation. The loss rises by
# so much, or falls. A neuron on one axis works for one operation. Two controls: random halves of the + questions, which
# share whatever there is to share, and an untrained model.

# %%
from lab import fourier, measurement

p = task.modulus
joint, both = models["both"], tasks["both"]
one, other = settings.operations[:2]
questions = {operation: both.questions(operation).to(device) for operation in (one, other)}
halves = torch.randperm(p * p, generator=torch.Generator().manual_seed(0)).to(device).chunk(2)
untrained = build_model(both, settings.but(seed=settings.seed + 1), device)
parts = {f"{one}, half {i + 1}": questions[one].rows(half) for i, half in enumerate(halves)}
costs = {
    "two operations": measurement.costs(joint, questions),
    "halves of one": measurement.costs(joint, parts),
    "untrained": measurement.costs(untrained, questions),
}
for (name, rise), ax in zip(costs.items(), plots.row(3, width=4.6)):
    (x_name, x), (y_name, y) = ((which, values.cpu()) for which, values in rise.items())
    plots.scatter(
        x,
        y,
        title=f"{name}: rank correlation {measurement.rank_correlation(x, y):+.2f}",
        x=f"rise of the loss on {x_name}, nats",
        y=f"on {y_name}",
        ax=ax,
    )
    smallest = max(float(torch.cat([x, y]).abs().quantile(0.2)), 1e-6)
    ax.set_xscale("symlog", linthresh=smallest)
    ax.set_yscale("symlog", linthresh=smallest)
    ax.axline((0, 0), (1, 1), color="grey", linewidth=1)
    ax.tick_params(axis="x", rotation=60)
plt.show()

# %% [markdown]
# ## Second experiment: the same waves?
# On the left the frequencies of each model's embedding. Single models of one seed share their initial weights with the
# joint one, so the last row is a single model of another seed: the control. On the right, the neurons of the
# joint model by their best frequency when it adds and when it subtracts, then those of the untrained model.

# %%
# control: a model of one operation with another seed, and the neurons of an untrained model
reseeded = settings.but(seed=settings.seed + 1, operations=[one])
another = build_model(make_task(reseeded, device), reseeded, device)
train(another, make_task(reseeded, device), reseeded)
spectra = {
    name: fourier.spectrum(network.W_E[:p].detach()).cpu()
    for name, network in (models | {f"only {one}, seed {reseeded.seed}": another}).items()
}
panels = plots.row(3, width=5, height=4)
ticks = [str(k) for k in range(1, p // 2 + 1)]
plots.heatmap(
    torch.stack(list(spectra.values())),
    y_ticks=list(spectra),
    ax=panels[0],
    title="Share of the embedding's norm by frequency and model",
    x="frequency k",
    y="",
    x_ticks=ticks,
)
for (name, network), ax in zip({"joint": joint, "untrained": untrained}.items(), panels[1:]):
    pictures = measurement.pictures(network, both)
    shared = measurement.same_frequency(pictures[one], pictures[other])
    plots.heatmap(
        shared.table,
        ax=ax,
        title=f"{name}: neurons by frequency, {shared.share:.0%} alike",
        x=f"frequency under {other}",
        y=f"frequency under {one}",
        x_ticks=ticks,
        y_ticks=ticks,
    )
    print(f"{name}: {int(shared.used.sum())} of {len(shared.used)} neurons respond under both")
plt.show()

# %% [markdown]
# ## Third experiment: which way does the operator come in?
# In one layer the `=` can learn of the operator in two ways: where its heads look, and what they find at the
# operator. Ask a + b and take one of them from the same question with a minus. How often does the model now answer
# a - b? *Nothing* and *both* are the controls: the model as it is, and all that there is.

# %%
for (ask, take), ax in zip(((one, other), (other, one)), plots.row(2, width=5)):
    plots.bars(
        measurement.turned(joint, both, ask, take),
        chance=both.chance,
        title=f"asked {ask}, answered as for {take}, by what comes from {take}",
        y="share of the questions",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A rank correlation above the untrained model's: the operations lean on the same neurons.** Well below 0: each has
#   its own. (`test_costs_rank_alike_where_neurons_are_shared_and_not_where_they_are_kept_apart`,
#   `test_untrained_models_stand_between_the_two`)
# - **The same frequency is no news by itself**: neurons that hardly notice the operator have it, as in an untrained
#   model. (`test_neurons_of_an_untrained_model_have_the_same_frequency_under_both`)
# - **The same frequency need not be the same wave**: cos(w(a + b)) and cos(w(a - b)) have one frequency and nothing
#   else in common. (`test_the_same_frequency_need_not_be_the_same_wave`)
# - **What turns the answer by itself is the way in that is used.** "Both" turns it in any model of one layer; it
#   checks the measurement. (`test_each_way_in_is_seen_where_it_is_the_one_that_is_used`,
#   `test_both_ways_in_together_are_the_other_operation_in_any_model_of_one_layer`)
# - Where the halves of one operation disagree, too: what can the two operations' correlation tell there?
# - Do the single models have the joint model's frequencies because of the task, or because of their common seed?
# - Does a joint model of another seed let the operator in by the same way?
# - a - b is a + (p - b). Where would a model that only negates b differ from one that keeps two circuits?
# - Does sharing grow when neurons get scarce (`d_mlp`)?
