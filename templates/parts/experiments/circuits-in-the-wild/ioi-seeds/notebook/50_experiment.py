# %% [markdown]
# ## First experiment: who writes the answer?
# Direct logit attribution of every head, as a share of the model's own logit difference: above on the
# sentences, below where nothing is repeated. One colour scale for all. A head with a colour below, too,
# prefers one of the two names for another reason.

# %%
share = {name: one.direct / one.difference for name, one in circuits.items()}
control = {name: one.unrepeated / one.difference for name, one in circuits.items()}
scale = tokens.shared(*share.values(), *control.values())
for grids, what in ((share, "direct effect"), (control, "control: nothing repeated")):
    for (name, grid), ax in zip(grids.items(), plots.row(len(grids), width=5)):
        n_named = 5 if grids is share else 0
        tokens.head_grid(grid, title=f"{name}\n{what}", strongest=n_named, between=scale, ax=ax)
    plt.show()
for name, one in circuits.items():
    hidden = ", ".join(f"L{layer}H{head}" for layer, head in measurement.cancels(one))
    print(f"{name}: effects of both signs that cancel in the mean: {hidden or 'none'}")
    print(f"{name}: share of the three strongest heads {measurement.share_of(one.direct, 3):.2f}")

# %% [markdown]
# ## Second experiment: in which layers?
# Heads of two seeds have no numbers in common, layers have. The direct effect of each layer's heads,
# summed, against the depth of the layer; dotted lines are the controls.

# %%
ax = plots.row(1, width=7)[0]
for name, one in circuits.items():
    depth = torch.linspace(0, 1, layers[name])
    line = ax.plot(depth, measurement.by_layer(one), label=name)[0]
    ax.plot(depth, control[name].sum(1), ":", color=line.get_color())
ax.axhline(0, color="0.3", linewidth=1)
ax.set_title("direct effect by layer, as a share of the logit difference", fontsize=10)
ax.set_xlabel("depth: 0 the first layer, 1 the last")
ax.set_ylabel("share")
ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
plt.show()

# %% [markdown]
# ## Third experiment: how many of each kind?
# One rule for all models, in `lab/ioi_heads.py`: a name mover looks from the end at IO more than at S,
# and writes towards it; a negative one writes against it. Duplicate-token and induction heads are told
# by where they look from the second S, compared with the sentences where a third name stands there.

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
# - **A bright cell above that is pale below** writes IO rather than S because one is repeated.
#   **Bright in both** is another preference. (`test_a_cell_that_needs_the_repetition_fades_below`)
# - **A pale cell can hide a head that writes much**: one that copies the first name of each sentence helps
#   in half of them and hurts in the other half. It is printed. (`test_a_head_that_copies_a_place_is_pale_and_printed`)
# - **A duplicate-token label needs the repetition**: a head that looks at the place of a name gets none.
#   (`test_a_label_is_not_given_for_looking_at_a_place`)
# - **A name mover looks and writes**: one that looks at IO and writes nothing is not counted.
#   (`test_looking_at_io_without_writing_is_no_name_mover`)
# - Do the seeds agree in layers and counts, and would six models that only share an architecture do so too?
# - Which difference between two seeds is larger than that between two halves of the sentences in one?
