# %% [markdown]
# ## Do edits arrive?
# A bracket's kind is carried by activations that are about to be replaced. Four replacements whose
# outcome is known come first; the cell stops where one of them fails.

# %%
from lab import bringing, fast_patching, live, patching, tokens

live.check(model, encoded["two open"].rows(slice(0, 8)))

# %% [markdown]
# ## First experiment: from where to where does the kind travel?
# Two brackets are open, and the inner one differs in kind. Into the corrupted line goes the residual
# stream of the clean one, at one place and one layer at a time. 0: the logits' difference is that of the
# corrupted line; 1: that of the clean one. "Elsewhere" is every other token.

# %%
few = encoded["two open"].rows(slice(0, 8))
plots.heatmap(
    patching.residual(model, few),
    between=(-1, 1),
    centre=0.0,
    x_ticks=patching.place_names(few),
    title="residual stream patched",
    x="place",
    y="before layer",
)  # no control: 0 and 1 are the two lines as they are
plt.show()

# %% [markdown]
# ## Second experiment: which heads bring it?
# Every head is patched at the last token. A gradient estimates all of them at once, and can be fooled
# where attention is saturated; so the largest are patched for real. The control takes the head from
# another line that calls for the corrupted bracket: the other words change, and the kind does not.
# Then its values alone are patched, at one place at a time: from where does it bring the kind?

# %%
swapped = encoded["two open"]
heads = fast_patching.heads_checked(model, swapped, settings.n_heads_checked, place="end")
strongest = tokens.strongest_heads(torch.nan_to_num(heads.real), settings.n_heads_checked)
by_chance = behaviour.chance_effects(model, swapped, strongest)
tokens.head_grid(heads.gradient, title="effect of each head at the end, by gradient")
plt.show()
for (layer, head), chance in zip(strongest, by_chance):
    print(f"L{layer}H{head}: effect {heads.real[layer, head]:+.3f}, control {chance:+.3f}")
for layer, head in strongest[:3]:
    found = bringing.brought_from(model, swapped, (layer, head))
    print(f"L{layer}H{head} brings from", {place: f"{part:+.2f}" for place, part in found.items()})

# %% [markdown]
# ## Third experiment: what does a head do when the bracket is closed?
# For the strongest heads, the attention from the last token in the lines where the inner bracket is
# still open, and where it is closed. Both lines have the same length and differ in one token. Both openers
# stand before it, so what the head can read there is the same. Dashed: attention spread evenly.

# %%
for (layer, head), ax in zip(strongest[:3], plots.row(3, width=4)):
    seen = {
        name: behaviour.attention(model, tokens_of, deciding, (layer, head))
        for name, tokens_of in (("open", deciding.corrupted), ("closed", deciding.clean))
    }
    plots.bars(
        {
            f"{shown}, {name}": seen[name][place]
            for place, shown in (("outer", "outer"), ("inner", "inner"), ("closed", "closer or -"))
            for name in ("open", "closed")
        },
        levels={"even": behaviour.even_attention(deciding)},
        title=f"L{layer}H{head}: attention from the end",
        y="attention",
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=90)
    ax.get_legend().remove()  # "even" is the dashed line; its words would cover the names
plt.show()
used = fast_patching.heads_checked(model, deciding, settings.n_heads_checked, place="end")
plots.scatter(
    heads.gradient.flatten(),
    used.gradient.flatten(),
    title="each head at the end: two contrasts (by gradient)",
    x="effect when the opener is swapped",
    y="effect when the inner one is closed",
)  # no control: the two contrasts check each other
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Right on all-open lines, and of the deciding ones in the open half alone**: the last opener is closed.
#   Half right in both halves is a coin or a habit.
#   (`test_the_last_opener_passes_all_open_lines_and_fails_the_deciding_ones`)
# - **A head with an effect far from its control that brings from the opener** fetches the kind there. **From
#   the end**: it passes on what an earlier head fetched. (`test_a_head_that_fetches_is_told_from_one_that_passes_on`)
# - **The opener's column fades at one layer and the end's has risen at the next**: the kind moved straight.
#   **Elsewhere is high in between**: it stopped over. (`test_the_kind_moves_where_the_columns_change`)
# - **Attention goes from the inner to the outer opener** once the inner one is closed: the query has
#   changed. **Both openers lose in proportion, the closing bracket gains**: a head that likes all brackets does this.
#   (`test_leaving_a_used_up_opener_differs_from_sharing_with_the_closing_bracket`)
# - Would the query change as well where another bracket was closed and the inner one is still open, as in
#   `load(items[test(x) -size`?
# - Could a head that moves to the closing bracket read there what is open now? Which patch would tell?
# - Which heads lie far from both axes of the scatter? What would a running count, without any look back, put there?
