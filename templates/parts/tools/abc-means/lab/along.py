"""What components write along a direction that something later reads, before and after an edit.

The direction is the slope of what is read, with the scale of the reader's LayerNorm as it was. What is
read is then a sum over components, and a term changes if that component's own output does.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.pairs import END, Pairs
from lab.patching import Hook

Hooks = Sequence[tuple[str, Hook]]


class Written(NamedTuple):
    """What components write at the end along each prompt's own direction."""

    heads: Tensor  # [pair, layer, head]
    mlps: Tensor  # [pair, layer]


def slope(
    model: TransformerBridge,
    pairs: Pairs,
    stream: str,
    scale: str,
    measure: Callable[[Tensor], Tensor],
    seen: str | None = None,
) -> Tensor:
    """How the measure changes with the residual stream at the end, on clean prompts: [pair, d_model].

    `stream` names the hook of that stream, `scale` the LayerNorm scale that is held still. `measure`
    takes the activation `seen`, or the logits, to one number a prompt.
    """
    kept: list[Tensor] = []
    rows = torch.arange(len(pairs), device=pairs.clean.device)
    zero = torch.zeros(len(pairs), model.cfg.d_model, device=pairs.clean.device)
    zero = zero.to(model.W_U.dtype).requires_grad_()

    def add(value: Tensor, hook: object) -> Tensor:
        moved = value.clone()
        moved[rows, pairs.places[END]] = moved[rows, pairs.places[END]] + zero
        return moved

    def still(value: Tensor, hook: object) -> Tensor:
        return value.detach()

    def keep(value: Tensor, hook: object) -> Tensor:
        kept.append(value)
        return value

    hooks: list[tuple[str, Hook]] = [(stream, add)]
    hooks += [(scale, still)] if scale in model.hook_dict else []
    hooks += [(seen, keep)] if seen else []
    with torch.enable_grad(), model.hooks(fwd_hooks=hooks):
        logits = model(pairs.clean)
        return torch.autograd.grad(measure(kept[0] if seen else logits).sum(), zero)[0].detach()


def written(
    model: TransformerBridge,
    tokens: Tensor,
    pairs: Pairs,
    toward: Tensor,
    n_layers: int,
    hooks: Hooks = (),
) -> Written:
    """What every head and MLP of the first layers writes at the end along `toward` [pair, d_model]."""
    zs = [patching.z_hook(layer) for layer in range(n_layers)]
    mlps = [f"blocks.{layer}.hook_mlp_out" for layer in range(n_layers)]
    mlps = [name for name in mlps if name in model.hook_dict]
    with model.hooks(fwd_hooks=list(hooks)):
        values = patching.activations(model, tokens, zs + mlps)
    rows, end = torch.arange(len(pairs), device=tokens.device), pairs.places[END]
    with torch.no_grad():
        heads = [
            torch.einsum("bhd,hdm,bm->bh", values[name][rows, end], block.attn.W_O, toward)
            for name, block in zip(zs, model.blocks, strict=False)
        ]
        by_mlp = [(values[name][rows, end] * toward).sum(-1) for name in mlps]
    nothing = torch.zeros(len(pairs), 0, device=tokens.device)
    return Written(
        torch.stack(heads, 1).float().cpu(),
        (torch.stack(by_mlp, 1) if by_mlp else nothing).float().cpu(),
    )
