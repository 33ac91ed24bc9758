# %% [markdown]
# ## Can the model do it?
# A sentence counts if its own pronoun has the higher logit of the pair's two. A liking for `he` that is
# the same in all sentences wins one prompt of a pair and loses the other. Beside each contrast stand the
# same tokens in random order: there is no subject then, but its word is still in the bag.

# %%
from lab import behaviour

held = {name: behaviour.accuracy(model, some) for name, some in encoded.items()}
bag = {
    name: behaviour.accuracy(model, behaviour.words_shuffled(some))
    for name, some in encoded.items()
}
for (title, shares), ax in zip(
    {"as written": held, "tokens shuffled": bag}.items(), plots.row(2, width=6)
):
    plots.bars(
        {name.replace(" ", "\n", 1): share for name, share in shares.items()},
        levels={"always one pronoun, or the nearer person": 0.5},
        title=title,
        y="sentences right",
        ax=ax,
    )
    ax.set_ylim(0, 1.05)
plt.show()
print(f"accuracy past another person {held['past another person']:.3f}, the nearer one gets 0.5")
