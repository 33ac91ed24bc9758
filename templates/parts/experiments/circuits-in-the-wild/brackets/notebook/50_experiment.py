# %% [markdown]
# ## Do edits arrive?
# A patch that is discarded looks like a part that does not matter. So first what must hold on this model.

# %%
from lab import fast_patching, live, patching, tokens

live.check(model, encoded["one bracket open"].rows(slice(0, 8)))

# %% [markdown]
# ## First experiment: from where to where does the kind travel?
# Into the corrupted line goes the residual stream of the clean one, at one place and one layer at a time.
# 0: the model goes on closing the corrupted bracket; 1: it closes the clean one.

# %%
few = encoded["one bracket open"].rows(slice(0, 8))
plots.heatmap(
    patching.residual(model, few),
    between=(-1, 1),
    centre=0.0,
    x_ticks=patching.place_names(few),
    title="residual stream patched ('elsewhere' is the control: same in both lines at first)",
    x="place",
    y="before layer",
)
plt.show()

# %% [markdown]
# ## Second experiment: which heads bring it?
# All heads at the last token: by gradient first, then the largest for real. The control patches
# the same head from another line that calls for the corrupted bracket: all is changed but the kind.

# %%
swapped = encoded["one bracket open"]
heads = fast_patching.heads_checked(model, swapped, settings.n_heads_checked, place="end")
strongest = tokens.strongest_heads(torch.nan_to_num(heads.real), settings.n_heads_checked)
by_chance = behaviour.chance_effects(model, swapped, strongest)
tokens.head_grid(heads.gradient, title="effect of each head at the end, by gradient")
plt.show()
for (layer, head), chance in zip(strongest, by_chance):
    print(f"L{layer}H{head}: effect {heads.real[layer, head]:+.3f}, control {chance:+.3f}")

# %% [markdown]
# ## Third experiment: what does a head do when the bracket is closed?
# For the strongest heads, the attention from the last token in the lines where the inner bracket is
# still open, and where it is closed. Both lines have the same length and differ in one token. Dashed:
# attention spread evenly over the line.

# %%
for (layer, head), ax in zip(strongest[:3], plots.row(3, width=4)):
    seen = {
        name: behaviour.attention(model, tokens_of, deciding, (layer, head))
        for name, tokens_of in (("open", deciding.corrupted), ("closed", deciding.clean))
    }
    plots.bars(
        {
            f"{place}, {name}": seen[name][place]
            for place in ("outer", "inner", "closed")
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
)  # no control: each axis is the other's
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Right on all-open lines, half right on the others** is what closing the last opener does.
#   (`test_the_last_opener_passes_all_open_lines_and_fails_the_deciding_ones`)
# - **A head with an effect far from its control** brings the kind to the end. A head that looks at
#   the opener need not: attention without an effect moves nothing that counts.
#   (`test_attention_to_the_opener_alone_has_no_effect`)
# - **A high cell in the column of the opener, then of the end**: between these layers the kind moves.
#   (`test_the_kind_moves_where_the_columns_change`)
# - **Attention goes from the inner to the outer opener** once the inner one is closed: the head
#   tells used-up openers apart. **It goes to the closing bracket instead**: the head likes
#   brackets, and they share. (`test_leaving_a_used_up_opener_differs_from_sharing_with_the_closing_bracket`)
# - Which heads lie far from both axes of the scatter? What would a running count, without any look back, put there?
