# %% [markdown]
# ## The measurement
# Each head gets two scores. The **previous-token score** is the mean attention one position back. The
# **induction score** is the mean attention to the token *after* the last copy of the current one. Both
# are measured at periods that training never used: a head that only learned a distance fails there.

# %%
from lab import attention
from lab.data import IGNORE

least, most = task.periods
unseen = [
    period for period in (least - 3, least - 2, most + 2, most + 4) if period < task.n_ctx - 4
]
generator = torch.Generator(device).manual_seed(settings.seed + 1)


def accuracy_at(period: int, heads: list[tuple[int, int]]) -> float:
    """Accuracy on 256 fresh sequences of one period, with some heads set to zero."""
    batch = task.with_period(torch.full((256, 1), period, device=device), generator)
    asked = batch.targets != IGNORE
    guess = attention.without_heads(model, batch.tokens, heads).argmax(-1)
    return (guess == batch.targets)[asked].float().mean().item()


at_period = {
    f"{period}{' (unseen)' if period in unseen else ''}": accuracy_at(period, [])
    for period in sorted([*unseen, least, (least + most) // 2, most])
}
plots.bars(
    at_period,
    chance=task.chance,
    title="Accuracy by period of the repetition",
    x="period",
    y="accuracy",
)
plt.show()

# %% [markdown]
# ## First experiment: which heads are they?

# %%
probe = task.with_period(torch.full((256, 1), task.n_ctx // 2, device=device), generator)
pattern = attention.patterns(model, probe.tokens)
previous = attention.previous_token_score(pattern).cpu()
induction = attention.induction_score(pattern, period=task.n_ctx // 2).cpu()
layers = [f"layer {layer}" for layer in range(model.cfg.n_layers)]
heads = [f"head {head}" for head in range(model.cfg.n_heads)]
left, right = plots.row(2, width=5)
plots.heatmap(
    previous, title="Previous-token score", x="", y="", x_ticks=heads, y_ticks=layers, ax=left
)
plots.heatmap(
    induction, title="Induction score", x="", y="", x_ticks=heads, y_ticks=layers, ax=right
)
plt.show()

# %% [markdown]
# Look at the attention itself: one sequence, the best head of each kind. A previous-token head is a
# stripe just below the diagonal; an induction head is a stripe one period back, shifted by one, that
# begins only where the repetition does.

# %%
drawn = plots.row(2, width=5, height=4.4)
for score, name, ax in [(previous, "previous-token", drawn[0]), (induction, "induction", drawn[1])]:
    layer, head = divmod(int(score.argmax()), model.cfg.n_heads)
    plots.heatmap(
        pattern[layer, 0, head].cpu(),
        ax=ax,
        title=f"L{layer}H{head}, best {name} score {score.max():.2f}",
        x="key position",
        y="query position",
    )
plt.show()

# %% [markdown]
# A pattern is not a cause. Set heads to zero, one at a time and a layer at a time, and measure again.

# %%
middle = (least + most) // 2
every_head = [
    (layer, head) for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)
]
ablated = {"none": accuracy_at(middle, [])}
ablated |= {f"L{layer}H{head}": accuracy_at(middle, [(layer, head)]) for layer, head in every_head}
ablated |= {
    f"all of layer {layer}": accuracy_at(middle, [one for one in every_head if one[0] == layer])
    for layer in range(model.cfg.n_layers)
}
plots.bars(ablated, chance=task.chance, title="Accuracy without ...", y="accuracy")
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - High previous-token scores in layer 0 and high induction scores in layer 1 *fit* the two-step circuit
#   (layer 0 writes "what came before me" into each position, layer 1 uses that as its key). They do not show it.
# - If no single ablation hurts but a whole layer does, the heads of that layer stand in for each other:
#   then a claim about one head says nothing until its partners are silenced with it.
# - **The circuit story would be wrong** if an induction head kept its pattern after the previous-token
#   heads are zeroed. That is the next experiment: zero them with `model.hooks(...)` and measure the
#   induction score again, not the accuracy.
# - Or if a *one-layer* model of the same width (`settings.but(n_layers=1)`) reached the same accuracy:
#   without a second layer there is nothing to compose.
# - High accuracy only at the trained periods means that distance, not content, is what the heads learned.
