# %% [markdown]
# ## The measurement
# The repeated name is S, the other one IO. What counts is the **logit difference IO - S at END**: it
# leaves out how the model keeps fillers and absent names down, which is the easy part. Split it by
# order: "say the first name" is right on every BAA and wrong on every ABA, and looks like chance in the mean.

# %%
from lab import attribution

prompts = task.unseen
logits, cache = attribution.run(model, prompts.tokens)
difference = attribution.logit_difference(logits, prompts.io, prompts.subject)
orders = {"BAA (IO first)": prompts.order == 0, "ABA (IO between)": prompts.order == 1}
for name, rows in orders.items():
    print(
        f"{name}: logit difference {difference[rows].mean():+.2f} (standard deviation "
        f"{difference[rows].std():.2f}), right on {(difference[rows] > 0).float().mean():.3f}"
    )

# %% [markdown]
# ## First experiment: who looks at whom?
# Attention from two queries: END, where the answer is said, and the second mention of S, the first place
# where anything can know that a name is repeated. Columns are the roles; "fillers" is their sum.

# %%
rows_of = torch.arange(len(prompts.tokens), device=device)
ROLES = ["START", "S first", "IO", "S again", "fillers", "END"]


def by_role(per_position: torch.Tensor) -> torch.Tensor:
    """Numbers for each position [batch, pos] summed by role: [batch, len(ROLES)]."""
    named = [per_position[:, 0], *per_position.gather(1, prompts.places).T, per_position[:, -1]]
    fillers = per_position.sum(1) - torch.stack(named).sum(0)
    return torch.stack([*named[:4], fillers, named[4]], 1)


heads = attribution.every_head(model)
queries = {"S again": prompts.places[:, 2], "END": torch.full_like(rows_of, task.n_ctx - 1)}
for panel, (order, rows) in zip(
    plots.row(2, width=5.6, height=1.4 + 0.5 * len(heads)), orders.items()
):
    table, names = [], []
    for layer, head in heads:
        for query, place in queries.items():
            pattern = cache[f"blocks.{layer}.attn.hook_pattern"][rows_of, head, place]
            table.append(by_role(pattern)[rows].mean(0))
            names.append(f"L{layer}H{head} from {query}")
    plots.heatmap(
        torch.stack(table).cpu(),
        title=f"Mean attention, {order}",
        x="attended to",
        y="",
        x_ticks=ROLES,
        y_ticks=names,
        between=(0, 1),
        ax=panel,
    )
plt.show()

# %% [markdown]
# ## Second experiment: what does that add to IO - S?
# The residual stream is a sum, so with LayerNorm held at its scale the logit difference is a sum too:
# one term for each head and each position that the head reads from END.

# %%
effects = attribution.direct_effects(model, cache, prompts.io, prompts.subject)
total = torch.stack(list(effects.values())).sum(0)
print(f"largest error of the sum over all terms: {(total - difference).abs().max():.1e}")
by_source = torch.stack(
    [
        by_role(attribution.effects_by_source(model, cache, head, prompts.io, prompts.subject))
        for head in heads
    ]
)  # [head, batch, role]
panels = plots.row(3, width=4.6, height=3.4)
for panel, (order, rows) in zip(panels, orders.items()):
    plots.heatmap(
        by_source[:, rows].mean(1).cpu(),
        title=f"Added to IO - S, by source, {order}",
        x="source",
        y="",
        centre=0.0,
        x_ticks=ROLES,
        y_ticks=[f"L{layer}H{head}" for layer, head in heads],
        ax=panel,
    )
    panel.tick_params("x", rotation=45)
plots.bars(
    {name: effect.mean().item() for name, effect in effects.items()},
    title="Added to IO - S, by component, all prompts",
    y="logits",
    ax=panels[2],
)
panels[2].tick_params("x", rotation=60)
plt.show()

# %% [markdown]
# ## Third experiment: is it small enough?
# The same number of steps for models with less. A one-layer model can still weigh names by their
# place: see how far that gets it before you call a second layer necessary.

# %%
smaller = [(1, 1), (1, 2)] if settings.n_heads == 1 else [(1, settings.n_heads), (2, 1)]
sizes = {f"{model.cfg.n_layers} layers, {model.cfg.n_heads} heads a layer": held_out_accuracy}
for n_layers, n_heads in smaller:
    other = settings.but(n_layers=n_layers, n_heads=n_heads, steps=history.steps[-1])
    reached = train(build_model(task, other, device), task, other).held_out_accuracy[-1]
    sizes[f"{n_layers} layer{'s' * (n_layers > 1)}, {n_heads} heads a layer"] = reached
plots.bars(
    sizes,
    chance=task.chance,
    title=f"Held-out accuracy after {history.steps[-1]} steps",
    y="accuracy",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - GPT-2 small, on the full sentence, marks the repeated name at its second mention, keeps END from
#   attending to it, and copies what END attends to: three steps. Name the rows of the first figure that
#   could be each step. A row that stays uniform in both orders is none of them.
# - Positive at "IO" is a copying term, **negative at the two S columns is a suppressing one**. Both make the
#   answer right, and they are different algorithms. A positive term at a place where IO does not stand asks
#   for an explanation of its own: what was written there, and by whom? Large terms that cancel are still being used.
# - A copying story would be wrong if the head's OV circuit did not copy: LayerNorm set aside,
#   `model.W_E @ W_V @ W_O @ W_U` of that head, names only, should have its diagonal well above the rest of each row.
# - A duplicate-detecting story would be wrong if END gave the right answer with the layer-0 head's output
#   at "S again" replaced by its mean: `attribution.heads_replaced(model, {(0, 0): mean}, prompts.places[:, 2])`.
# - A small model that is still climbing when it is stopped is not too small. Give it ten times the steps, two seeds.
# - `settings.but(subject_last=False)` adds the order AAB. A rule that uses "the last name is S" breaks there.
