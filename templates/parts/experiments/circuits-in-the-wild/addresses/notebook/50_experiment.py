# %% [markdown]
# ## First experiment: which heads bring the name, which the case, which the separator?
# Each contrast has its own map of heads, patched at the last token. The largest are patched for real. The control
# takes a head from another header with the same answer, where there is one: for the case there is none.

# %%
from lab import fast_patching, live, patching, tokens

live.check(model, encoded["name"])
maps, strongest = {}, {}
for name, some in encoded.items():
    print(f"{name}:")
    try:
        one = fast_patching.heads_checked(
            model, some, settings.n_heads_checked, place="end", drawn=1
        )
    except ValueError as error:
        print(f"   left at 0, since {error}")
        maps[name], strongest[name] = torch.zeros(model.cfg.n_layers, model.cfg.n_heads), []
        continue
    maps[name] = one.gradient
    strongest[name] = tokens.strongest_heads(torch.nan_to_num(one.real), 3)
    same = [None] * 3
    if name != "case":
        same = behaviour.chance_effects(model, some, strongest[name]).tolist()
    for (layer, head), control in zip(strongest[name], same):
        beside = "" if control is None else f", same answer {control:+.3f}"
        print(f"   L{layer}H{head}: {one.real[layer, head]:+.3f}{beside}")

# %%
left, right = plots.row(2, width=5.5)
for other, ax in (("case", left), ("separator", right)):
    plots.scatter(
        maps["name"].flatten(),
        maps[other].flatten(),
        title=f"each head at the end: name and {other} (by gradient)",
        x="effect on which name",
        y=f"effect on the {other}",
        ax=ax,
    )
    for layer, head in [*strongest["name"][:2], *strongest[other][:2]]:
        at = (float(maps["name"][layer, head]), float(maps[other][layer, head]))
        ax.annotate(f"L{layer}H{head}", at, fontsize=7)
    ax.axhline(0, color="grey", linewidth=0.5)
    ax.axvline(0, color="grey", linewidth=0.5)
# no control: each contrast is the other's
plt.show()

# %% [markdown]
# Heads are not alone. The same patch for whole MLPs, at the last token, on name and case. The bracket's own embedding
# differs between the two prompts of the second contrast, and the first MLP sees it.

# %%
mlps = {}
for name in ("name", "case"):
    if not strongest[name]:
        continue
    some = encoded[name]
    patches = [
        {f"blocks.{layer}.hook_mlp_out": patching.at(some, "end")}
        for layer in range(model.cfg.n_layers)
    ]
    mlps[f"effect on the {name}"] = patching.effects(model, some, patches).tolist()
plots.lines(mlps, title="MLPs patched at the last token", x="layer", y="effect", levels={"0": 0.0})
plt.show()

# %% [markdown]
# ## Second experiment: which form does a head raise?
# The heads that bring the name see a capitalised name alone, as the first MLP leaves it. Is the lower-case form
# among the ten highest logits of what they write, before any later MLP? The control is another name's
# lower-case form.

# %%
names = [*dict.fromkeys(one.first for one in people)]
chosen = [*dict.fromkeys([*strongest["name"], *strongest["case"][:1]])]
raised = measurement.raised_forms(model, names, chosen)
for ((layer, head), forms), ax in zip(raised.items(), plots.row(len(raised), width=3.2)):
    shown = {name: share for name, share in forms.items() if name != "lower minus Capital"}
    plots.bars(
        shown, title=f"L{layer}H{head}: ten highest", y="share of names", ax=ax
    )  # "another's": the control
    ax.set_ylim(0, 1.1)
    ax.tick_params(axis="x", rotation=45)
    print(f"L{layer}H{head}: lower minus capital {forms['lower minus Capital']:+.2f}")
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **First name in the usual order, surname when turned round**: what stands first is taken. **First name
#   in both**: what counts is which kind of name it is. (`test_names_turned_round_tell_the_place_from_the_kind_of_name`)
# - **Far along "which name", near 0 on "case"**: the head brings the name, and the bracket decides the case
#   elsewhere. **Far along both**: what it writes depends on the bracket, too.
#   (`test_bringing_a_name_is_told_from_choosing_its_case`)
# - **Lower among the ten highest, capital not**: head and first MLP make lower case already. **Both**: they
#   raise the name in whatever form. (`test_a_head_that_changes_case_is_told_from_one_that_raises_all_forms`)
# - **An effect on the separator, none on the name**: the separator has a head of its own.
#   (`test_the_separator_and_the_name_have_each_their_head`)
# - A head of the second contrast may read the bracket at the last token, or react to it in where it looks. Which
#   split would tell?
# - The recipe "Email: last name dot first name" turns the order round as well. Do the same heads fetch the parts?
