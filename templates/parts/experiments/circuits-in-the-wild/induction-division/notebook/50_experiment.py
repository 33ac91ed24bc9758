# %% [markdown]
# ## First experiment: what does each head answer to?
# A row for each head, a column for each condition: attention from the four queries to the token after
# their copy. *no copy* is the control: the same place, with nothing planted. The last row is
# the mean of up to five heads drawn below the threshold, from the same layers where there are enough. They
# were chosen for a low score: the row says how dark a head without induction is, not that others are dark.

# %%
others = measurement.controls(scores.induction, heads, settings.threshold, 5, settings.seed)
columns, seen = measurement.table(model, made, heads + others)
of_heads = seen[:, : len(heads)]
names = [f"L{layer}H{head}" for layer, head in heads]
plots.heatmap(
    torch.cat([of_heads.mean(0), seen[:, len(heads) :].mean((0, 1))[None]]),
    title="attention to the token after a planted copy",
    x="condition",
    y="head",
    x_ticks=columns,
    y_ticks=[*names, "control: mean of others"],
    between=(0, 1),
)
plt.xticks(rotation=60, ha="right")
plt.show()

# %% [markdown]
# ## Second experiment: which heads are alike?
# A head's profile is its row divided by the row's mean, so that an overall weaker head can have the same
# one. Half of the prompts gives one head's profile, the other half the other's. The diagonal compares a
# head with itself: that much comes from the prompts.

# %%
profile = [i for i, name in enumerate(columns) if name != "no copy"]
apart = measurement.differences(of_heads[:, :, profile])
plots.heatmap(
    apart,
    between=(0, float(apart.max())),
    title="how far two profiles lie apart (control: the diagonal, a head and itself)",
    x="head",
    y="head",
    x_ticks=names,
    y_ticks=names,
)
plt.show()
off_diagonal = apart[~torch.eye(len(apart), dtype=torch.bool)]
print(f"two heads: {off_diagonal.mean():.2f}, head and itself: {apart.diagonal().mean():.2f}")

# %% [markdown]
# ## Third experiment: what if two are gone?
# Circles: tokens of text that once followed a copy of the token now before them. Crosses: all others. Each
# head is replaced by its mean output over the texts, alone and with another. Left is the rise of the loss,
# right the fall of the right token's logit, counted from the mean of all logits. On the dashed line both
# together cost as much as one and the other. The pair in grey is a control: two heads of the control row.

# %%
from itertools import combinations

pairs = [*combinations(heads[: settings.n_ablated], 2), (others[0], others[1])]
where = measurement.possible(windows.tokens)
print(f"induction is possible at {int(where.sum())} of {where.numel()} tokens")
found = measurement.effects(model, windows.tokens, pairs)
labels = ["+".join(f"L{layer}H{head}" for layer, head in pair) for pair in pairs]
labels[-1] = f"control {labels[-1]}"
colours = [plt.get_cmap("tab20")(number % 20) for number in range(len(pairs) - 1)] + ["0.5"]
for kind, ax in zip((0, 1), plots.row(2, width=5)):
    for pair, label, colour in zip(pairs, labels, colours):
        for places, marker in ((where, "o"), (~where, "x")):
            chosen = places.cpu()
            added = sum(float(found.single[head][kind][chosen].mean()) for head in pair)
            both = float(found.both[pair][kind][chosen].mean())
            name = label if marker == "o" else None
            ax.scatter([added], [both], marker=marker, color=colour, label=name)
    ax.axline((0, 0), slope=1, color="0.3", linestyle="--", linewidth=1)
    ax.set(
        title=("rise of the loss", "fall of the right token's logit")[kind],
        xlabel="one gone + the other gone",
        ylabel="both gone",
    )
ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
plt.show()
for pair, label in zip(pairs, labels):
    (loss, logit), (loss_error, logit_error) = measurement.beyond_the_sum(found, pair, where)
    print(f"{label:24} beyond the sum: loss {loss:+.3f} ± {loss_error:.3f}, ", end="")
    print(f"logit {logit:+.3f} ± {logit_error:.3f}")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Under rivals, more for five tokens than for one**: more than the current token is compared, by this
#   head or by one that it reads. A liking for near copies does not look like this. (`test_comparing_two_tokens_differs_from_liking_near_copies`)
# - **Same case bright, other case dark**: the head matches tokens, not words.
#   (`test_matching_tokens_differs_from_matching_words`)
# - **A cell several times as bright as the two diagonal ones of its heads**: two profiles. A cell like
#   them: copies, as far as these conditions go. (`test_two_profiles_stand_out_from_the_diagonal_and_a_copy_does_not`)
# - **Above the line in the loss, on it in the logit**: what the two write adds up, and one is enough for a
#   low loss. **Above it in both**: one does more when the other is gone, or a later head has enough
#   with one of the two. (`test_adding_up_and_standing_in_differ_in_the_logit`, `test_a_reader_that_has_enough_with_one_lies_above_in_both`)
# - The final LayerNorm scales up what is left when a head is gone, which can lift a pair off the line. How
#   far does it still lie there with the scale held at its value in the intact run?
# - Upper case is as far as these columns go from tokens to meanings. Which pairs of words would you plant?
