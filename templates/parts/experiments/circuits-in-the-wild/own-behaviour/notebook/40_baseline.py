# %% [markdown]
# ## Can the model do it?
# A prompt counts if its own answer has the higher logit of the row's two. Whoever does not see the
# changed word gives both prompts one answer, and gets half. The controls see that word, and the rest
# without its order (the last word stays; a mean over three orders, with their spread) or no rest at all. Where
# three words are all that changes, the bar of the word alone is far from a coin by luck as well.

# %%
standings = {name: measurement.standing(model, some, made[name]) for name, some in encoded.items()}
for (name, found), ax in zip(standings.items(), plots.row(len(standings), width=3.6)):
    plots.bars(
        {
            "the model": found.model,
            "words\nshuffled": found.shuffled,
            "changed word\nalone": found.word_alone,
        },
        errors={"words\nshuffled": found.shuffled_spread},
        levels={"a coin": 0.5},
        title=name,
        y="share of prompts right",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()
for name, found in standings.items():
    n, words = (
        len(encoded[name]),
        len({candidates.word_alone(pair).clean.text for pair in made[name]}),
    )
    print(f"{name:14} {n:4} pairs, {words} changed words, accuracy {found.model:.3f}, chance 0.5")
