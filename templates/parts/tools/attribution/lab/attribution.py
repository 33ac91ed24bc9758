"""Who writes the logits, and who is needed for them: direct logit attribution, ablation, patching.

Direct logit attribution splits a logit difference into the terms that each component writes into the
last residual stream (the residual stream is a sum: A Mathematical Framework for Transformer Circuits,
Elhage et al. 2021). LayerNorm is kept at the scale of the unchanged run, which makes the split exact
but hides what a component does to that scale.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from transformer_lens import ActivationCache, TransformerBridge

Head = tuple[int, int]  # layer, head


def every_head(model: TransformerBridge) -> list[Head]:
    """All (layer, head) pairs, layer by layer."""
    return [
        (layer, head) for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)
    ]


def logit_difference(
    logits: Tensor, right: Tensor, wrong: Tensor, position: int | Tensor = -1
) -> Tensor:
    """Logit of `right` minus logit of `wrong`, both [batch], at one position: [batch]."""
    rows = torch.arange(len(logits), device=logits.device)
    here = logits[rows, position]
    return here[rows, right] - here[rows, wrong]


def run(model: TransformerBridge, tokens: Tensor) -> tuple[Tensor, ActivationCache]:
    """Logits and every activation, without gradients."""
    with torch.no_grad():
        logits, cache = model.run_with_cache(tokens)
    return logits, cache


def components(
    model: TransformerBridge, cache: ActivationCache, position: int | Tensor | None = None
) -> dict[str, Tensor]:
    """Everything that is written into the residual stream, by name: each [batch, pos, d_model], or
    [batch, d_model] with a `position` (one for all prompts, or [batch]).

    The parts add up to the input of the final LayerNorm. Heads are "L0H1"; the output bias of a
    layer's attention, which belongs to no head, is "L0 bias"; an MLP, bias included, is "MLP0".
    RuntimeError where they do not add up, as in models that normalise what a layer writes.
    """

    def at(name: str) -> Tensor:
        value = _wide(cache[name])
        if position is None:
            return value
        return value[torch.arange(len(value), device=value.device), position]

    parts = {"embed": at("hook_embed")}
    if "hook_pos_embed" in cache:  # rotary models turn queries and keys instead
        parts["pos_embed"] = at("hook_pos_embed")
    for layer, block in enumerate(model.blocks):
        z = at(f"blocks.{layer}.attn.hook_z")
        weights = _wide(block.attn.W_O)
        for head in range(model.cfg.n_heads):
            parts[f"L{layer}H{head}"] = z[..., head, :] @ weights[head]
        parts[f"L{layer} bias"] = _bias(block.attn, "b_O", parts["embed"])
        if f"blocks.{layer}.hook_mlp_out" in cache:
            parts[f"MLP{layer}"] = at(f"blocks.{layer}.hook_mlp_out")
    precise = cache["ln_final.hook_in"].dtype in (torch.float32, torch.float64)
    _agree(sum(parts.values()), at("ln_final.hook_in"), "its components add up to", precise)
    return parts


def direct_effects(
    model: TransformerBridge,
    cache: ActivationCache,
    right: Tensor,
    wrong: Tensor,
    position: int | Tensor = -1,
) -> dict[str, Tensor]:
    """What each component writes directly into the logit difference at a position: [batch] each.

    The effects, with those of the biases of the final LayerNorm ("ln_final bias") and of the
    unembedding ("unembed bias", where it has one), add up to it exactly. RuntimeError where they do
    not. The weights are taken as they are: compatibility mode is not needed.
    """
    rows = torch.arange(len(right), device=right.device)
    residual = cache["ln_final.hook_in"][rows, position]
    direction, constant, scale = _readout(model, residual, right, wrong)
    effects = {
        name: (part * direction).sum(-1) / scale
        for name, part in components(model, cache, position).items()
    } | {"ln_final bias": constant}
    unembed = _bias(model, "b_U", model.W_U[0])
    if unembed.any():
        effects["unembed bias"] = unembed[right] - unembed[wrong]
    if "unembed.hook_out" in cache:
        logits = cache["unembed.hook_out"]
        whole = logit_difference(_wide(logits), right, wrong, position)
        # a difference of large logits is known only as well as they are
        size = logits[rows, position].abs().max()
        precise = logits.dtype in (torch.float32, torch.float64)
        _agree(sum(effects.values()), whole, "the direct effects add up to", precise, size)
    return effects


def direct_drops(
    model: TransformerBridge,
    cache: ActivationCache,
    right: Tensor,
    wrong: Tensor,
    position: int | Tensor = -1,
) -> dict[str, Tensor]:
    """How far the logit difference falls when a component's mean replaces it in the last residual
    stream only, everything else as it was: [batch] each.

    Unlike `direct_effects` the scale of the final LayerNorm is computed anew; like it, what the
    component does to other components is left out.
    """
    rows = torch.arange(len(right), device=right.device)
    residual = cache["ln_final.hook_in"][rows, position]

    def difference(residual: Tensor) -> Tensor:
        direction, constant, scale = _readout(model, residual, right, wrong)
        return (residual * direction).sum(-1) / scale + constant

    whole = difference(residual)
    return {
        name: whole - difference(residual - part + part.mean(0))
        for name, part in components(model, cache, position).items()
    }


def effects_by_source(
    model: TransformerBridge,
    cache: ActivationCache,
    head: Head,
    right: Tensor,
    wrong: Tensor,
    position: int = -1,
) -> Tensor:
    """A head's direct effect on the logit difference split by the position it reads from: [batch, pos].

    The term of a source is attention to it times what its value writes. They add up to the head's
    entry in `direct_effects`. Heads that share their values (grouped queries) read the same ones.
    """
    direction, _, scale = _readout(model, cache["ln_final.hook_in"][:, position], right, wrong)
    layer, index = head
    values = _wide(cache[f"blocks.{layer}.attn.hook_v"])  # [batch, pos, key head, d_head]
    values = values[:, :, index * values.shape[2] // model.cfg.n_heads]
    attention = cache[f"blocks.{layer}.attn.hook_pattern"][:, index, position]  # [batch, pos]
    written = values @ _wide(model.blocks[layer].attn.W_O[index])
    return attention * torch.einsum("bpm,bm->bp", written, direction) / scale[:, None]


@contextmanager
def heads_replaced(
    model: TransformerBridge, heads: dict[Head, Tensor], position: int | Tensor | None = None
) -> Iterator[None]:
    """While this is open, `hook_z` of these heads is the given value.

    A value broadcasts over [batch, pos, d_head], or over [batch, d_head] with a `position` (one for
    all prompts, or [batch]), where only that position is replaced.
    """

    def replace(head: int, value: Tensor) -> Callable[[Tensor, object], Tensor]:
        def hook(z: Tensor, hook: object) -> Tensor:
            changed = z.clone()
            if position is None:
                changed[:, :, head] = value
            else:
                changed[torch.arange(len(z), device=z.device), position, head] = value
            return changed

        return hook

    hooks = [
        (f"blocks.{layer}.attn.hook_z", replace(head, value))
        for (layer, head), value in heads.items()
    ]
    with torch.no_grad(), model.hooks(fwd_hooks=hooks):
        yield


def means(model: TransformerBridge, cache: ActivationCache) -> dict[Head, Tensor]:
    """The mean output of every head, before W_O, over the prompts of a cache: [pos, d_head] each."""
    return {
        (layer, head): cache[f"blocks.{layer}.attn.hook_z"][:, :, head].mean(0)
        for layer, head in every_head(model)
    }


def ablation_effects(
    model: TransformerBridge,
    tokens: Tensor,
    measure: Callable[[Tensor], Tensor],
    *,
    to_zero: bool = False,
) -> Tensor:
    """How far a measurement of the logits falls when a head is replaced by its mean: [layer, head].

    `measure` gives one number a prompt, [batch]. The mean is taken over these prompts, position by
    position; `to_zero` replaces by zero instead. Positive: the head was needed.
    """
    logits, cache = run(model, tokens)
    whole = measure(logits).mean()
    drops = []
    for head, mean in means(model, cache).items():
        with heads_replaced(model, {head: torch.zeros_like(mean) if to_zero else mean}):
            drops.append(whole - measure(model(tokens)).mean())
    return torch.stack(drops).view(model.cfg.n_layers, model.cfg.n_heads)


def patching_effects(
    model: TransformerBridge,
    clean: Tensor,
    corrupted: Tensor,
    measure: Callable[[Tensor], Tensor],
    position: int | Tensor,
) -> Tensor:
    """Which heads carry, at one position, what a corruption changes: [layer, head].

    The clean prompts run with one head's `hook_z` at that position taken from the corrupted ones.
    0: nothing changes; 1: the measurement falls as far as in the corrupted run; below 0: it rises.
    """
    clean_logits, _ = run(model, clean)
    corrupted_logits, cache = run(model, corrupted)
    high, low = measure(clean_logits).mean(), measure(corrupted_logits).mean()
    rows = torch.arange(len(clean), device=clean.device)
    moved = []
    for layer, head in every_head(model):
        z = cache[f"blocks.{layer}.attn.hook_z"][rows, position, head]
        with heads_replaced(model, {(layer, head): z}, position):
            moved.append((high - measure(model(clean)).mean()) / (high - low))
    return torch.stack(moved).view(model.cfg.n_layers, model.cfg.n_heads)


def _readout(
    model: TransformerBridge, residual: Tensor, right: Tensor, wrong: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """For last residual streams [batch, d_model]: the direction [batch, d_model] that is the logit
    difference, what is added to it [batch], and the scale of the final LayerNorm [batch]."""
    residual = _wide(residual)
    direction = _wide(model.W_U[:, right]).T - _wide(model.W_U[:, wrong]).T
    if model.cfg.normalization_type is None:
        return direction, torch.zeros_like(residual[:, 0]), torch.ones_like(residual[:, 0])
    constant = (direction * _bias(model.ln_final, "bias", direction)).sum(-1)
    direction = direction * _wide(model.ln_final.weight)
    if model.cfg.normalization_type.startswith("RMS"):
        return direction, constant, (residual.pow(2).mean(-1) + model.cfg.eps).sqrt()
    direction = direction - direction.mean(-1, keepdim=True)  # LayerNorm takes the mean away
    scale = (residual.var(-1, unbiased=False) + model.cfg.eps).sqrt()
    return direction, constant, scale


def _wide(value: Tensor) -> Tensor:
    """A tensor without its gradient, in 32 bits at least: sums of many 16-bit parts drift."""
    return value.detach().to(torch.promote_types(value.dtype, torch.float32))


def _bias(module: torch.nn.Module, name: str, like: Tensor) -> Tensor:
    """A bias, expanded to a shape: zeros where the model has none (TransformerLens then raises, or
    gives None)."""
    bias = getattr(module, name, None)
    return torch.zeros_like(like) if bias is None else bias.detach().to(like).expand_as(like)


def _agree(
    total: Tensor, whole: Tensor, what: str, precise: bool, size: Tensor | None = None
) -> None:
    """RuntimeError if a sum of parts is not the whole, within the precision of the model's numbers."""
    allowed = 2e-4 if precise else 5e-2
    gap = (total - whole).abs().max()
    if gap > allowed * (whole.abs().max() if size is None else size).clamp(min=1):
        raise RuntimeError(
            f"{what} something else than the model computes (off by {gap:.3g}): "
            "this model is not a sum of embedding, heads and MLPs read through one LayerNorm"
        )
