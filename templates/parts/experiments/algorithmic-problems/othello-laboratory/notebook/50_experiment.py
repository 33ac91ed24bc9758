# %% [markdown]
# ## Conjecture 1: squares share directions
# Models are said to put more features into the residual stream than it has dimensions, at the price of overlap.
# Here the features are known. **If squares are in superposition**, the directions of different squares
# have large cosines; **if not**, they are as orthogonal as there is room for. But neighbouring squares are correlated
# in real games, and that alone bends directions. So next to the model stand two controls:
# - *orthogonal by construction*: the same real boards written into a made-up stream of the same width and noise,
#   with one orthogonal direction for each square. Whatever overlap it shows comes from the method;
# - *other boards*: the model's stream with the boards of other games at the same turn.
#
# Two kinds of directions: the probe's (best for reading) and the difference of the class means, mine minus theirs.

# %%
from lab import board
from lab.probes import residuals
from lab.task import MINE, THEIRS

stream = residuals(model, examples.tokens)[-1 if model.cfg.n_layers < 4 else -2]
d_model, n_squares = model.cfg.d_model, rules.n_squares
sign = (boards == MINE).float() - (boards == THEIRS).float()
seeded = torch.Generator().manual_seed(0)
probe = board.fit(stream.flatten(0, 1), boards.flatten(0, 1))
unread = stream - ((stream - stream.mean((0, 1))) @ probe.subspace()) @ probe.subspace().T
drawn = torch.randn(d_model, n_squares, generator=seeded)
drawn = (
    torch.linalg.qr(drawn)[0] if n_squares <= d_model else drawn / drawn.norm(dim=0)
)  # no room: random
orthogonal = drawn.T.to(device)
size = (
    probe.direction().norm(dim=1) / probe.direction().square().sum(1)
).mean()  # how far apart the two states lie
noise = torch.randn(stream.shape, generator=seeded).to(device) * unread.flatten(0, 1).std(0).mean()
made_up = size / 2 * sign @ orthogonal + noise
order = torch.rand(boards.shape[:2], generator=seeded).argsort(0).to(device)
other = boards.gather(0, order[..., None].expand_as(boards))


def cosines(values, states, kind: str) -> torch.Tensor:
    """Cosines [square, square] between the directions of all squares in a stream [game, turn, d_model]."""
    if kind == "probe":
        directions = board.fit(values.flatten(0, 1), states.flatten(0, 1)).direction()
    else:
        flat, mine, theirs = (
            values.flatten(0, 1),
            *((states == s).flatten(0, 1).float() for s in (MINE, THEIRS)),
        )
        directions = (mine / mine.sum(0)).T @ flat - (theirs / theirs.sum(0)).T @ flat
    unit = directions / directions.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return unit @ unit.T


worlds = {
    "model": (stream, boards),
    "orthogonal by construction": (made_up, boards),
    "other boards": (stream, other),
}
overlap = {
    (name, kind): cosines(*world, kind)
    for name, world in worlds.items()
    for kind in ("probe", "class means")
}
off_diagonal = ~torch.eye(n_squares, dtype=torch.bool, device=device)
for ax, kind in zip(plots.row(2, width=5), ("probe", "class means")):
    for name in worlds:
        ax.hist(
            overlap[name, kind][off_diagonal].abs().cpu(),
            bins=40,
            range=(0, 1),
            histtype="step",
            label=name,
        )
    ax.axvline(
        (2 / torch.pi / d_model) ** 0.5,
        color="grey",
        linestyle="--",
        linewidth=1,
        label="mean of random directions",
    )
    ax.set(
        title=f"|cosine| between squares, directions of the {kind}",
        xlabel="|cosine|",
        ylabel="pairs of squares",
    )
    ax.legend(fontsize=7)
plt.show()

# %% [markdown]
# The same numbers on the board: the cosines of one square's direction with all the others. Neighbours only, lines
# through the square, or everywhere?

