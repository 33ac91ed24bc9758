# %% [markdown]
# ## Three opinions, and heads whose worth is known
# What is a head worth? Three answers, all in logits of *right minus wrong* at the last position:
#
# - **attribution** (direct logit attribution): what the head writes straight into that difference, with
#   LayerNorm's scale as it was;
# - **direct drop**: what is lost when the head's mean over prompts replaces it in the last residual stream
#   only. LayerNorm's scale is computed anew, other heads notice nothing;
# - **ablation**: what is lost when the mean replaces the head and everything after it runs again.
#
# In a trained model nobody knows which one is right. So begin with one whose weights were written by hand
# (`lab/planted.py`), which needs no training. There the truth is known, so it is the opinions that are on trial.

# %%
from lab import measurement, planted

generator = torch.Generator(device).manual_seed(settings.seed)
known = planted.prompts(256, n_tokens=16, period=10, generator=generator)


def by_hand(**parts):
    """The hand-written model for these prompts."""
    usual = {"found": 6.0, "twin": 6.0, "written": 3.0, "erased": 1.0}
    return planted.model(16, 24, **usual | parts, device=device)


def side_by_side(values, names, title, ax):
    """Bars of several named lists of logits, side by side."""
    width = 0.8 / len(values)
    for i, (label, heights) in enumerate(values.items()):
        ax.bar([at + i * width for at in range(len(names))], heights, width=width, label=label)
    ax.axhline(0, color="grey", linewidth=1)
    ax.set_xticks([at + 0.4 - width / 2 for at in range(len(names))], names, fontsize=8)
    ax.set(title=title, ylabel="logits, right - wrong")


roles = [f"L{la}H{he}\n{role}" for (la, he), role in planted.ROLES.items()]
panels = plots.row(2, width=6.4)
for layer_norm, ax in zip((False, True), panels):
    judged = measurement.opinions(by_hand(layer_norm=layer_norm), *known)
    side_by_side(
        {name: judged[name].flatten().tolist() for name in measurement.OPINIONS},
        roles,
        f"The same six heads {'with' if layer_norm else 'without'} LayerNorm",
        ax,
    )
panels[0].legend(fontsize=8)
panels[1].set_ylim(panels[0].get_ylim())
plt.show()

# %% [markdown]
# ## First experiment: erase more and more
# The writer always writes 3 logits, and the eraser takes back a share of them. What is left is known, and so is what each
# opinion will say: you can work it out from the three definitions before you run the cell.

# %%
# control: the planted truth
shares = [0.0, 0.25, 0.5, 0.75, 1.0]
curves = {name: [] for name in measurement.OPINIONS}
for share in shares:
    judged = measurement.opinions(by_hand(erased=share), *known)
    for name in curves:
        curves[name].append(judged[name][planted.WRITER].item())
ax = plots.lines(
    {"truth: what is left of it": [3.0 * (1 - share) for share in shares]} | curves,
    at=shares,
    title="The writer's worth, by how much of it is erased later",
    x="share erased in layer 1",
    y="logits, right - wrong",
)
for line, (style, width) in zip(ax.get_lines(), [("-", 7), ("-", 2), ("--", 2), (":", 3)]):
    line.set(linestyle=style, linewidth=width, alpha=0.3 if width == 7 else 1)
ax.legend(fontsize=8)
plt.show()
