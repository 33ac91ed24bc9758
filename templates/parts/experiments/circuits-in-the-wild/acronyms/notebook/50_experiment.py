# %% [markdown]
# ## Second experiment: which heads fetch a letter?
# One word is replaced by another with a new initial, and each head's output is patched where that initial is
# due. One map for each letter, by gradient; the largest are patched for real. The control takes a head from
# another name in which the new initial is due.

# %%
from lab import behaviour, fast_patching, live, patching, tokens

effects, leading = [], []
for at, some in enumerate(swapped):
    print(f"letter {at + 1}:")
    try:
        live.check(model, some.rows(slice(0, 4)))
        one = fast_patching.heads_checked(
            model, some, settings.n_heads_checked, place="end", drawn=2
        )
    except ValueError as error:
        print(f"   left at 0, since {error}")
        effects.append(torch.zeros(model.cfg.n_layers, model.cfg.n_heads))
        continue
    effects.append(one.gradient)
    strongest = tokens.strongest_heads(torch.nan_to_num(one.real), 3)
    leading += strongest[:2]
    for (layer, head), control in zip(strongest, behaviour.chance_effects(model, some, strongest)):
        print(f"   L{layer}H{head}: {one.real[layer, head]:+.3f}, other name {control:+.3f}")
scale = tokens.shared(*effects)
for at, (grid, ax) in enumerate(zip(effects, plots.row(3, width=4, height=5))):
    tokens.head_grid(grid, title=f"effect on letter {at + 1}", between=scale, ax=ax)
# no control: it is printed above, head by head
plt.show()

# %% [markdown]
# Where do the leading heads look while each letter is due? Then the same with `, in short,` between name and
# bracket: each word is now four tokens further away. The last panel has the four wrong beginnings.

# %%
due = [acronyms.due(names, at) for at in range(3)]
due_later = [acronyms.due(names, at, acronyms.GAP) for at in range(3)]
begun = [acronyms.begun_with(names, which) for which in acronyms.FIRST_LETTERS]
letters = ["letter 1", "letter 2", "letter 3"]
for layer, head in [*dict.fromkeys(leading)][:3]:
    panels = {
        "": (due, letters),
        ", with a gap": (due_later, letters),
        ", wrong letter": (begun, acronyms.FIRST_LETTERS),
    }
    for (name, (rows, ticks)), ax in zip(panels.items(), plots.row(3, width=4, height=3)):
        plots.heatmap(
            measurement.attention_to_words(model, rows, (layer, head)),
            between=(0, 1),
            x_ticks=["word 1", "word 2", "word 3"],
            y_ticks=ticks,
            title=f"L{layer}H{head}{name}",
            x="attention to",
            y="due" if ticks is letters else "written",
            ax=ax,
        )
# no control: rows and columns are each other's
plt.show()

# %% [markdown]
# ## Third experiment: who spells?
# A head sees one word alone, as the first MLP leaves it. Is the word's first letter the capital that it raises
# most? The control asks for the second letter. A head with one favourite letter gets as many words as have it
# there; the dashed line is the commonest letter's share.

# %%
scores = {
    name: measurement.spelling_scores(model, acronyms.WORDS, at)
    for name, at in (("first letter", 0), ("control: second letter", 1))
}
effect = torch.stack(effects).abs().amax(0)
for at, ((name, grid), ax) in enumerate(zip(scores.items(), plots.row(2, width=5))):
    plots.scatter(
        grid.flatten(), effect.flatten(), title=name, x="share of words spelt", y="effect", ax=ax
    )
    favourite = measurement.favourite_share(acronyms.WORDS, at)
    ax.axvline(favourite, color="grey", linestyle="--", linewidth=1)
    ax.set_xlim(-0.05, 1.05)
plt.show()
for layer, head in dict.fromkeys(leading):
    print(f"L{layer}H{head}: " + ", ".join(f"{n} {g[layer, head]:.2f}" for n, g in scores.items()))

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A large lead over the other name, and the three initials said alike**: which letters are due is known,
#   and not which is next. (`test_knowing_the_letters_is_told_from_knowing_which_is_next`)
# - **"Of word 2" behind all four letters**: letters are counted. **One word further than the letter
#   written**: that letter is looked for. **"Of word 1" behind the second and third**: what is unwritten
#   comes first. **The same word as the letter**: it is said again.
#   (`test_counting_searching_and_what_is_unwritten_differ_behind_a_wrong_letter`)
# - **Attention along the diagonal, with the gap too**: no fixed distance back.
#   (`test_a_fixed_distance_leaves_the_diagonal_when_there_is_a_gap`)
# - **Effects on all three letters**: a head that goes from word to word has them, and so has one that looks at all
#   words alike. Their attention differs. **On one letter**: it may be a head of one word.
#   (`test_heads_that_move_stay_or_look_at_all_words`)
# - **An effect, and spelling near a favourite's share**: the head brings the word in some form, and
#   a later part makes the letter. (`test_bringing_a_word_is_told_from_spelling_it`)
# - Could a head shun the letter that is written, rather than find the one that is next? Which panel would differ?
# - Does `AC` as one token win over `A` by the same heads? The acronyms that were left out are waiting.
