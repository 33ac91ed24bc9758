"""The published classes of heads, looked for in a model of IOI: attention scores, copying, and what steps in when a head is taken out."""

import torch
from torch import Tensor
from transformer_lens import ActivationCache, TransformerBridge

from lab import attention, attribution, roles
from lab.ioi import Prompts

SCORES = {  # name: from, to
    "duplicate token": ("S again", "S first"),
    "S-inhibition": ("END", "S again"),
    "name mover": ("END", "IO"),
}


def scores(model: TransformerBridge, prompts: Prompts) -> dict[str, Tensor]:
    """Mean attention of each head along the path of each class: [layer, head]."""
    looked = {query: roles.attention(model, prompts, query).mean(2) for query in ("S again", "END")}
    return {
        name: looked[query][..., roles.PLACES.index(key)] for name, (query, key) in SCORES.items()
    }


def copying(model: TransformerBridge, n_names: int) -> Tensor:
    """The share of names whose own logit is the highest among names when a head's OV circuit reads their
    embedding: [layer, head]. LayerNorm and what earlier layers moved there are left out."""
    names = torch.arange(n_names, device=model.W_E.device)
    found = [
        (attention.ov_circuit(model, *head)[:n_names, :n_names].argmax(1) == names).float().mean()
        for head in attribution.every_head(model)
    ]
    return torch.stack(found).view(model.cfg.n_layers, model.cfg.n_heads)


def effects(
    model: TransformerBridge, cache: ActivationCache, prompts: Prompts, scale: Tensor | None = None
) -> Tensor:
    """The mean direct effect of each head on IO - S: [layer, head]; with a `scale` [batch] of the final
    LayerNorm kept, instead of that of this run."""
    found = attribution.direct_effects(model, cache, prompts.io, prompts.subject)
    own = final_scale(model, cache)
    ratio = torch.ones_like(own) if scale is None else own / scale
    heads = [
        (found[f"L{layer}H{head}"] * ratio).mean() for layer, head in attribution.every_head(model)
    ]
    return torch.stack(heads).view(model.cfg.n_layers, model.cfg.n_heads)


def final_scale(model: TransformerBridge, cache: ActivationCache) -> Tensor:
    """What the final LayerNorm divides the last residual stream by, [batch]; 1 without LayerNorm."""
    last = cache["ln_final.hook_in"][:, -1]
    if model.cfg.normalization_type is None:
        return torch.ones_like(last[:, 0])
    return (last.var(-1, unbiased=False) + model.cfg.eps).sqrt()


def reactions(model: TransformerBridge, prompts: Prompts) -> Tensor:
    """How far the direct effect of each head on IO - S moves when one head before the last layer is
    replaced by its mean: [ablated head, layer * head], in logits.

    The scale of the final LayerNorm is kept, since a smaller one would make all effects grow.
    Heads that cannot react, in the same layer or before, are nan.
    """
    _, cache = attribution.run(model, prompts.tokens)
    scale, before = final_scale(model, cache), effects(model, cache, prompts)
    moved = []
    for (layer, head), mean in attribution.means(model, cache).items():
        if layer == model.cfg.n_layers - 1:
            break
        with attribution.heads_replaced(model, {(layer, head): mean}):
            _, without = model.run_with_cache(prompts.tokens)
        change = effects(model, without, prompts, scale) - before
        change[: layer + 1] = torch.nan
        moved.append(change.flatten())
    return torch.stack(moved)


def reactions_to_noise(
    model: TransformerBridge, prompts: Prompts, layer: int, draws: int = 4
) -> Tensor:
    """The same for a change of no meaning: [draw, layer * head].

    It is what taking out a head of this layer (each in turn) changes in the stream, prompt by prompt and
    place by place, turned into random directions: the same turn for all, so that it does not average out.
    """
    _, cache = attribution.run(model, prompts.tokens)
    scale, before = final_scale(model, cache), effects(model, cache, prompts)
    z = cache[f"blocks.{layer}.attn.hook_z"]  # [batch, pos, head, d_head]
    w_o = model.W_O[layer].detach()  # [head, d_head, d_model]
    change = torch.einsum("bphd,hdm->bphm", z.mean(0) - z, w_o)
    seeded = torch.Generator().manual_seed(0)
    moved = []
    for draw in range(draws):
        turn, _ = torch.linalg.qr(torch.randn(2 * [model.cfg.d_model], generator=seeded))
        added = change[:, :, draw % model.cfg.n_heads] @ turn.to(z.device)
        # carried by the layer's heads, so that the stream stays the sum of what heads write
        carried = (added @ torch.linalg.pinv(w_o.flatten(0, 1))).unflatten(-1, w_o.shape[:2])
        hook = (f"blocks.{layer}.attn.hook_z", lambda z, hook, carried=carried: z + carried)
        with torch.no_grad(), model.hooks(fwd_hooks=[hook]):
            _, noisy = model.run_with_cache(prompts.tokens)
        reacted = effects(model, noisy, prompts, scale) - before
        reacted[: layer + 1] = torch.nan
        moved.append(reacted.flatten())
    return torch.stack(moved)