# %%
corner = rules.side // 2 - 2
square = corner * rules.side + corner
for ax, (name, kind) in zip(
    plots.row(4, width=3.6, height=3.3),
    [(n, k) for k in ("probe", "class means") for n in list(worlds)[:2]],
):
    values = overlap[name, kind][square].clone()
    values[square] = float("nan")
    board.show(
        values,
        rules,
        centre=0.0,
        limit=0.5,
        title=f"{name}, {kind}:\ncosine with {rules.name(square)}",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## Conjecture 2: later parts repair what is ablated
# Take a head out (its output becomes its mean at that turn) and the logits should lose just what the head
# wrote into them **directly**. If they lose less, something later made up for it; if they lose more, something later
# needed it. The yardstick is the gap between the mean logit of legal and of illegal moves, and it splits
# exactly, at a fixed scale of the final LayerNorm, into what each component writes.

# %%
from lab.attribution import components, heads_replaced, means, run

few = examples.rows(slice(0, 128))
legal = (few.targets > 0).float()
illegal = 1 - legal
illegal[..., 0] = 0
weight = legal / legal.sum(-1, keepdim=True).clamp_min(1) - illegal / illegal.sum(
    -1, keepdim=True
).clamp_min(1)
asked = few.targets.sum(-1) > 0


def gap(out) -> torch.Tensor:
    """Mean logit of the legal moves minus that of the illegal ones, averaged over positions."""
    return (out * weight).sum(-1)[asked].mean()


whole, cache = run(model, few.tokens)
last = cache[f"blocks.{model.cfg.n_layers - 1}.hook_resid_post"]
direction = (weight @ model.W_U.detach().T) * model.ln_final.weight.detach()
direction = (direction - direction.mean(-1, keepdim=True)) / (
    last.var(-1, unbiased=False, keepdim=True) + model.cfg.eps
).sqrt()
parts = components(model, cache)
direct = {
    name: ((part - part.mean(0)) * direction).sum(-1)[asked].mean().item()
    for name, part in parts.items()
}
total = {}
for (layer, head), mean in means(model, cache).items():
    with heads_replaced(model, {(layer, head): mean}):
        total[f"L{layer}H{head}"] = (gap(whole) - gap(model(few.tokens))).item()
heads = list(total)
ax = plots.scatter(
    [direct[h] for h in heads],
    [total[h] for h in heads],
    colour=[int(h[1 : h.index("H")]) for h in heads],
    colour_label="layer",
    labels=heads,
    title=f"Taking a head out (the gap is {gap(whole):.2f})",
    x="what the head writes directly into the gap",
    y="what the gap loses without it",
)
reach = [
    min(0, *total.values(), *(direct[h] for h in heads)),
    max(*total.values(), *(direct[h] for h in heads)),
]
ax.plot(reach, reach, color="grey", linestyle="--", linewidth=1, label="no reaction of later parts")
ax.legend(fontsize=8)
plt.show()
print(
    "MLPs write directly:",
    ", ".join(f"{name} {direct[name]:+.2f}" for name in direct if name.startswith("MLP")),
)

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Conjecture 1 is about what the model has *beyond* the made-up stream. If both histograms agree, correlated boards
#   explain the overlap. If they differ for the probe and not for the class means, or the other way round,
#   say which of the two you mean by "direction": they answer different questions.
# - **Superposition would be refuted here** by cosines no larger than the control's at a width that has room for all
#   squares; then shrink the room: train with `settings.but(d_model=32)` and predict first where cosines must rise.
# - Points on the dashed line: no reaction. Below it, repair *or* a head whose help was superfluous; above it, later
#   parts build on the head. The LayerNorm alone moves points: freeze its scale (`hook_scale`) before you say "repair".
# - **Self-repair would be wrong** as the name if a random vector of the same size, added at the same place, drew the
#   same reaction: that is saturation, not repair. Which later component changes its direct effect, and is it towards the gap?
# - A conjecture that fails here is refuted for a model of random legal games. Say which property of language it lacks.
