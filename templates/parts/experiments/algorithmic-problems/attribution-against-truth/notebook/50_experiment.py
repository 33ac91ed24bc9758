# %% [markdown]
# ## Second experiment: a model that nobody wrote
# The same three opinions on the model trained above. *Right* is what followed the current token before, *wrong* is
# the token just before the current one. Both are in the context, about as often, so copying just anything earns hardly
# any credit. Lists are shorter than any in training: the first line says whether the model can still do it.

# %%
# no control: the yardstick is the model by hand; an untrained one has nothing to credit
asked = measurement.questions(task, 2048, generator)
with torch.no_grad():
    right_said = (model(asked[0])[:, -1].argmax(-1) == asked[1]).float().mean().item()
print(f"said right on these {len(asked[0])} prompts: {right_said:.3f}")
found = measurement.opinions(model, *asked)
panels = plots.row(2, width=5.4, height=4.4)
for (x, y), ax in zip((("direct drop", "ablation"), ("attribution", "direct drop")), panels):
    for layer in range(model.cfg.n_layers):
        ax.plot(found[x][layer].tolist(), found[y][layer].tolist(), "o", label=f"layer {layer}")
    ax.axline((0, 0), slope=1, color="grey", linestyle="--", linewidth=1)
    ax.set(title=f"Each head: {y} against {x}", xlabel=f"{x} (logits)", ylabel=f"{y} (logits)")
panels[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# ## Third experiment: a whole layer at once
# Add up what single heads are worth, and compare with what is lost when all heads of a layer are replaced
# together. Opinions that are right about single heads need not add up. The controls are the two models by hand, in which
# the eraser takes back all that the writer wrote.

# %%
layers = [f"layer {layer}" for layer in range(model.cfg.n_layers)]
networks = {
    "trained": (model, asked),
    "by hand, without LayerNorm": (by_hand(), known),
    "by hand, with LayerNorm": (by_hand(layer_norm=True), known),
}
panels = plots.row(3, width=4.6)
for (name, (network, prompts)), ax in zip(networks.items(), panels):
    judged = measurement.opinions(network, *prompts)
    added = {f"{kind}, added up": judged[kind].sum(1).tolist() for kind in measurement.OPINIONS}
    at_once = measurement.layers_at_once(network, *prompts).tolist()
    side_by_side(added | {"ablation, all at once": at_once}, layers, name, ax)
share = (found["ablation"][1].sum() / found["attribution"][1].sum()).item()
print(f"layer 1: single ablations add up to {share:.2f} of what attribution credits")
lines, labels = panels[0].get_legend_handles_labels()
panels[0].figure.legend(lines, labels, loc="outside lower center", ncols=4, fontsize=8)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Direct drop near 0, ablation not**: what comes later does worse without this head (the helper).
#   (`test_ablation_without_direct_drop_says_that_later_heads_need_it`)
# - **Ablation near 0, direct drop not**: something later undoes it (the erased writer), or steps in when it is gone.
#   The eraser has an attribution of the opposite sign; a backup has none while it is idle.
#   (`test_direct_drop_without_ablation_is_an_eraser_or_a_backup_told_by_attribution`)
# - **In the last layer these two are one number**, since nothing comes later. There a gap cannot show.
#   (`test_in_the_last_layer_direct_drop_and_ablation_are_one`)
# - **Direct drop nearer to 0 than attribution**: the final LayerNorm makes up for the head, or the head writes the same on
#   every prompt. (`test_a_direct_drop_below_attribution_says_layer_norm_or_the_same_on_every_prompt`)
# - **Single ablations that add up to less than all at once** need no head that reacts to a missing one: LayerNorm
#   alone hides the finder behind its twin. (`test_layer_norm_alone_can_hide_heads_from_single_ablations`)
# - Which cause is it in the trained model? What remains if `ln_final.hook_scale` is frozen while a head is ablated?
# - All three opinions call the eraser harmful. What would the model say without writer *and* eraser?
# - With which opinion does patching from a matched prompt side (`attribution.patching_effects`)?
