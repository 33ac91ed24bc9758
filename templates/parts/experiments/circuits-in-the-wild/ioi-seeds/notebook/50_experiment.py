# %% [markdown]
# ## First experiment: who writes the answer?
# Direct logit attribution of every head, in logits. Above: towards IO and away from S, where each two
# names are asked for in turn. Below, where nothing is repeated: towards the first name and away from
# the second. One colour scale for all.

# %%
effects = {name: one.direct for name, one in circuits.items()}
control = {name: one.unrepeated for name, one in circuits.items()}
scale = tokens.shared(*effects.values(), *control.values())
for grids, what in ((effects, "direct effect"), (control, "control: nothing repeated")):
    for (name, grid), ax in zip(grids.items(), plots.row(len(grids), width=5)):
        n_named = 5 if grids is effects else 0
        tokens.head_grid(grid, title=f"{name}\n{what}", strongest=n_named, between=scale, ax=ax)
    plt.show()
for name in list(circuits)[:-1]:  # the last one is left to your prediction
    held = measurement.share_of(circuits[name].direct, 3)
    print(f"{name}: three heads hold {held:.2f} of the positive sum")
for name, one in circuits.items():
    hidden = ", ".join(f"L{layer}H{head}" for layer, head in measurement.cancels(one))
    print(
        f"{name}: effects of both signs that cancel in the mean, five at most: {hidden or 'none'}"
    )

# %% [markdown]
# ## Second experiment: in which layers?
# A head's number means nothing in another seed, its layer may. Direct effects of each layer's heads
# against the depth of the layer, those above 0 and those below summed apart; dotted: the controls.
# What a head writes at the second S for others to read is no direct effect, and does not show here.

# %%
ax = plots.row(1, width=7)[0]
for name, one in circuits.items():
    depth = torch.linspace(0, 1, layers[name])
    colour = ax.plot(depth, measurement.by_layer(one.direct)[0], label=name)[0].get_color()
    ax.plot(depth, measurement.by_layer(one.direct)[1], color=colour)
    for curve in measurement.by_layer(control[name]):
        ax.plot(depth, curve, ":", color=colour)
ax.axhline(0, color="0.3", linewidth=1)
ax.set_title("direct effect by layer, positive and negative heads apart", fontsize=10)
ax.set_xlabel("depth: 0 the first layer, 1 the last")
ax.set_ylabel("logits")
ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
plt.show()

# %% [markdown]
# ## Third experiment: how many of each kind?
# One rule for all models, in `lab/ioi_heads.py`. A name mover looks from the end at IO more than at S,
# and writes towards it; a negative one writes against it. Duplicate-token and induction heads are told
# by where they look from the second S, compared with the sentences where a third name stands there.
# S-inhibition heads are told by what they do to others, and are not counted.

# %%
for kind in CLASSES:
    for name, one in circuits.items():
        chosen = one.heads[kind]
        print(
            f"{kind:20} {name:28} {len(chosen):2}, mean depth "
            f"{measurement.depth(chosen, layers[name]):.2f}: "
            + " ".join(f"L{layer}H{head}" for layer, head in chosen[:8])
        )

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A bright cell above** answers to which of the two names S is: a liking for a name or a place is 0 there.
#   **A bright cell below** prefers a place, first or second. A head can do both.
#   (`test_a_head_that_prefers_a_place_is_bright_below`)
# - **A pale cell above can hide a head that writes much.** One that copies the first name helps in
#   half of the sentences and hurts in the others; one that likes a name, too. Such heads are printed.
#   (`test_a_head_that_copies_a_place_is_pale_and_printed`)
# - **A duplicate-token label needs the repetition**: a head that looks at the place of a name gets none.
#   (`test_a_label_is_not_given_for_looking_at_a_place`)
# - **A name mover looks and writes**: one that looks at IO and writes nothing is not counted.
#   (`test_looking_at_io_without_writing_is_no_name_mover`)
# - S is the name said twice and the name said last. Which sentences would tell a head that writes against
#   the one from a head that writes against the other?
# - Do the seeds agree in layers and counts? How far apart are two halves of the sentences in one model?
