# %% [markdown]
# ## The measurement: how sharply does a neuron stand for something we can name?
# Here every candidate feature can be computed: each square mine, theirs, empty, and each move legal. A neuron
# counts as *on* above half of its 99th percentile. For every neuron take the feature with the best **F1 on half
# of the games** and score it **on the other half**: with so many candidates some fit by luck. The control keeps
# what every neuron knows anyway, how late in the game it is: the same activations, dealt to other games at the
# same turn.

# %%
from lab.task import EMPTY, MINE, THEIRS

half = len(games.moves) // 2
names = [f"blocks.{layer}.mlp.hook_post" for layer in range(model.cfg.n_layers)]
with torch.no_grad():
    _, cache = model.run_with_cache(examples.tokens, names_filter=names)
states = torch.cat([boards == state for state in (MINE, THEIRS, EMPTY)], dim=-1)
features = torch.cat(
    [states, examples.targets[..., 1:] > 0], dim=-1
).float()  # [game, turn, feature]
named = [
    f"{rules.name(s)} {state}"
    for state in ("mine", "theirs", "empty")
    for s in range(rules.n_squares)
]
named += [f"{rules.name(s)} legal" for s in rules.playable]
kind = torch.tensor([["mine", "theirs", "empty", "legal"].index(name.split()[1]) for name in named])
share = features[:half].mean((0, 1))
usable = (share > 0.02) & (
    share < 0.5
)  # what is nearly always true is named with a high F1 by anything
print(f"{int(usable.sum())} of {len(named)} features hold in 2 to 50 % of the positions")


def f1(active, truth) -> torch.Tensor:
    """F1 of booleans [n, neuron] against booleans [n, feature]: [neuron, feature]."""
    together = active.float().T @ truth
    return 2 * together / (active.sum(0)[:, None] + truth.sum(0)).clamp_min(1)


