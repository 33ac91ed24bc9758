# %% [markdown]
# ## The measurement
# GPT-2 small solves this with 26 heads (Wang et al. 2022). The classes looked for here:
#
# | class in GPT-2 small | heads | what it does |
# |---|---|---|
# | duplicate token | 0.1, 0.10, 3.0 | second S looks at first S |
# | S-inhibition | 7.3, 7.9, 8.6, 8.10 | END looks at second S |
# | name mover | 9.9, 9.6, 10.0 | END looks at IO, writes for it |
# | negative name mover | 10.7, 11.10 | END looks at IO, writes against it |
# | backup name mover | 10.1, 11.2 and others | writes more if name movers are silent |
#
# First the attention along the path of each class: what its heads have in common, not yet their work. **Hollow: the same
# head where a third name stands for the first S.** Then the **copying score**: for which share of names is the name's own
# logit the highest, when the head's OV circuit reads its embedding? A head that writes against the name has 0. Grey: the heads
# of three untrained models, the control.

# %%
from lab import attribution, measurement, roles

whole, nothing, filler = (
    roles.differences(model, prompts, tokens)
    for tokens in (prompts.tokens, unrepeated, task.with_filler(prompts))
)
print(f"IO above S: {(whole > 0).float().mean():.2f} as it is, {(nothing > 0).float().mean():.2f} with a third "
      f"name for the first S, {(filler > 0).float().mean():.2f} with a plain word there")  # fmt: skip


def profile(network) -> dict[str, torch.Tensor]:
    """The scores of all heads, by name: [layer, head] each."""
    return measurement.scores(network, prompts) | {
        "copying": measurement.copying(network, task.n_names)
    }


found = profile(model)
gone = measurement.scores(model, prompts._replace(tokens=unrepeated))
untrained = [profile(build_model(task, settings.but(seed=100 + i), device)) for i in range(3)]
heads = attribution.every_head(model)
ax = plots.row(1, width=9, height=4.2)[0]
for column, (name, values) in enumerate(found.items()):
    control = torch.cat([one[name].flatten() for one in untrained]).cpu()
    ax.scatter([column - 0.15] * len(control), control, color="lightgrey", s=14)
    if name in gone:
        hollow = gone[name].flatten().tolist()
        colours = [f"C{layer}" for layer, _ in heads]
        ax.scatter(
            [column - 0.07] * len(hollow), hollow, s=22, facecolors="none", edgecolors=colours
        )
    height = 0.0
    for value, (layer, head) in sorted(zip(values.flatten().tolist(), heads)):
        ax.scatter(column, value, color=f"C{layer}", s=22)
        if value > max(0.4, float(control.max())):
            height = max(value, height + 0.045)  # no name on top of another
            ax.annotate(f"L{layer}H{head}", (column + 0.06, height), fontsize=7, va="center")
for layer in range(model.cfg.n_layers):
    ax.scatter([], [], color=f"C{layer}", s=22, label=f"layer {layer}")
ax.scatter([], [], color="lightgrey", s=14, label="untrained")
ax.scatter(
    [], [], s=22, facecolors="none", edgecolors="black", label="a third name for the first S"
)
paths = {name: f"\n{' -> '.join(path)}" for name, path in measurement.SCORES.items()}
ax.set_xticks(range(len(found)), [name + paths.get(name, "\nOV circuit") for name in found])
ax.set(title="Score of each head", ylabel="attention, or share of names", ylim=(-0.03, 1.2))
ax.set_xlim(right=len(found) - 0.6)
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# ## First experiment: where does the repetition pass through?
# Attention is no evidence of use. Run the sentences with all heads of a layer writing, at one place, what they write
# with a third name for one S. On the left it stands for the first S, on the right for the second. 0: no difference; 1: IO - S falls as far as with the
# third name itself. **What passes the repetition on depends on both mentions.** A head that carries one name, whoever it is, shows in one
# panel; two of one layer may show in both. The last layer is left out: its heads at END write the answer, and elsewhere nobody reads them.

