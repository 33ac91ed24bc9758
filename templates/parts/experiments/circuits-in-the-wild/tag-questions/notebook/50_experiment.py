# %% [markdown]
# ## First experiment: when does gender leave the name?
# Into the sentence about Kevin goes the stream of the one about Lisa, at one place before one layer.
# 1: `she` now leads `he` as far as if all were patched. The comma and the auxiliary stand between.
# "Elsewhere" is every other word, those of the statement among them: gender can stop over there, too.

# %%
from lab import bringing, fast_patching, live, looking, patching, sharing, tokens

named = encoded["names"]
few = named.rows(slice(0, settings.n_pairs_patched))
live.check(model, few)
stream = patching.residual(model, few)
plots.heatmap(
    stream,
    between=(-1, 1),
    centre=0.0,
    x_ticks=patching.place_names(few),
    title="she or he: stream patched",
    x="place",
    y="before layer",
)  # no control: 0 and 1 are the two sentences as they are
plt.show()

# %% [markdown]
# ## Second experiment: where a head looks, and what it brings
# The heads at the end, by gradient, then the largest for real. The control takes their output from
# another sentence about a man: name, statement and auxiliary may change, gender does not.

# %%
heads = fast_patching.heads_checked(model, named, 6, place="end", drawn=2)
largest = tokens.strongest_heads(torch.nan_to_num(heads.real), 4)
by_chance = behaviour.chance_effects(model, named, largest)
parts = {head: looking.looks_and_brings(model, named, head, "end") for head in largest}
for (head, part), chance, ax in zip(parts.items(), by_chance, plots.row(4, width=3)):
    plots.bars(
        part,
        levels={"another man": float(chance)},
        title=f"L{head[0]}H{head[1]}",
        y="effect at the end",
        ax=ax,
    )
plt.show()

# %% [markdown]
# What is brought, place by place: the values of one place are taken from the sentence about Lisa, all
# others stay. The dashed line is the head's attention pattern alone, with no value changed.

# %%
for head, ax in zip(largest, plots.row(4, width=3)):
    plots.bars(
        bringing.brought_from(model, named, head),
        levels={"looks": parts[head]["looks"]},
        title=f"L{head[0]}H{head[1]}: brought from",
        y="effect at the end",
        ax=ax,
    )
    ax.tick_params(axis="x", rotation=60)
plt.show()

# %% [markdown]
# ## Third experiment: one path for four pronouns?
# The heads at the end for each contrast, and how alike these maps are. On the diagonal stands the control:
# the same contrast on other sentences, as alike as two maps of one thing come out here.

# %%
effects, again = (
    sharing.maps(
        model,
        {
            name: pairs.encode(model, make(settings.n_prompts, seed=seed))
            for name, make in tags.CONTRASTS.items()
        },
    )
    for seed in (0, 1)
)
names = [*effects]
plots.heatmap(
    [[sharing.likeness(effects[one], again[other]) for other in names] for one in names],
    between=(-1, 1),
    centre=0.0,
    x_ticks=names,
    y_ticks=names,
    title="likeness of the maps of heads\n(control: the diagonal)",
    x="contrast, other sentences",
    y="contrast",
)
plt.xticks(rotation=30, ha="right")
plt.show()

# %%
n = settings.n_heads_compared
leading = {name: sharing.leading(grid, n) for name, grid in effects.items()}
counted = {
    f"in {k}": sum(
        sum(head in some for some in leading.values()) == k for head in set.union(*leading.values())
    )
    for k in (1, 2, 3, 4)
}
chance, in_layers = (
    sharing.in_common_by_chance(effects, n, within_layers=within)[0] for within in (False, True)
)
plots.bars(
    counted,
    levels={
        "in 4, heads renumbered at random": chance,
        "in 4, renumbered within layers": in_layers,
    },
    title=f"in how many contrasts a head is among the leading {n}",
    y="heads",
)
plt.show()
common = sharing.in_common(effects, n)
print("in all four:", ", ".join(f"L{layer}H{head}" for layer, head in common) or "none")
for layer, head in common:
    print(f"   L{layer}H{head}", {name: f"{effects[name][layer, head]:.2f}" for name in names})

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Past another person right where both are of one gender, and wrong where they are not**: the pronoun goes with
#   the person nearest to the tag. Half right in either case is a habit.
#   (`test_the_nearer_person_is_told_from_the_subject`)
# - **The comma's or the tag's column rises where the subject's falls**, and the end's rises later: gender
#   stopped over. With a direct way the end takes over from the subject, and the columns between stay pale.
#   (`test_a_stopover_is_told_from_a_direct_way`)
# - **Brings, from the comma, the tag or elsewhere**: the head at the end is a second leg. From the
#   subject: it fetches gender where the name stands. From the end: it hands on what had arrived there.
#   (`test_the_place_that_is_brought_from_is_seen`,
#   `test_handing_on_is_brought_from_the_end`)
# - **Looks without bringing**: the head puts its attention elsewhere for a woman than for a man, and what
#   lies there is the same for both. (`test_looking_is_told_from_bringing`)
# - **A head in two contrasts that share a pronoun** need not know about gender or number: it serves that
#   word. In all four it serves more than one. (`test_a_head_for_one_pronoun_is_in_two_contrasts`)
# - Are more heads in all four contrasts than renumbering within layers gives? Sharing a layer is not sharing a head.
# - Do heads that all contrasts share bring the same thing? Whose values would you put into whose sentence?