def half_of_the_top(post) -> torch.Tensor:
    """Half of the 99th percentile of each neuron, but at least 0.05: [neuron]."""
    flat = post[:half].flatten(0, 1)
    return (0.5 * flat.topk(max(1, len(flat) // 100), dim=0).values[-1]).clamp_min(0.05)


def best_f1(post) -> tuple[torch.Tensor, torch.Tensor]:
    """For activations [game, turn, neuron]: each neuron's best feature on one half, its F1 on the other."""
    on = post > half_of_the_top(post)
    chosen = (
        f1(on[:half].flatten(0, 1), features[:half].flatten(0, 1))
        .masked_fill(~usable.to(device), -1)
        .argmax(1)
    )
    scored = f1(on[half:].flatten(0, 1), features[half:].flatten(0, 1))
    return chosen, scored.gather(1, chosen[:, None])[:, 0]


# %%
found = [best_f1(cache[name]) for name in names]
order = (
    torch.rand(len(games.moves), task.n_ctx, generator=torch.Generator().manual_seed(0))
    .argsort(0)
    .to(device)
)
dealt = [best_f1(cache[name].gather(0, order[..., None].expand_as(cache[name]))) for name in names]
left, right = plots.row(2, width=5.4)
for layer, ((_, real), (_, control)) in enumerate(zip(found, dealt)):
    line = left.plot(real.sort(descending=True).values.cpu(), label=f"layer {layer}")
    left.plot(
        control.sort(descending=True).values.cpu(),
        linestyle=":",
        color=line[0].get_color(),
        label=f"layer {layer}, other games",
    )
left.set(
    title="Best F1 of each neuron, sorted",
    xlabel="neurons",
    ylabel="F1 on fresh games",
    ylim=(0, 1),
)
left.legend(fontsize=8)
bottom = torch.zeros(model.cfg.n_layers)
for index, label in enumerate(("mine", "theirs", "empty", "legal")):
    clear = [(score > control.quantile(0.99)) for (_, score), (_, control) in zip(found, dealt)]
    counts = torch.tensor(
        [
            ((kind.to(device)[chosen] == index) & ok).float().sum()
            for (chosen, _), ok in zip(found, clear)
        ]
    )
    right.bar(range(model.cfg.n_layers), counts, bottom=bottom, label=label)
    bottom += counts
right.set(
    title="Neurons above the 99th percentile of the control,\nby the kind of their feature",
    xlabel="layer",
    ylabel=f"of {model.cfg.d_mlp} neurons",
)
right.set_xticks(range(model.cfg.n_layers))
right.legend(fontsize=8)
plt.show()
for layer, (chosen, score) in enumerate(found):
    best = score.topk(5).indices.tolist()
    print(f"layer {layer}:", ", ".join(f"N{n} {named[chosen[n]]} ({score[n]:.2f})" for n in best))

# %% [markdown]
# ## First experiment: alone or together?
# A feature without a neuron of its own may still be there, spread over many. For every feature compare the best
# **single** neuron with a linear readout of **all** neurons of that layer (ridge regression, cut where it says
# yes as often as the feature is true). Points on the diagonal: one neuron says it all. Points high on
# the left: the layer knows, no neuron does.

# %%
axes = plots.row(min(3, model.cfg.n_layers), width=4.6, height=4.2)
shown_layers = [
    round(i * (model.cfg.n_layers - 1) / max(1, len(axes) - 1)) for i in range(len(axes))
]
for layer, ax in zip(shown_layers, axes):
    post = cache[names[layer]]
    x, y = post[:half].flatten(0, 1).double(), features[:half].flatten(0, 1).double()
    centred = x - x.mean(0)
    gram = centred.T @ centred
    gram.diagonal().add_(1e-2 * gram.diagonal().mean())
    weights = torch.linalg.solve(gram, centred.T @ (y - y.mean(0)))
    outputs = (post.double() - x.mean(0)) @ weights
    limit = half_of_the_top(post)
    alone_fit = f1(x > limit, y.float())
    tested = features[half:].flatten(0, 1)
    alone = f1(post[half:].flatten(0, 1) > limit, tested).gather(0, alone_fit.argmax(0)[None])[0]
    rank = (share * len(x)).long().clamp_min(1)
    cut = torch.stack(
        [
            outputs[:half].flatten(0, 1)[:, i].topk(int(rank[i])).values[-1]
            for i in range(len(named))
        ]
    )
    says = outputs[half:].flatten(0, 1) >= cut
    together = 2 * (says & (tested > 0)).sum(0) / (says.sum(0) + tested.sum(0)).clamp_min(1)
    for index, label in enumerate(("mine", "theirs", "empty", "legal")):
        mask = (kind == index) & usable.cpu()
        ax.scatter(alone.cpu()[mask], together.cpu()[mask], s=14, label=label)
    ax.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
    ax.set(
        title=f"layer {layer}: each point a feature",
        xlabel="F1 of its best single neuron",
        ylabel="F1 of all neurons together",
        xlim=(0, 1),
        ylim=(0, 1),
    )
axes[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - The area between a solid and a dotted line is what the layer's neurons know beyond the turn number. A neuron
#   above the control is a candidate; its F1 says how much of what it does the name covers, and 1 - F1 is yours
#   to explain: a sharper condition (these squares in a row), or a second meaning.
# - Which layer has more "legal" neurons, and which more "mine/theirs"? A layer that computes moves from the
#   board needs both, on different sides of its nonlinearity. Look at `hook_pre` inputs through the board probe too.
# - **"Polysemantic" would be wrong** for a neuron that a tree of a few board conditions predicts: fit one
#   (depth 4, board to activation) before you call it a mixture. And "explained" would be wrong if that tree's
#   R squared falls on fresh games.
# - "Spread over many neurons" would be wrong if the readout leaned on five of them: sort each feature's weights
#   times the neuron's standard deviation, and refit on the strongest k.
# - Names without causes: silence all neurons named after one move and compare the legality of that move's
#   positions with as many random neurons silenced.
