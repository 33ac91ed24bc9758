# %% [markdown]
# ## The measurement
# Three opinions on what a head is worth, all in logits of *right minus wrong* at the last position:
#
# - **direct logit attribution**: what the head writes straight into that difference, LayerNorm held fixed;
# - **direct drop**: the same path only, but the head's mean is put in its place and the final LayerNorm computed anew;
# - **ablation**: the head's mean is put in its place and everything after it runs again.
#
# Which one is right? In a trained model nobody knows. So first a model whose weights were written by
# hand. It has four heads: a *finder* that says the answer, a *helper* without which the finder finds nothing,
# a *writer* that pushes a wrong token down, and an *eraser* that undoes the writer.

# %%
from lab import attribution, planted

generator = torch.Generator(device).manual_seed(settings.seed)
known = planted.prompts(256, n_tokens=16, period=10, generator=generator)


def opinions(network, tokens, right, wrong) -> dict[str, dict[str, float]]:
    """The three opinions on each head, means over the prompts, as {opinion: {head: logits}}."""
    _, cache = attribution.run(network, tokens)
    heads = attribution.every_head(network)
    names = [f"L{layer}H{head}" for layer, head in heads]
    direct = attribution.direct_effects(network, cache, right, wrong)
    drops = attribution.direct_drops(network, cache, right, wrong)
    ablated = attribution.ablation_effects(
        network, tokens, lambda logits: attribution.logit_difference(logits, right, wrong)
    )
    return {
        "direct logit attribution": {name: direct[name].mean().item() for name in names},
        "direct drop": {name: drops[name].mean().item() for name in names},
        "ablation": dict(zip(names, ablated.flatten().tolist())),
    }


by_hand = planted.model(16, 24, found=5.0, written=3.0, erased=1.0, device=device)
judged = opinions(by_hand, *known)
ax = plots.row(1, width=7)[0]
for shift, (opinion, values) in zip((-0.27, 0, 0.27), judged.items()):
    ax.bar([place + shift for place in range(4)], list(values.values()), width=0.27, label=opinion)
ax.axhline(0, color="grey", linewidth=1)
ax.set_xticks(
    range(4), [f"L{layer}H{head}\n{role}" for (layer, head), role in planted.ROLES.items()]
)
ax.set(title="The model written by hand: what is each head worth?", ylabel="logits, right - wrong")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## First experiment: dial the erasing up
# The writer always writes 3 logits. What is left of them in the output is known: 3 times the share that is not
# erased. Here each opinion on the *writer* is drawn against that truth.

# %%
shares = [0.0, 0.25, 0.5, 0.75, 1.0]
curves = {"truth: what reaches the output": [3.0 * (1 - share) for share in shares]}
for share in shares:
    network = planted.model(16, 24, found=5.0, written=3.0, erased=share, device=device)
    for opinion, values in opinions(network, *known).items():
        curves.setdefault(opinion, []).append(values["L0H1"])
ax = plots.lines(
    curves,
    at=shares,
    title="The writer's worth, by how much of it is erased later",
    x="share erased in layer 1",
    y="logits, right - wrong",
)
for line, (style, width) in zip(ax.get_lines(), [("-", 6), ("-", 2), ("--", 2), (":", 3)]):
    line.set(linestyle=style, linewidth=width, alpha=0.3 if width == 6 else 1)
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## Second experiment: a model that nobody wrote
# Now the model trained above. *Right* is the token that followed the last copy of the current one, *wrong* the token
# just before the current one: present in the context too, so that "some token of this sequence" gives no credit.

# %%
period = task.n_ctx // 2
tokens = task.with_period(torch.full((512, 1), period, device=device), generator).tokens
right, wrong = tokens[:, -period], tokens[:, -2]
found = opinions(model, tokens, right, wrong)
layer_of = [int(name[1]) for name in found["ablation"]]
for opinion, ax in zip(("ablation", "direct drop"), plots.row(2, width=5, height=4.2)):
    plots.scatter(
        list(found["direct logit attribution"].values()),
        list(found[opinion].values()),
        title=f"Trained model: attribution against {opinion}",
        x="direct logit attribution (logits)",
        y=f"{opinion} (logits)",
        colour=layer_of,
        colour_label="layer",
        labels=list(found["ablation"]),
        ax=ax,
    )
    low, high = min(ax.get_xlim()[0], ax.get_ylim()[0]), max(ax.get_xlim()[1], ax.get_ylim()[1])
    ax.plot([low, high], [low, high], color="grey", linewidth=1, linestyle="--")
plt.show()
for name in found["ablation"]:
    print(name, "  ".join(f"{opinion} {values[name]:+.2f}" for opinion, values in found.items()))

# %% [markdown]
# One head at a time understates heads that stand in for each other. Silence whole layers:

# %%
_, cache = attribution.run(model, tokens)
mean = attribution.means(model, cache)
whole = attribution.logit_difference(model(tokens), right, wrong).mean().item()
for layer in range(model.cfg.n_layers):
    credit = sum(
        value
        for name, value in found["direct logit attribution"].items()
        if name.startswith(f"L{layer}")
    )
    single = sum(value for name, value in found["ablation"].items() if name.startswith(f"L{layer}"))
    with attribution.heads_replaced(
        model, {head: z for head, z in mean.items() if head[0] == layer}
    ):
        left = attribution.logit_difference(model(tokens), right, wrong).mean().item()
    print(
        f"layer {layer}: attribution credits {credit:+.2f}; single ablations add up to {single:+.2f}; "
        f"all heads ablated at once: {whole - left:+.2f} of {whole:+.2f}"
    )

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - In the first figure each role fails one of the opinions. Write down which opinion you would have believed
#   for each head *before* you look at the weights in `lab/planted.py`; that list is your baseline.
# - Off the diagonal to the upper left: needed, but writes little (a helper). To the lower right: writes, but is not
#   missed: erased later, replaced by another head, or made up for by LayerNorm, which scales up what is left.
#   **A single ablation cannot tell these apart.** The right-hand scatter shows the share of LayerNorm; ablating the
#   suspected partner along with the head shows the other two.
# - The right-hand scatter differs from its diagonal by LayerNorm and by the mean that is subtracted, nothing else.
#   If an explanation of yours needs LayerNorm, it must show there.
# - "Attribution misled me" would be wrong if patching agreed with it: take the head's output from a sequence with
#   another continuation (`attribution.patching_effects`) and see with which of the two opinions it sides.
# - A planted failure proves that the failure is possible, not that it happens. Frequency needs real models:
#   `TransformerBridge.boot_tl_legacy("NeelNanda/GELU_4L512W_C4_Code")`, compatibility mode on, and the same two scatters.
