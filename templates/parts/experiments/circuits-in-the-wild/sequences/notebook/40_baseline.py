# %% [markdown]
# ## Can the model do it?
# How often does the next item have the highest logit among all items of its family? All lists end in
# the same item: in order, with the first four shuffled, and coming down. "One more than the last" would
# be right each time; that rule cannot tell the three apart. Coming down, the next item is itself listed:
# the level for unlisted items is that of the other two bars.

# %%
from lab import measurement

after_shuffled, by_luck = [], []
for (name, family), ax in zip(sequences.FAMILIES.items(), plots.row(4, width=3.2)):
    kept, down = (
        sequences.encoded(model, family, make, settings.n_prompts)[0]
        for make in (sequences.last_kept, sequences.downward)
    )
    asked = {
        "in order": (kept.clean, kept),
        "shuffled": (kept.corrupted, kept),
        "downward": (down.corrupted, down),
    }
    shares = {
        kind: measurement.next_share(model, tokens_of, some, items[name])
        for kind, (tokens_of, some) in asked.items()
    }
    n_items = len(items[name])
    plots.bars(
        shares,
        levels={
            "any item": 1 / n_items,
            "any unlisted item (first two bars)": 1 / (n_items - sequences.LENGTH),
        },
        title=name,
        y="next item put first",
        ax=ax,
    )
    ax.set_ylim(0, 1.05)
    after_shuffled.append(shares["shuffled"])
    by_luck.append(1 / (n_items - sequences.LENGTH))
    print(f"{name}: accuracy after a run {shares['in order']:.2f}, chance {1 / n_items:.2f}")
plt.show()
print(
    f"after shuffled lists, mean of the families: {sum(after_shuffled) / 4:.2f}, "
    f"any unlisted item {sum(by_luck) / 4:.2f}"
)
