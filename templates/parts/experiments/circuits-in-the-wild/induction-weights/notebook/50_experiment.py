# %% [markdown]
# ## First experiment: does it copy?
# Let the head attend to one token, and look at the logits of what it then writes. How often is that token
# itself among the five highest? The head reads the plain embedding first, then the stream after the first
# MLP. The control asks for another of the tokens instead, which a head that always writes the same passes
# just as well.

# %%
vocabulary = texts.windows(model, settings, 8 * settings.n_prompts, settings.length).tokens
common, counts = vocabulary[:, 1:].unique(return_counts=True)
common = common[counts.argsort(descending=True)[: settings.n_tokens]]
inputs = {"the embedding": False}
if "blocks.0.hook_mlp_out" in model.hook_dict:
    inputs["the stream after MLP0"] = True
for (name, through_mlp0), ax in zip(inputs.items(), plots.row(len(inputs), width=5)):
    own, other = measurement.copied(model, common, head[0], 5, through_mlp0=through_mlp0)
    rest = torch.arange(model.cfg.n_heads) != head[1]
    plots.bars(
        {
            f"L{head[0]}H{head[1]}": own[head[1]].item(),
            "asked for another token": other[head[1]].item(),
            "other heads of the layer": own[rest].mean().item(),
        },
        errors={"other heads of the layer": own[rest].std().item()},
        chance=5 / model.cfg.d_vocab,
        title=f"reads {name}",
        y=f"token among the five highest, of {len(common)}",
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=15)
plt.show()

# %% [markdown]
# ## Second experiment: whose outputs fit its keys?
# K-composition of the head with each earlier one: how much of what that one can write the QK matrix
# reads. Every dot is an earlier head. Across, how much it attends to the token before. Up, its score over
# that of the same head with its output turned at random: 1 is a fit by chance.

# %%
fits, by_chance = measurement.compositions(model, head, settings.n_draws, settings.seed)
ratio = {one: fits[one] / by_chance[one] for one in fits}
best = sorted(ratio, key=ratio.__getitem__, reverse=True)
ax = plots.scatter(
    [scores.previous[one].item() for one in fits],
    [ratio[one] for one in fits],
    labels=[f"L{one[0]}H{one[1]}" if one in best[:5] else "" for one in fits],
    title=f"K-composition of L{head[0]}H{head[1]} with earlier heads",
    x="attention to the token before",
    y="score over that of a turned output",
)
ax.axhline(1.0, color="0.3", linestyle="--", linewidth=1, label="turned at random")
ax.axvline(scores.even["previous"], color="0.3", linestyle=":", linewidth=1, label="even attention")
ax.legend(fontsize=8, frameon=False)
plt.show()
writers = best[: settings.n_writers]
print(
    "fit best:",
    ", ".join(f"L{layer}H{index} {ratio[layer, index]:.2f}" for layer, index in writers),
)

# %% [markdown]
# ## Third experiment: do these paths predict its attention?
# Predicted scores: the query's token against the token before the key, through the heads that fit best.
# Controls take the same path through other heads, use the key's own token, or predict from the tokens of
# another text. A rule without weights gives 1 to keys behind a copy and 0 to the rest. Left: correlation with the real scores over the keys of a query. Right: how often the
# highest key stands behind an earlier copy, for the real scores, too.


# %%
paths = {
    "best writers": [writers],
    "other writers": [
        measurement.others(head, model.cfg.n_heads, writers, settings.n_writers, draw)
        for draw in range(settings.n_draws)
    ],
    "own token": [[]],
}
left, right = plots.row(2, width=5.5)
heights, spreads = {}, {}
for kind, rows in (("repeats", repeated), ("prose", prose.tokens)):
    real = measurement.real_scores(model, rows, head)
    for name, each in paths.items():
        found = torch.tensor(
            [
                measurement.agreement(real, measurement.predicted_scores(model, rows, head, path))
                for path in each
            ]
        )
        heights[f"{kind}: {name}"] = found.mean().item()
        spreads[f"{kind}: {name}"] = found.std(unbiased=False).item()
    another = measurement.predicted_scores(model, rows.roll(1, dims=0), head, writers)
    heights[f"{kind}: another text"] = measurement.agreement(real, another)
    heights[f"{kind}: rule"] = measurement.agreement(real, measurement.same_token(rows))
plots.bars(
    heights,
    errors=spreads,
    title="correlation with the real scores",
    y="mean over queries",
    ax=left,
)
real = measurement.real_scores(model, repeated, head)
guesses = {"real scores": real} | {
    name: measurement.predicted_scores(model, repeated, head, each[0])
    for name, each in paths.items()
}
hits = {name: measurement.right_keys(one, repeated) for name, one in guesses.items()}
plots.bars(
    {name: hit for name, (hit, _) in hits.items()},
    chance=hits["real scores"][1],
    title="highest key stands behind a copy, repeats",
    y="share of queries",
    ax=right,
)
for ax in (left, right):
    plt.setp(ax.get_xticklabels(), rotation=30, ha="right")
plt.show()

# %% [markdown]
# ## Fourth experiment: what does it do on prose?
# The same attention, behind an earlier copy, on prose, and on prose whose words were shuffled. Even
# attention differs from text to text, so it stands beside each.

# %%
each = {
    "repeats": repeated,
    "prose": prose.tokens,
    "prose, shuffled": texts.shuffled(prose, settings.seed),
}
heights = {}
for name, rows in each.items():
    found = head_scores.attention_scores(model, rows)
    heights[name] = found.induction[head].item()
    heights[f"{name}: even attention"] = found.even["induction"]
ax = plots.bars(
    heights, title=f"L{head[0]}H{head[1]}: attention behind an earlier copy", y="mean over queries"
)
plt.setp(ax.get_xticklabels(), rotation=25, ha="right")
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **The token itself often among the five, another token rarely**: the head copies what it attends to.
#   **Both often**: it raises the same few tokens whatever it reads.
#   (`test_a_head_that_copies_and_one_that_always_says_the_same`)
# - **Low from the embedding, high after MLP0**: the head reads the token as the first MLP rewrites it.
#   (`test_a_token_that_the_first_mlp_rewrites_is_copied_after_it_alone`)
# - **A dot far right and high**: that head looks at the token before, and writes where this one's keys
#   read. **Far right at the line**: it writes elsewhere. (`test_a_fit_needs_more_than_looking_at_the_token_before`)
# - **Best writers high, other writers and another text near 0**: matching the token before explains the
#   scores as far as the correlation goes. A head that goes by place can have a high induction score and
#   no such correlation. (`test_a_head_that_matches_is_predicted_and_one_that_goes_by_place_is_not`)
# - **Best writers far above the rule**: the weights also say which unequal tokens match a little. **About
#   as high as the rule**: that the tokens are equal would have predicted as much.
#   (`test_matching_alike_tokens_is_told_from_the_rule`)
# - Where does your prediction fail while the real scores are right: at which tokens, at which distance?
# - What share of its attention on prose is not explained by copies at all, and where does it rest?
