# %% [markdown]
# ## First experiment: who are the name movers?
# Direct logit attribution at the last token, one grid for each model. A name mover also looks at IO
# by over 0.2 more than at S; where no head does both, the strongest writer stands in for one. How many layers follow it says how much room is left for a backup.

# %%
for (name, one), ax in zip(found.items(), plots.row(len(found), width=5)):
    tokens.head_grid(one.direct, title=f"{name}: direct effect, logits", ax=ax)
# no control: which heads to take away; what follows has random ones
plt.show()
for name, one in found.items():
    print(f"{name}: logit difference {one.difference:+.2f}")
    strongest = tokens.strongest_heads(one.direct.clamp(min=0), 6)
    for layer, head in dict.fromkeys([*one.movers, *strongest]):
        print(
            f"  L{layer}H{head} writes {one.direct[layer, head]:+.2f}, looks at IO by "
            f"{one.look[layer, head]:+.2f} more, {one.n_layers - 1 - layer} layers follow"
            f"{'' if (layer, head) in one.movers else ': no name mover'}"
        )

# %% [markdown]
# ## Second experiment: does it fall as far as it should?
# The name movers leave one after the other, the strongest first. Solid: the logit difference of the
# model. Dotted: what subtracting their direct effects predicts. Dashed: the model, its final LayerNorm
# dividing by what it divided by before. Crosses: as many random heads away that write little, each draw.

# %%
ax = plots.row(1, width=7.5, height=4.5)[0]
for name, one in found.items():
    steps = range(len(one.removed))
    share = {
        kind: [getattr(each, kind) / one.difference for each in one.removed]
        for kind in ("true", "frozen", "predicted")
    }
    colour = ax.plot(steps, share["true"], "o-", label=f"{name}: the model")[0].get_color()
    ax.plot(steps, share["frozen"], "--", color=colour, label=f"{name}: LayerNorm frozen")
    ax.plot(steps, share["predicted"], ":", color=colour, label=f"{name}: predicted")
    by_chance = [each.true / one.difference for each in one.random]
    ax.plot(
        [steps[-1]] * len(by_chance), by_chance, "x", color=colour, label=f"{name}: random heads"
    )
ax.axhline(0, color="0.3", linewidth=1)
ax.set_title("logit difference without name movers, as a share of the whole model's", fontsize=10)
ax.set_xlabel("name movers taken away")
ax.set_ylabel("share")
ax.xaxis.get_major_locator().set_params(integer=True)
ax.legend(fontsize=7, ncol=2, loc="upper center", bbox_to_anchor=(0.5, -0.15), frameon=False)
plt.show()
for name, one in found.items():
    last = one.removed[-1]
    print(
        f"{name}: of the predicted loss, heads and MLPs make good "
        f"{measurement.made_good(one.difference, last):.0%}, with the LayerNorm "
        f"{measurement.made_good(one.difference, last, 'true'):.0%}"
    )

# %% [markdown]
# ## Third experiment: who steps in?
# What each remaining head and MLP writes towards IO once all name movers are away, minus what it wrote before.
# The control is the same sum with random heads away: mean and spread over the draws.

# %%
for (name, one), ax in zip(found.items(), plots.row(len(found), width=5)):
    bars, spread = {}, {}
    for part in ("heads", "mlps"):
        sums = torch.tensor([float(getattr(each, part).sum()) for each in one.random])
        bars[part] = float(getattr(one.removed[-1], part).sum())
        bars[f"{part},\nrandom away"] = float(sums.mean())
        spread[f"{part},\nrandom away"] = float(sums.std())
    plots.bars(
        bars,
        errors=spread,
        levels={"as before": 0.0},
        title=f"{name}: written towards IO, after minus before",
        y="logits",
        ax=ax,
    )
plt.show()
for name, one in found.items():
    print(name)
    for helper in measurement.helpers(one, 5):
        layer, head = helper.head
        print(
            f"  L{layer}H{head}: {helper.before:+.2f} before, {helper.more:+.2f} more; "
            f"looks at IO by {one.look[layer, head]:+.2f} more than at S"
        )

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **The dashed curve lies above the dotted one**: what comes behind the name movers reacts, and holds a part
#   of the logit difference up. **They coincide**: nothing reacts, or
#   what reacts for and against cancels. (`test_the_curves_part_where_a_backup_steps_in`)
# - **The solid curve alone lies above**: nothing steps in on balance, the final LayerNorm divides a smaller stream by
#   less. (`test_a_gap_of_the_final_layernorm_is_not_in_the_frozen_curve`)
# - **A helper that wrote nothing before is a backup.** One that wrote against IO before, and does so less,
#   answered to the name movers, and has less to answer. (`test_a_backup_is_told_from_a_head_that_writes_less_against`)
# - **A head that looks at IO and writes nothing** is not among those taken away.
#   (`test_looking_at_io_without_writing_it_is_no_mover`)
# - Is the gap between the models larger than that between two halves of the sentences, and do both have as many layers left?
# - Which third model would separate dropout from data and from the layout of attention, in which these two differ as well?
