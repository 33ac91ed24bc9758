# %% [markdown]
# ## Warm-up: when does the model notice that a square is taken?
# Of all the things in the board, "empty" is the simplest: a square stops being empty when its token is played.
# Line up the games by the move at which one square is played and follow the probe's "empty" score, layer by
# layer. The control is a square that stays empty throughout those turns.

# %%
from lab import board
from lab.probes import layer_names, residuals
from lab.task import EMPTY, MINE, THEIRS

streams = residuals(model, examples.tokens)  # [layer, game, turn, d_model]
half = len(games.moves) // 2
fitted = [board.fit(one[:half].flatten(0, 1), boards[:half].flatten(0, 1)) for one in streams]
mean_turn = torch.tensor(
    [(games.moves == s).nonzero()[:, 1].float().mean() for s in rules.playable]
)
square = rules.playable[
    int((mean_turn - task.n_ctx / 2).abs().argmin())
]  # played in mid-game as a rule
around = range(-4, 5)
rows, played_at = (games.moves[half:] == square).nonzero(as_tuple=True)
inside = (played_at >= 4) & (played_at < task.n_ctx - 4)
rows, played_at = rows[inside] + half, played_at[inside]
stays = (boards[rows, played_at + 4] == EMPTY).float().argmax(1)
has_one = boards[rows, played_at + 4].eq(EMPTY).any(1)


def aligned(layer: int, squares) -> torch.Tensor:
    """Mean "empty" score of one square a game, from 4 turns before the move to 4 after it."""
    scores = [fitted[layer].scores(streams[layer][rows, played_at + k])[..., EMPTY] for k in around]
    return torch.stack([s.gather(1, squares[:, None])[has_one, 0].mean() for s in scores]).cpu()


at_square = torch.full_like(rows, square)
left, right = plots.row(2, width=5)
for ax, squares, name in [
    (left, at_square, rules.name(square)),
    (right, stays, "a square that stays empty"),
]:
    plots.lines(
        {layer: aligned(i, squares) for i, layer in enumerate(layer_names(model))},
        at=list(around),
        ax=ax,
        title=f"'empty' score of {name}",
        x=f"turns since {rules.name(square)} was played",
        y="probe score",
    )
    ax.set_ylim(-0.3, 1.3)
plt.show()

# %% [markdown]
# ## First experiment: one neuron and one move
# A neuron that argues for a move writes along that move's unembedding. Among all neurons of the last layers take
# the one whose **direct effect on a single move's logit**, times how much the neuron varies, is largest, and
# look at the boards on which it is most active. Averaged boards of random games all look alike (full centre,
# empty rim): so subtract the average board *at the same turns*.

# %%
names = [f"blocks.{layer}.mlp.hook_post" for layer in range(model.cfg.n_layers)]
with torch.no_grad():
    _, cache = model.run_with_cache(examples.tokens, names_filter=names)
    readout = (
        model.ln_final.weight[:, None] * model.W_U
    )  # the final LayerNorm's scale, then the unembedding
    readout = readout - readout.mean(1, keepdim=True)  # a logit counts against the other logits
    effects = [
        model.W_out[layer] @ readout for layer in range(model.cfg.n_layers)
    ]  # [neuron, token]
firing = [cache[name] for name in names]  # [game, turn, neuron] each
first_layer = model.cfg.n_layers // 2
strength = torch.stack(
    [
        effects[i][:, 1:].amax(1) * firing[i].flatten(0, 1).std(0)
        for i in range(first_layer, model.cfg.n_layers)
    ]
)
layer, neuron = divmod(int(strength.argmax()), model.cfg.d_mlp)
layer += first_layer
token = int(effects[layer][neuron, 1:].argmax()) + 1
print(f"neuron {neuron} of layer {layer} argues for {rules.name(task.square(token))}")

# %%
active = firing[layer][..., neuron]
top = active[:half].flatten().topk(50).indices
game, turn = top // task.n_ctx, top % task.n_ctx
states = torch.stack([boards == state for state in (MINE, THEIRS, EMPTY)], dim=-1).float()
usual = states[:half].mean(0)[turn].mean(0)  # the average board at the turns of those 50 positions
unusual = states[game, turn].mean(0) - usual  # [square, 3]
axes = plots.row(4, width=3.8, height=3.4)
for state, name in enumerate(("mine", "theirs", "empty")):
    board.show(
        unusual[:, state],
        rules,
        centre=0.0,
        limit=1.0,
        title=f"more often {name} than usual",
        ax=axes[state],
    )
    row, column = divmod(task.square(token), rules.side)
    axes[state].plot(
        column, row, marker="o", markerfacecolor="none", markeredgecolor="black", markersize=12
    )
axes[3].hist(active.flatten().cpu(), bins=60, log=True)
axes[3].axvline(active[game, turn].min().cpu(), color="black", linestyle="--", linewidth=1)
axes[3].set(title="all activations; dashed: top 50", xlabel="activation", ylabel="positions")
plt.show()

# %% [markdown]
# ## Score a rule
# Say in words when the neuron fires, write it as a mask of positions, and score it on games that you did not
# look at. The first rule here is the lazy one: "its move is legal". Yours has to beat it.


# %%
def judge(rule, limit: float) -> str:
    """Precision, recall and F1 of a mask [game, turn] for "activation above limit", second half of the games."""
    fires, says = active[half:] > limit, rule[half:]
    both = (fires & says).sum()
    return (
        f"fires {fires.float().mean():.3f}, rule {says.float().mean():.3f}, precision {both / says.sum():.2f}, "
        f"recall {both / fires.sum():.2f}, F1 {2 * both / (fires.sum() + says.sum()):.2f}"
    )


limit = 0.5 * active[:half].flatten().topk(50).values.min().item()
may_be_played = examples.targets[..., token] > 0
is_empty = boards[..., task.square(token)] == EMPTY
print("square is empty:", judge(is_empty, limit))
print("move is legal:  ", judge(may_be_played, limit))

# %% [markdown]
# And what is it for? Replace the neuron by its mean and see how far its move's logit falls (against the
# mean of all logits), where the rule holds and where it does not.


# %%
def without_the_neuron(post, hook):
    changed = post.clone()
    changed[..., neuron] = active.mean()
    return changed


with torch.no_grad():
    ablated = model.run_with_hooks(examples.tokens, fwd_hooks=[(names[layer], without_the_neuron)])
fall = ((logits - logits.mean(-1, keepdim=True)) - (ablated - ablated.mean(-1, keepdim=True)))[
    ..., token
]
fires = active > limit
plots.bars(
    {
        f"{name},\n{'fires' if on else 'silent'}": fall[mask & (fires == on)].mean().item()
        for name, mask in [
            ("legal", may_be_played),
            ("empty, not legal", is_empty & ~may_be_played),
        ]
        for on in (True, False)
    },
    title=f"Fall of the logit of {rules.name(task.square(token))} without L{layer}N{neuron}",
    y="logit",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - The warm-up: in the embedding, "empty" can fall only at the very turn of the move, since a position holds one
#   token. Where it *stays* low afterwards, something has carried the move forward. Which layer is the first?
# - Strong colours in the three maps are the pattern to put into words; the ring is the move that the neuron
#   argues for. Mind the scale: 0.3 means three in ten of its strongest positions, not a condition.
# - **Your rule would be wrong** if a rule with one condition dropped scores as high, or if its F1 falls on a fresh
#   seed of games (`task.draw(1000, seed=5)`).
# - "This neuron makes the model play there" would be wrong if the ablation costs as much where the rule
#   does not hold, or if legality of that move does not suffer at all: then other neurons say the same.
