# %% [markdown]
# ## The measurement: is there a seam?
# If the model is two machines, moves to board and board to moves, there is a layer at which **the board is all
# that matters**. Cut the residual stream down at each layer and run the rest of the model on what is left; what is
# taken away is replaced by its mean at that turn. "The board" can mean two subspaces, and they need not agree:
# - *read*: what the board probe reads, the best directions for telling the states apart;
# - *written*: the differences between the class means (mine, theirs, empty), what the model puts there.
#
# Two controls keep as many other directions: random ones, and the **principal components**, the most that any
# subspace of that size can keep. In a narrow model a big subspace keeps nearly everything, board or not.

# %%
from lab import board
from lab.probes import residuals

streams = residuals(model, examples.tokens)[1:]  # after each layer: [layer, game, turn, d_model]
half = len(games.moves) // 2
n_layers, d_model = model.cfg.n_layers, model.cfg.d_model
fit_on, test_on = slice(0, half), slice(half, None)
means = streams[:, fit_on].mean(1)  # [layer, turn, d_model]
seeded = torch.Generator().manual_seed(0)
read, written, principal, at_random, accuracies = [], [], [], [], []
for stream, mean in zip(streams, means):
    seen, states = stream[fit_on].flatten(0, 1), boards[fit_on].flatten(0, 1)
    probe = board.fit(seen, states)
    accuracies.append(
        probe.accuracy(stream[test_on].flatten(0, 1), boards[test_on].flatten(0, 1)).mean().item()
    )
    read.append(probe.subspace())
    written.append(board.written_subspace((stream[fit_on] - mean).flatten(0, 1), states))
    rank = written[-1].shape[1]
    principal.append(
        torch.linalg.svd((stream[fit_on] - mean).flatten(0, 1), full_matrices=False)[2][:rank].T
    )
    noise = torch.randn(d_model, rank, generator=seeded).to(device)
    at_random.append(torch.linalg.qr(noise)[0])
print("probe accuracy after each layer:", " ".join(f"{a:.3f}" for a in accuracies))
print(
    f"dimensions: read {[b.shape[1] for b in read]}, written {[b.shape[1] for b in written]}, of {d_model}"
)


def run_from(layer: int, stream) -> torch.Tensor:
    """Logits on the test games when the residual stream after a layer is replaced by this one."""
    hook = (f"blocks.{layer}.hook_resid_post", lambda value, hook: stream)
    with torch.no_grad():
        return model.run_with_hooks(examples.tokens[test_on], fwd_hooks=[hook])


def kept(layer: int, basis) -> torch.Tensor:
    """The part of the test games' stream in a subspace, about the mean of the turn."""
    return (streams[layer, test_on] - means[layer]) @ basis @ basis.T


own = examples.targets[test_on]
only = {"nothing cut": [task.score(logits[test_on], own)] * n_layers}
for name, bases in [
    ("the board as written", written), ("the board as read", read),
    ("principal components", principal), ("random directions", at_random),
]:  # fmt: skip
    only[f"only {name}"] = [
        task.score(run_from(i, means[i] + kept(i, b)), own) for i, b in enumerate(bases)
    ]
only["without the board as written"] = [
    task.score(run_from(i, streams[i, test_on] - kept(i, basis)), own)
    for i, basis in enumerate(written)
]
ax = plots.lines(
    only,
    at=range(n_layers),
    chance=task.chance,
    x="cut after layer",
    y="legality",
    title="Top-move legality when the residual stream is cut to a subspace",
)
ax.set_xticks(range(n_layers))
plt.show()

# %% [markdown]
# ## First experiment: give it another game's board
# Keeping is not yet using. For each test game take a **donor**: another game at the same turn. Put in the donor's
# coordinates in the subspace and leave everything else. If the second machine runs on the board, the top moves
# are now legal on the *donor's* board and no longer on the own one. A third game, which has nothing to do with either,
# shows how often a move is legal by coincidence.

# %%
donor, stranger = own.roll(1, 0), own.roll(2, 0)
boards_of = {"its own": own, "the donor's": donor, "a third game's": stranger}


def swapped(layer: int, basis) -> torch.Tensor:
    """Logits with the donors' coordinates in a subspace after a layer."""
    stream = streams[layer, test_on]
    return run_from(layer, stream + (stream.roll(1, 0) - stream) @ basis @ basis.T)


axes = plots.row(3, width=4.4)
for (name, bases), ax in zip([("written", written), ("read", read)], axes):
    outputs = [logits[test_on], *(swapped(layer, basis) for layer, basis in enumerate(bases))]
    for whose, targets in boards_of.items():
        ax.plot(
            ["none", *map(str, range(n_layers))],
            [task.score(out, targets) for out in outputs],
            marker="o",
            label=f"on {whose} board",
        )
    ax.set(
        title=f"Donor's board put in, as {name}",
        xlabel="after layer",
        ylabel="share of top moves legal",
        ylim=(0, 1),
    )
    ax.legend(fontsize=7)
middle = (n_layers - 1) // 2
sizes = sorted({min(k, rank) for k in (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, rank)})
bases = {
    "written": written[middle],
    "principal components": principal[middle],
    "random": at_random[middle],
}
plots.lines(
    {
        name: [task.score(swapped(middle, basis[:, :k]), donor) for k in sizes]
        for name, basis in bases.items()
    },
    at=sizes,
    title=f"... the first k directions only, after layer {middle}",
    x="directions swapped",
    y="share legal on the donor's board",
    ax=axes[2],
).set_ylim(0, 1)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A seam shows as a layer where the board alone keeps nearly all legality, random directions do not, *and* the
#   swap moves legality from the own board to the donor's. One of the three alone is not a seam.
# - If the principal components do as well as the board, the cut is too generous to say anything: compare at the
#   number of directions where the curves of the last panel are still apart, or train a wider model.
# - Where *read* and *written* part company, believe neither yet: a probe may read the board from small directions
#   that nothing downstream uses, and class means hold whatever goes along with the board.
# - After the last layer only the unembedding is left: there legal moves themselves are what is written, and
#   a cut that works only there has no second machine behind it.
# - **Two machines would be wrong** if the swap worked only for squares near the last move, or only late in the game:
#   split the donor's legality by turn, and by the distance of the chosen move to the last one.
# - Squares are settled at different depths, so one cut for all of them leaks. Before you call that a failure, swap
#   single squares (two directions each) and find each square's own depth.
