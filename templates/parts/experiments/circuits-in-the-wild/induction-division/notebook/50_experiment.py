# %% [markdown]
# ## First experiment: what does each head answer to?
# A row for each head, a column for each condition: attention from the four queries to the token after
# their copy. *no copy* is the control: the same place, with nothing planted. The last row holds five
# heads drawn from all the others.

# %%
rest = [
    head
    for head in tokens.strongest_heads(scores.induction, scores.induction.numel())
    if head not in heads
]
chosen = torch.randperm(len(rest), generator=torch.Generator().manual_seed(settings.seed))[:5]
others = [rest[i] for i in chosen]
columns, seen = measurement.table(model, made, heads + others)
of_heads = seen[:, : len(heads)]
names = [f"L{layer}H{head}" for layer, head in heads]
plots.heatmap(
    torch.cat([of_heads.mean(0), seen[:, len(heads) :].mean((0, 1))[None]]),
    title="attention to the token after a planted copy",
    x="condition",
    y="head",
    x_ticks=columns,
    y_ticks=[*names, "control: other heads"],
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
# On text, where the next token once followed a copy of the current one. Each head is replaced by its mean
# output, alone and with another. Left the rise of the loss, right the fall of the right token's logit. On
# the dashed line both together cost as much as one and the other. Crosses: all other tokens of the text.
# The last pair is a control, two heads that were drawn from the rest.

# %%
from itertools import combinations

pairs = [*combinations(heads[: settings.n_ablated], 2), (others[0], others[1])]
where = measurement.possible(windows.tokens)
print(f"induction is possible at {int(where.sum())} of {where.numel()} tokens")
found = measurement.effects(model, windows.tokens, pairs)
labels = ["+".join(f"L{layer}H{head}" for layer, head in pair) for pair in pairs]
labels[-1] = f"control {labels[-1]}"
for kind, ax in zip((0, 1), plots.row(2, width=5)):
    for number, (pair, label) in enumerate(zip(pairs, labels)):
        for places, marker in ((where, "o"), (~where, "x")):
            chosen = places.cpu()
            added = sum(float(found.single[head][kind][chosen].mean()) for head in pair)
            both = float(found.both[pair][kind][chosen].mean())
            name = label if marker == "o" else None
            ax.scatter([added], [both], marker=marker, color=f"C{number}", label=name)
    ax.axline((0, 0), slope=1, color="0.3", linestyle="--", linewidth=1)
    ax.set(
        title=("rise of the loss", "fall of the right token's logit")[kind],
        xlabel="one gone + the other gone",
        ylabel="both gone",
    )
    ax.legend(fontsize=8, loc="upper left", frameon=False)
plt.show()
for pair, label in zip(pairs, labels):
    (loss, logit), (loss_error, logit_error) = measurement.beyond_the_sum(found, pair, where)
    print(f"{label:24} beyond the sum: loss {loss:+.3f} ± {loss_error:.3f}, ", end="")
    print(f"logit {logit:+.3f} ± {logit_error:.3f}")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Under rivals, more for five tokens than for one**: the head compares more than the current token.
#   A liking for near copies does not look like this. (`test_comparing_two_tokens_differs_from_liking_near_copies`)
# - **Same case bright, other case dark**: the head matches tokens, not words.
#   (`test_matching_tokens_differs_from_matching_words`)
# - **A cell brighter than the two diagonal ones of its heads**: they have different profiles. A cell like
#   them: copies, as far as these conditions go. (`test_two_profiles_stand_out_from_the_diagonal_and_a_copy_does_not`)
# - **Above the line in the loss, on it in the logit**: what the two write adds up, and one is enough for a
#   low loss. **Above it in both**: one does more when the other is gone.
#   (`test_adding_up_and_standing_in_differ_in_the_logit`)
# - The final LayerNorm scales up what is left when a head is gone. Could that move a pair off the line?
# - Could a head answer to something that no column asks for? Which column would you add?