# %%
# control: each panel is the other's; before S again the right one cannot but be 0
for (replaced, tokens), ax in zip(
    task.without_repetition(prompts).items(), plots.row(2, width=6, height=2.8)
):
    lost = roles.share_lost(model, prompts, tokens)
    plots.heatmap(
        lost.cpu(),
        title=f"Share of IO - S lost, third name for {replaced}",
        x="",
        y="",
        between=(0, 1),
        x_ticks=roles.PLACES,
        y_ticks=[f"layer {layer}" for layer in range(len(lost))],
        ax=ax,
    )
    ax.tick_params("x", rotation=20)
    for y, row in enumerate(lost.tolist()):
        for x, value in enumerate(row):
            colour = "black" if value > 0.5 else "white"
            ax.text(x, y, f"{value:.2f}", ha="center", va="center", color=colour)
plt.show()

# %% [markdown]
# ## Second experiment: who writes the answer, and does anything step in?
# Left: what each head writes directly into IO - S. Right: one head before the last layer is replaced by its mean, and the
# direct effects of later heads are measured again. The scale of the final LayerNorm is kept, or all of them would
# grow with a large writer gone. The lowest rows are the control, as root mean squares: what a head
# of that layer changed, turned into random directions.
#
# A backup stands in a later layer than the head for which it steps in. So the right figure can show one for a writer before
# the last layer, and none for a writer in the last.

# %%
_, cache = attribution.run(model, prompts.tokens)
direct = measurement.effects(model, cache, prompts)
moved = measurement.reactions(model, prompts)
early = range(model.cfg.n_layers - 1)
noise = torch.stack(
    [
        measurement.reactions_to_noise(model, prompts, layer).square().mean(0).sqrt()
        for layer in early
    ]
)
names = [f"L{layer}H{head}" for layer, head in heads]
print(
    f"written into IO - S before the last layer: {direct[:-1].sum():.1f} of {direct.sum():.1f} logits"
)
left, right = plots.row(2, width=7, height=4.6)
unheard = [  # control: what is written where nobody is named twice
    measurement.effects(model, attribution.run(model, tokens)[1], prompts).abs().max().item()
    for tokens in task.without_repetition(prompts).values()
]
plots.bars(
    dict(zip(names, direct.flatten().tolist())),
    levels={"largest with a third name for an S": max(unheard)},
    title="Written into IO - S",
    y="logits",
    ax=left,
)
left.axhline(0, color="grey", linewidth=1)
right.set_facecolor("lightgrey")
plots.heatmap(
    torch.cat([moved, noise]).cpu(),
    title="Change of each head's direct effect (grey: it cannot react)",
    x="head that reacts",
    y="head taken out",
    centre=0.0,
    x_ticks=names,
    y_ticks=names[: len(moved)] + [f"random, layer {layer}" for layer in early],
    ax=right,
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - A head that looks for the repetition has its dot far above its hollow twin; one that goes by place, or by any name,
#   beside it. One with favourites among the names can rise by 0.28 with no look at who is repeated.
#   (`test_a_dot_leaves_its_twin_where_a_head_looks_for_the_repetition`)
# - A negative name mover looks at IO like a name mover. Its bar is negative, and its copying score is 0.
#   (`test_a_negative_name_mover_looks_like_a_name_mover_and_does_not_copy`)
# - The published chain is near 1 in both panels, at "S again" in one layer and at END in a later one. Counting
#   names at END is so there alone. So are two heads of a layer that take the first and the last name, whoever they are. (`test_the_published_chain_takes_all_at_two_places_and_counting_at_one`)
# - A backup turns positive (blue) when a writer in a layer before it is gone. So does a negative name mover that listened to that
#   head: look at its bar on the left. (`test_a_backup_turns_positive_and_so_does_a_negative_head_that_listened`)
# - The scale of the final LayerNorm is kept. Those before are not: where a large writer is gone, a later head writes more
#   of what it read anyway, and that is no backup.
#   (`test_a_later_head_writes_more_by_the_layernorm_before_it`)
# - Which single heads carry a layer's share, and do they add up when they are patched one by one?
# - Does a head that scores nothing in copying copy what an earlier layer moved there?
