# %% [markdown]
# ## First experiment: which heads undo the shuffling?
# Into the shuffled list goes one head's output at the final comma, taken from the list in order. 1 is
# all of the way from the shuffled list's logit difference to the ordered one's. All heads come from one
# gradient, a linear estimate. On the numbers the largest are patched for real; their control is another shuffle.

# %%
from lab import behaviour, fast_patching, live, patching, sharing, tokens

numbers = shuffled["numbers"]
live.check(model, numbers.rows(slice(0, 4)))
checked = fast_patching.heads_checked(model, numbers, 6, place="end", drawn=2)
largest = tokens.strongest_heads(torch.nan_to_num(checked.real), 6)
for (layer, head), chance in zip(largest, behaviour.chance_effects(model, numbers, largest)):
    print(f"L{layer}H{head}: effect {checked.real[layer, head]:+.3f}, other shuffle {chance:+.3f}")

# %%
effects = sharing.maps(model, shuffled)
effects_on_colours = sharing.maps(model, {"colours": repeated})["colours"]
maps = {**effects, "control: colours that repeat": effects_on_colours}
for (name, grid), ax in zip(maps.items(), plots.row(5, width=3.4, height=5)):
    tokens.head_grid(grid, title=name, between=tokens.shared(*maps.values()), ax=ax)
plt.show()

# %% [markdown]
# How many of the leading heads do all four families share? Dashed: how many would be if each family's
# heads were renumbered at random within their layers, since any task may crowd into the same layers. The
# second bar leaves out what the colours share as well. The estimates of the strongest in common are then patched.

# %%
common = sharing.in_common(effects, settings.n_heads_compared)
chance, spread = sharing.in_common_by_chance(effects, settings.n_heads_compared, within_layers=True)
for_colours = sharing.leading(effects_on_colours, settings.n_heads_compared)
plots.bars(
    {
        "all four": len(common),
        "all four, not colours": len({*common} - for_colours),
    },
    levels={"all four, heads renumbered in their layers": chance},
    title=f"heads in common among the leading {settings.n_heads_compared}",
    y="heads",
)
plt.xticks(rotation=15)
plt.show()
print("common to all four:", ", ".join(f"L{layer}H{head}" for layer, head in common) or "none")
print(f"heads renumbered in their layers: {chance:.2f} +- {spread:.2f}")
for layer, head in sorted(
    common, key=lambda one: -min(float(effects[name][one]) for name in effects)
)[:2]:
    for name, some in shuffled.items():
        patch = patching.head_patch(model, some, [(layer, head)], "end")
        real = float(patching.effects(model, some, [patch])[0])
        print(
            f"L{layer}H{head}, {name}: {effects[name][layer, head]:+.3f} by gradient, {real:+.3f} patched"
        )

# %% [markdown]
# ## Second experiment: is it the order, or the item?
# A shuffled list also ends in another item. So the same heads once more, between two lists that are both
# in order, two steps or more apart. Now the answers are the next item of either list. Neither is the last
# one seen, so holding the last item down cancels. One answer may stand in the other list: holding down or
# copying all that is listed does not cancel, on weekdays in no pair.

# %%
elsewhere = sharing.maps(
    model,
    {
        name: sequences.encoded(model, family, sequences.moved, settings.n_prompts)[0]
        for name, family in sequences.FAMILIES.items()
    },
)
for name, ax in zip(effects, plots.row(4, width=3.6)):
    plots.scatter(
        effects[name].flatten(),
        elsewhere[name].flatten(),
        colour=effects_on_colours.flatten(),
        colour_label="effect for colours",
        title=name,
        x="effect, list shuffled",
        y="effect, list begun elsewhere",
        ax=ax,
    )
    ax.axhline(0, color="grey", linewidth=0.5)
    ax.axvline(0, color="grey", linewidth=0.5)
    for layer, head in sharing.leading(elsewhere[name], 3):
        at = (float(effects[name][layer, head]), float(elsewhere[name][layer, head]))
        ax.annotate(f"L{layer}H{head}", at, fontsize=7)
plt.show()  # no control: two contrasts are compared, and the colour is a third, without a next

# %% [markdown]
# ## Third experiment: does a head turn an item into its successor?
# A head sees one item alone, as the first MLP leaves it. Which item of the family does its OV circuit
# raise most? The score for "next" is the share of items for which that is the next one, from 0 to 1. Beside
# it stands the share for "the one before". A head with a favourite item gets one item right.

# %%
scores = {
    name: measurement.step_scores(
        measurement.written_items(model, items[name]), len(items[name]), family.cycle
    )
    for name, family in sequences.FAMILIES.items()
}
mean_score = {
    step: torch.stack([scores[name][step] for name in scores]).mean(0)
    for step in ("next", "before")
}
for (step, title), ax in zip(
    {"next": "raises the next item", "before": "control: raises the one before"}.items(),
    plots.row(2, width=4.5, height=5),
):
    tokens.head_grid(mean_score[step], title=title, between=(-1, 1), ax=ax)
plt.show()

# %%
ranked = torch.stack([*elsewhere.values()]).mean(0)
best = max(common or sharing.leading(ranked, 1), key=lambda head: float(ranked[head]))
best_by_weights = tokens.strongest_heads(mean_score["next"], 1)
for layer, head in dict.fromkeys([best, *best_by_weights]):
    said = {name: f"{scores[name]['next'][layer, head]:.2f}" for name in scores}
    print(
        f"L{layer}H{head}: effect begun elsewhere {ranked[layer, head]:.3f}, score for next {said}"
    )
    for name in ("weekdays", "months"):
        first = int(items[name][0])
        print(
            f"   {model.tokenizer.decode([first])!r} ->",
            measurement.highest(model, first, layer, head),
        )

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Next is put first after shuffled and after downward lists**: one more than the last item fits both.
#   One more than the largest would fail downward, and a need for order would fail both. Downward by itself
#   says little: copying the item before the last is right there, too.
#   (`test_adding_one_is_told_from_the_order_and_from_the_largest`)
# - **High when shuffled, at zero when begun elsewhere, and coloured**: the head may hold the last item down.
#   That undoes the shuffling of any list, of colours as well. So does copying an item further back: the
#   sign of what it writes tells the two apart.
#   (`test_holding_the_last_item_down_shows_in_shuffled_lists_and_in_colours`)
# - **High when begun elsewhere, at zero when shuffled**: the head may hold down all that is listed, in
#   whatever order. (`test_holding_down_all_that_is_listed_shows_in_lists_begun_elsewhere`)
# - **High on both axes, but a score for "next" near chance**: from the bare item it does not put the
#   next one first. It may bring which item it is, for something else to step; or step two itself. (`test_bringing_an_item_is_told_from_making_its_successor`)
# - **A score for "next" far above that for "the one before"**: the OV circuit steps up. A head that likes
#   neighbours scores on both, and one with a favourite item on neither.
#   (`test_stepping_up_is_told_from_liking_neighbours`)
# - Four separate tables could sit in the same heads. What would you swap between families to find out?
