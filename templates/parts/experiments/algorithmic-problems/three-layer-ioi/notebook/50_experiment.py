# %% [markdown]
# ## The measurement
# GPT-2 small solves this with 26 heads (Wang et al. 2022). The classes that three layers have room for:
#
# | class in GPT-2 small | heads | what identifies it |
# |---|---|---|
# | duplicate token | 0.1, 0.10, 3.0 | the second S attends to the first S |
# | S-inhibition | 7.3, 7.9, 8.6, 8.10 | END attends to the second S; writes what keeps END from attending to S |
# | name mover | 9.9, 9.6, 10.0 | END attends to IO and copies it: positive direct effect |
# | negative name mover | 10.7, 11.10 | END attends to IO and writes against it: negative direct effect |
# | backup name mover | eight heads, 9.0 to 11.9 | a direct effect that grows when the name movers are silenced |
#
# The three attention scores first, on your model, all pairs of names unseen. The **copying score** of a head is the share
# of names whose own logit is the highest among names when the head's OV circuit reads that name's embedding.

# %%
from lab import attention, attribution


def measure(logits: torch.Tensor) -> torch.Tensor:
    """Logit difference IO - S at END: [batch]."""
    return attribution.logit_difference(logits, prompts.io, prompts.subject)


logits, cache = attribution.run(model, prompts.tokens)
corrupted_logits, _ = attribution.run(model, corrupted)
print(f"IO - S: {measure(logits).mean():+.2f}; with a third name instead of the second S: "
      f"{measure(corrupted_logits).mean():+.2f}")  # fmt: skip

s_first, io, s_again = prompts.places.T
rows, end = torch.arange(len(io), device=device), torch.full_like(io, task.n_ctx - 1)
pattern = attention.patterns(model, prompts.tokens)  # [layer, batch, head, query, key]
scores = {
    "duplicate token: S again -> S first": pattern[:, rows, :, s_again, s_first],
    "S-inhibition: END -> S again": pattern[:, rows, :, end, s_again],
    "name mover: END -> IO": pattern[:, rows, :, end, io],
}
scores = {name: attended.mean(0) for name, attended in scores.items()}  # [layer, head]
names = torch.arange(task.n_names, device=device)
copying = torch.tensor(
    [
        [
            (attention.ov_circuit(model, layer, head)[names][:, names].argmax(1) == names)
            .float()
            .mean()
            .item()
            for head in range(model.cfg.n_heads)
        ]
        for layer in range(model.cfg.n_layers)
    ]
)
labels = {
    "x_ticks": [f"head {head}" for head in range(model.cfg.n_heads)],
    "y_ticks": [f"layer {layer}" for layer in range(model.cfg.n_layers)],
}
panels = plots.row(4, width=3.9, height=3)
for panel, (name, score) in zip(panels, [*scores.items(), ("copying score", copying)]):
    plots.heatmap(score.cpu(), title=name, x="", y="", between=(0, 1), ax=panel, **labels)
plt.show()

# %% [markdown]
# ## First experiment: which heads carry the repetition, and where?
# Attention is no evidence of use. Run the sentence with one head's output taken from the corrupted run, at one
# position: at the second S, where a repetition can first be noticed, and at END, where it must have
# arrived. 0: no difference; 1: the logit difference falls as far as if the whole sentence had been corrupted.

# %%
for panel, (place, at) in zip(
    plots.row(2, width=5, height=3), {"S again": s_again, "END": end}.items()
):
    grid = attribution.patching_effects(model, prompts.tokens, corrupted, measure, at)
    plots.heatmap(
        grid.cpu(),
        title=f"Share of IO - S lost, head patched at {place}",
        x="",
        y="",
        centre=0.0,
        ax=panel,
        **labels,
    )
plt.show()

# %% [markdown]
# ## Second experiment: does anything step in?
# Mean-ablate the head with the largest positive direct effect and measure the direct effects of all
# others again. A backup head is one whose effect *grows*; a negative head is below zero to begin with.

# %%
heads = attribution.every_head(model)
before = attribution.direct_effects(model, cache, prompts.io, prompts.subject)
strongest = max(heads, key=lambda head: before[f"L{head[0]}H{head[1]}"].mean())
silent = attribution.means(model, cache)[strongest]
with attribution.heads_replaced(model, {strongest: silent}):
    without_logits, without_cache = model.run_with_cache(prompts.tokens)
after = attribution.direct_effects(model, without_cache, prompts.io, prompts.subject)
ax = plots.row(1, width=9)[0]
places = torch.arange(len(heads))
for shift, (name, effects) in zip((-0.2, 0.2), {"as trained": before, "ablated": after}.items()):
    ax.bar(
        places + shift,
        [effects[f"L{layer}H{head}"].mean().item() for layer, head in heads],
        width=0.4,
        label=name,
    )
ax.axhline(0, color="grey", linewidth=1)
ax.set_xticks(places, [f"L{layer}H{head}" for layer, head in heads])
ax.set(
    title=f"Direct effect on IO - S, before and after L{strongest[0]}H{strongest[1]} is mean-ablated",
    ylabel="logits",
)
ax.legend()
plt.show()
print(f"IO - S: {measure(logits).mean():+.2f}, ablated {measure(without_logits).mean():+.2f}; "
      f"right on {(measure(without_logits) > 0).float().mean():.3f}")  # fmt: skip

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A class needs its attention *and* its effect. END -> IO without a positive direct effect is no name mover;
#   a patching effect at END in a head with next to no direct effect is what an S-inhibition head would show.
# - END -> S again with a *positive* direct effect of its own is something that GPT-2's S-inhibition heads do not
#   have: then that head writes the answer, and the question is who brought IO to that place.
# - The copying score reads bare embeddings. A head that copies what an earlier layer moved to where it looks
#   scores nothing: feed the OV circuit with that layer's output at the place before you call it "not copying".
# - The patched grids have three layers for seven published classes. If one layer is white at both positions,
#   the model does in two layers what the circuit needs three for. **"It has the classes of GPT-2" would be wrong**
#   if that layer's heads could all be mean-ablated and accuracy stayed.
# - Growth after ablation may only be LayerNorm: with a large writer gone the final scale shrinks and every other
#   effect is divided by less. Divide `after` by the ratio of the two scales (`ln_final.hook_scale`) before you say "backup".
# - Everything here is one model trained on one task with no dropout. For GPT-2 itself load `openai-community/gpt2` with
#   `TransformerBridge.boot_transformers`, call `enable_compatibility_mode()`, and run the same three scores on its sentences.
