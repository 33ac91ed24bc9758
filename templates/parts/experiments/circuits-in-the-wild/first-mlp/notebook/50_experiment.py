# %% [markdown]
# ## First experiment: which MLP is missed?
# One MLP at a time puts out its mean over many tokens instead of its own output. Early streams are
# short, so the first MLP's output may be large beside them. Hence the second bars: the output keeps its
# content and moves equally far, in a direction drawn at random. Later layers hardly read such a direction,
# so low second bars are to be expected.

# %%
for (name, model), ax in zip(models.items(), plots.row(len(models), width=5.5)):
    layers = measurement.layers_tried(model, settings.n_layers_tried)
    found = measurement.damages(
        model,
        passages[name].tokens,
        measurement.ablations(
            model, made_from[name][:64], passages[name].tokens, layers, settings.seed
        ),
    )
    for shift, what in ((-0.2, "mean"), (0.2, "random")):
        each = [measurement.mean_and_error(found[f"{what} {layer}"].loss) for layer in layers]
        ax.bar(
            [place + shift for place in range(len(layers))],
            [rise for rise, _ in each],
            0.4,
            yerr=[error for _, error in each],
            label="mean in its place" if what == "mean" else "moved as far, at random",
        )
    ax.set_xticks(range(len(layers)), layers)
    ax.set_title(f"{name}: one MLP replaced", fontsize=10)
    ax.set_xlabel("layer")
    ax.set_ylabel("rise in loss, nats a token")
    ax.legend(fontsize=8, frameon=False)
plt.show()
print(f"error bars: one standard error over {settings.n_passages} passages")

# %% [markdown]
# ## Second experiment: is it a look-up table?
# Five things take the MLP's place at the tokens that the table knows. First one mean for all, then the
# token's own mean. Third the output for the token alone, at the start of a text, behind BOS where the
# model has one. Fourth the same half a passage further on, behind random tokens of the texts. The fifth is
# a control, the table with its rows dealt to other tokens: it shows what a wrong entry costs. Damage is
# the KL divergence from the intact predictions to the changed ones. The second MLP is there for comparison.

# %%
for name, model in models.items():
    before = passages[name].tokens[0, :1] if passages[name].bos else passages[name].tokens[0, :0]
    for layer, ax in zip((0, 1), plots.row(2, width=5.5)):
        found = measurement.damages(
            model,
            passages[name].tokens,
            measurement.token_tables(
                model,
                made_from[name],
                passages[name].tokens,
                layer,
                settings.seen,
                settings.seed,
                before,
            ),
        )
        each = {what: measurement.mean_and_error(damage.kl) for what, damage in found.items()}
        plots.bars(
            {what: mean for what, (mean, _) in each.items()},
            errors={what: error for what, (_, error) in each.items()},
            title=f"{name}: in place of MLP{layer}",
            y="KL from intact, nats a token",
            ax=ax,
        )
        plt.setp(ax.get_xticklabels(), rotation=25, ha="right")
        ablated = found["the mean"]
        shares = ", ".join(
            f"{what} {measurement.share_won_back(damage, ablated):.2f}"
            for what, damage in found.items()
            if damage is not ablated
        )
        print(f"{name}, MLP{layer}: share of the divergence won back: {shares}")
    plt.show()

# %% [markdown]
# ## Third experiment: does the token before help?
# The same for MLP0 at frequent pairs of tokens. An entry for a pair is a mean of few outputs. So the
# control, with pairs dealt anew, has entries from as many occurrences of the same token, whichever token
# came before.

# %%
for (name, model), ax in zip(models.items(), plots.row(len(models), width=5.5)):
    found = measurement.damages(
        model,
        passages[name].tokens,
        measurement.pair_tables(
            model,
            made_from[name],
            passages[name].tokens,
            0,
            settings.seen,
            settings.n_pairs,
            settings.seed,
        ),
    )
    each = {what: measurement.mean_and_error(damage.kl) for what, damage in found.items()}
    plots.bars(
        {what: mean for what, (mean, _) in each.items()},
        errors={what: error for what, (_, error) in each.items()},
        title=f"{name}: in place of MLP0, at frequent pairs",
        y="KL from intact, nats a token",
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=15)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Ablated high, moved at random low**: the loss of its content does the damage, not any move of that
#   size. **Low and high the other way round**: its mean does as well while all other MLPs work,
#   yet a random push of that size hurts here.
#   (`test_a_missed_mlp_and_a_large_one_look_different`)
# - **One mean leaves much, the token's own mean next to nothing, and so does "behind random others"**: as
#   the predictions see it, the output is a function of the token. That speaks for tokens that the table knows.
#   (`test_a_table_by_token_stands_in_for_a_function_of_the_token_alone`)
#   **The mean good, "behind random others" bad**: in these texts the token may give away what stands before.
#   (`test_a_token_that_gives_its_neighbour_away_looks_like_a_function_of_the_token`) Random weights
#   win back a part of the divergence, too. (`test_random_weights_win_back_a_part`)
# - **By pair clearly below by token and below pairs dealt anew**: the token before tells of the output. It
#   may stand for what goes along with it, and attention may have looked there first.
#   (`test_a_table_by_pair_helps_where_the_token_before_counts`)
# - **The token alone worse than its mean, behind random others no worse**: the start of a text makes the
#   difference. **Behind random others far worse, too**: the output depends on what stands before,
#   or on the place. (`test_the_start_of_a_text_differs_from_what_stands_before`)
# - Which of your bars would differ if the first MLP merely finished the embedding, and which would not?
# - What else than tied embeddings differs between these two models, and which third one would you add?
