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
by_other = [
    behaviour.answers(
        model,
        pairs.encode(
            model, [p for p in made["past another person"] if tags.other_is_woman(p) == woman]
        ),
    )
    for woman in (True, False)
]
alike, unlike = (
    float((torch.cat([by_other[0][one], by_other[1][1 - one]]) > 0).float().mean())
    for one in (0, 1)
)
print(f"right in {alike:.2f} where both are of one gender, in {unlike:.2f} where they are not")
