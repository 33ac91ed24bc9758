# %% [markdown]
# ## Warm-up: when does the model notice that a square is taken?
# A square stops being empty when its token is played. Line up the games by the move at which one square is
# played and follow the probe's "empty" score, layer by layer. The neuron below speaks for a move, and a move needs an
# empty square. The control is the same square at the same turns, in other games where it stays empty: a probe
# that reads how late it is gives one curve for both.

# %%
from lab import board, measurement
from lab.probes import layer_names, residuals
from lab.task import EMPTY

streams = residuals(model, examples.tokens)  # [layer, game, turn, d_model]
half = len(games.moves) // 2
probes = [board.fit(one[:half].flatten(0, 1), boards[:half].flatten(0, 1)) for one in streams]
others = torch.arange(half, len(games.moves), device=device)
when = measurement.moments(task, others)
played = rules.name(when.square)
unplayed = measurement.still_empty(boards, when, others)
for moments, name, ax in zip(
    (when, unplayed), (played, f"control: {played} still empty"), plots.row(2, width=5)
):
    plots.lines(
        {
            layer: measurement.around(probe, stream, moments).cpu()
            for layer, probe, stream in zip(layer_names(model), probes, streams)
        },
        at=range(-4, 5),
        ax=ax,
        title=f"'empty' score of {name}, {len(moments.row)} games",
        x=f"turns since {played} was played, left",
        y="probe score",
    ).set_ylim(-0.3, 1.3)
plt.show()

# %% [markdown]
# ## First experiment: one neuron and one move
# Take the neuron of the last layer whose **direct effect on a single move's logit**, times how much the neuron varies, is
# largest. On which boards is it most active? Boards of random games have a full centre and an empty rim, so the maps show
# the difference from the average board *at the same turns*. The lower row is the control: the same neuron's
# activations, dealt to other games at the same turn.

# %%
layer = model.cfg.n_layers - 1
name = f"blocks.{layer}.mlp.hook_post"
with torch.no_grad():
    _, cache = model.run_with_cache(examples.tokens, names_filter=[name])
firing, effects = cache[name], measurement.move_effects(model, layer)
strength = effects[:, 1:].amax(1) * firing.flatten(0, 1).std(0)
neuron = int(strength.argmax())
token = int(effects[neuron, 1:].argmax()) + 1
square, active = task.square(token), firing[..., neuron]
print(f"neuron {neuron} of layer {layer} argues for {rules.name(square)}")
seeded = torch.Generator().manual_seed(0)
dealt = active.gather(0, torch.rand(active.shape, generator=seeded).argsort(0).to(device))
for values, whose in ((active, "neuron"), (dealt, "control")):
    maps = measurement.unusual(values[:half], boards[:half])
    for state, (word, ax) in enumerate(
        zip(("mine", "theirs", "empty"), plots.row(3, width=3.7, height=3.3))
    ):
        board.show(
            maps[:, state],
            rules,
            centre=0.0,
            limit=1.0,
            title=f"{whose}: more often {word} than usual",
            ax=ax,
        )
        row, column = divmod(square, rules.side)
        ax.plot(column, row, "o", markerfacecolor="none", markeredgecolor="black", markersize=12)
    plt.show()

# %% [markdown]
# ## Score a rule
# Say in words when the neuron fires, write it as a mask of positions, and score it on games that you did not look at.
# It **fires** where it is above half of its 50th highest activation in the first half of the games. Three lazy rules stand here:
# the turn alone, the move's square is empty, the move is legal. Yours has to beat them.

# %%
fires = measurement.fires(active, half)
legal = examples.targets[..., token] > 0
empty = boards[..., square] == EMPTY
candidates = {
    "the turn alone": measurement.best_by_turn(fires[:half])[:1].expand_as(fires),
    f"{rules.name(square)} is empty": empty,
    f"{rules.name(square)} is legal": legal,
}
scores = {rule: measurement.judge(fires[half:], mask[half:]) for rule, mask in candidates.items()}
for rule, score in scores.items():
    print(
        f"{rule:20} precision {score.precision:.2f}, recall {score.recall:.2f}, F1 {score.f1:.2f}"
    )

# %% [markdown]
# And does the model need it? That the neuron's own logit falls without it is sure: it was chosen for writing there. What is
# not sure is whether the move goes unsaid. A move counts as **said** where its probability is above half of an even share among
# the legal moves. Replace the neuron by its mean at that turn, at the places where it fires and the move is legal. The controls are the
# nine neurons that write next most for the same move, each at the places where it fires itself.

# %%
ranked = (effects[:, token] * firing.flatten(0, 1).std(0)).topk(10).indices.tolist()
kept = [measurement.said_without(model, examples, layer, one, token, half) for one in ranked]
share = torch.tensor([one.legal for one in kept])  # [neuron, as it is and without]
others = share[1:][~share[1:].isnan().any(1)]
means, spreads = others.mean(0).tolist(), others.std(0).tolist()
names = ["as it is", f"without\nL{layer}N{neuron}", "others,\nas it is", "others,\nwithout one"]
plots.bars(
    dict(zip(names, share[0].tolist() + means)),
    errors=dict(zip(names[2:], spreads)),
    title=f"{rules.name(square)} said where it is legal and the neuron fires",
    y="share of positions",
).set_ylim(0, 1.15)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - Where "empty" stays lower after the move than in the control, something carried the move forward.
#   (`test_where_empty_stays_low_the_move_was_carried_forward`)
# - A condition shows as a strong square in its map, and so does what goes along with it. The turn alone leaves the
#   maps pale, and so may a condition of the kind either-or.
#   (`test_a_condition_shows_in_its_map_and_the_turn_does_not`)
# - Drop a condition of your rule. If F1 falls, the neuron needs it, or what goes along with it. If F1 stays, the rule
#   can spare it: the neuron may yet need it, where the rest of the rule implies it ("legal" implies "empty").
#   (`test_a_rule_with_a_condition_dropped_scores_lower_than_the_rule`)
# - A neuron that "the turn alone" names well is a clock, or follows a square that is filled at about that turn. Within one
#   turn a clock tells no two boards apart. (`test_the_turn_alone_names_a_clock_and_a_square_that_fills`)
# - Where the move goes unsaid without the neuron, the others do not say enough. Where the share stays, they do, or the
#   neuron's part was small. (`test_a_move_goes_unsaid_without_its_neuron_and_stays_where_others_say_it`)
# - Does your rule keep its F1 on a fresh seed of games (`task.draw(1000, seed=5)`)?
# - The figure takes all places where it fires. What about those where your rule holds, against matched ones where not?
