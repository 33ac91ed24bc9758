# %% [markdown]
# ## Where does it fail?
# A comparison can be good for numbers far apart and a coin toss for neighbours, so split the accuracy
# by the distance of the two numbers. These are held-out pairs. Pairs with a = b test no comparison. The control
# compares nothing: it says the first number if that is in the upper half of all numbers, and else the second.

# %%
from lab import measurement
from lab.training import predict as logits_of

pairs = measurement.different_pairs(task)
batch = task.encode(pairs)
(half_rule,) = task.lazy_rules().values()
said = {
    "model": logits_of(model, batch.tokens)[:, -1].argmax(-1),
    "control: sees the first number": half_rule(batch.tokens)[:, -1],
}
lazy = (said["control: sees the first number"] == batch.targets[:, -1]).float().mean().item()
for (name, answer), ax in zip(said.items(), plots.row(2, width=5.4)):
    plots.bars(
        measurement.by_distance(answer == batch.targets[:, -1], pairs),
        title=f"Right by distance, {name}",
        x="|a - b| (number of held-out pairs)",
        y="accuracy",
        ax=ax,
    ).set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## First experiment: who gets the attention?
# For each pair, the attention from the `=` to the answer minus that to the other number. +1 is a head
# that looks at the answer alone, -1 at the other number alone, 0 one that looks at both alike, or at neither.
# Beside it the same head with the weights it had before training.

# %%
every_pair = measurement.different_pairs(task, held_out=False)
untrained = build_model(task, settings, device)
for name, one, ax in zip(("trained", "untrained"), (model, untrained), plots.row(2, width=5)):
    for head in range(model.cfg.n_heads):
        size = torch.full((task.n_numbers, task.n_numbers), float("nan"))
        size[every_pair[:, 0], every_pair[:, 1]] = measurement.preference(one, task, every_pair)[
            :, head
        ].cpu()
    plots.heatmap(
        size,
        centre=0.0,
        between=(-1, 1),
        ax=ax,
        title=f"{name}: attention to the answer - to the other",
        x="b",
        y="a",
    )
plt.show()
signs = measurement.preference(model, task, every_pair)[:, 0]
print(f"more attention to the other number on {int((signs < 0).sum())} of {len(signs)} pairs")

# %% [markdown]
# ## Second experiment: is it the attention that decides?
# Looking is not using. So replace the pattern: frozen at its mean over the pairs, or forced onto one of the two
# numbers, which is then the one that counts as said. The same is done to a second model that has an MLP,
# whose neurons are frozen too.

# %%
with_neurons = settings.but(d_mlp=64)
other = build_model(task, with_neurons, device)
train(other, task, with_neurons, checkpoint=Path("checkpoints") / f"mlp-seed{settings.seed}.pt")
for name, one, ax in zip(("no MLP", "with an MLP"), (model, other), plots.row(2, width=5.5)):
    plots.bars(
        measurement.accuracies(one, task, pairs),
        levels={"guessing one of the two": 0.5, "seeing the first number": lazy},
        title=f"{name}: with one part replaced",
        y="share of held-out pairs",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## Third experiment: the scores behind the pattern
# Without LayerNorm the head's score for a number is a dot product of the `=` query with that number's
# key, plus one constant for the place where the number stands.

# %%
n_shown = measurement.scores(model, task).cpu()
ax = plots.lines(
    {
        f"head {head}, number read {place}": n_shown[head, i]
        for head in range(len(n_shown))
        for i, place in enumerate(("first", "second"))
    }
    | {"untrained, read first": measurement.scores(untrained, task)[0, 0].cpu()},
    title="Attention score of each number, seen from the =",
    x="number",
    y="score before the softmax",
)
for line in ax.get_lines()[1:-1:2]:  # read second: dotted, since it may lie on the first
    line.set(linestyle=":", linewidth=3)
ax.legend(fontsize=8)
plt.show()
constant = (n_shown[:, 1] - n_shown[:, 0]).mean(-1)
print("read second - read first:", [f"{c:+.2f}" for c in constant.tolist()])

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Attention chooses** where freezing it brings the accuracy down to guessing or below. A fixed mixture of both
#   numbers can also be decoded into the larger one, without any choice: then the frozen model stays right.
#   Either model says the number that its attention is forced onto.
#   (`test_frozen_attention_tells_choosing_from_mixing`)
# - **A strong map alone proves nothing**: a head may attend to the answer, or to the other number, while a mixture
#   would have done. (`test_a_strong_preference_of_either_sign_need_not_matter`)
# - **A pale map clears nobody**: a preference of 0.01 decides every pair if what the head writes is large
#   enough. (`test_a_pale_map_does_not_clear_attention`)
# - **Two triangles of opposite sign** in the map are a head that prefers a place, not a number.
#   (`test_two_triangles_of_opposite_sign_are_a_place`)
# - **Numbers nearer in score than the two curves are apart** are looked at by their place.
#   (`test_pairs_nearer_than_the_gap_between_the_curves_are_decided_by_place`)
# - Does the model with an MLP divide the work differently? Where frozen neurons cost accuracy, do they compare, or
#   do they carry what attention chose?
