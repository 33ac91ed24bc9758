# %% [markdown]
# ## First experiment: which heads fetch the name?
# At `</`, each head's output is taken from the twin, where the two names stand the other way round. The
# control takes it from another snippet that calls for the same name as the one that is patched.

# %%
from lab import fast_patching, live, tokens

two_open = encoded["two open"]
live.check(model, two_open.rows(slice(0, 8)))
heads = fast_patching.heads_checked(model, two_open, settings.n_heads_checked, place="end")
tokens.head_grid(heads.gradient, title="effect of each head at </, by gradient")
plt.show()  # no control: it is printed below, head by head
strongest = tokens.strongest_heads(torch.nan_to_num(heads.real), 3)
controls = behaviour.chance_effects(model, two_open, strongest)
for (layer, head), control in zip(strongest, controls):
    print(f"L{layer}H{head}: {heads.real[layer, head]:+.3f}, another snippet {control:+.3f}")

# %% [markdown]
# ## Second experiment: where do they look?
# Attention from `</` to each name, and to the `><` or `>` behind it. A name can be fetched from the place
# that follows it too, if an earlier layer put it there.

# %%
for (layer, head), ax in zip(strongest, plots.row(3, width=3.8)):
    seen = behaviour.attention(model, two_open.clean, two_open, (layer, head))
    plots.bars(
        {place.replace("_", "\n"): seen[place] for place in seen if place not in ("end", "rest")},
        levels={"even": behaviour.even_attention(two_open)},
        title=f"L{layer}H{head}, two open",
        y="attention from </",
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=60)
plt.show()

# %% [markdown]
# ## Third experiment: a name that is closed
# The same heads where a third element was closed before `</`. Its name stands twice: as "closed" where it
# is opened, as "closer" where it is closed. The second row has it between the other two names.

# %%
for layout in ("one closed last", "one closed between"):
    third = encoded[layout]
    for (layer, head), ax in zip(strongest, plots.row(3, width=3.8)):
        seen = behaviour.attention(model, third.clean, third, (layer, head))
        plots.bars(
            {place: seen[place] for place in ("outer", "inner", "closed", "closer")},
            levels={"even": behaviour.even_attention(third)},
            title=f"L{layer}H{head}, {layout}",
            y="attention from </",
            ax=ax,
        )
    plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **"Inner" high with two open, "closed" high with one closed last**: the model closes the latest name.
#   **"Inner" high in all three**: what is closed is left out.
#   (`test_closing_the_latest_name_differs_from_leaving_out_what_is_closed`)
# - **A cell and its mirror image of one colour**: the order of the two names decides. **Of opposite
#   colours**: the model likes one of these names, wherever it stands.
#   (`test_order_and_a_liking_for_a_name_are_told_apart_by_the_mirror_image`)
# - **A head that looks at the inner name has no effect** by that alone: it may write nothing that counts.
#   **One with an effect** may look at what stands behind the name.
#   (`test_a_name_can_be_fetched_from_behind_it_and_a_look_alone_fetches_nothing`)
# - A closed name that gets little attention: does its own closing tag push it down, or does it stand too
#   far away? Which snippet tells the two apart?
# - Which head lowers the name that another head fetched, if the model knows that it is closed?
