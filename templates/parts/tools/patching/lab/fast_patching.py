"""Attribution patching: every head at once from one gradient, and how far that is from patching.

To first order a patch moves the logit difference by its gradient times the change of the activation
(Nanda 2023; Syed et al. 2023, arXiv 2310.10348). Where attention or a saturated LayerNorm makes the
logits curved, the two differ: `heads_checked` patches the largest for real.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.attribution import Head, every_head
from lab.pairs import Pairs
from lab.patching import ROWS, Hook


class Checked(NamedTuple):
    """Effects [layer, head] by gradient, and by patching where that was done (nan elsewhere)."""

    gradient: Tensor
    real: Tensor
    summary: str


def heads_by_gradient(
    model: TransformerBridge,
    pairs: Pairs,
    place: str | None = None,
    *,
    noising: bool = False,
    rows: int = ROWS,
) -> Tensor:
    """Approximate effect of each head's output at one place, or everywhere: [layer, head].

    In the units of `patching.heads`, from two forward passes and one backward pass.
    """
    where = patching.at(pairs, place)
    moved = []
    for start in range(0, len(pairs), rows):
        index = slice(start, start + rows)
        moved.append(_first_order(model, pairs.rows(index), where[index], noising))
    ends = patching.both_ends(model, pairs, noising=noising, rows=rows)
    return patching.normalised(ends.base + torch.cat(moved, -1), ends)


def heads_checked(
    model: TransformerBridge,
    pairs: Pairs,
    top: int = 20,
    place: str | None = None,
    *,
    drawn: int = 5,
    noising: bool = False,
    rows: int = ROWS,
) -> Checked:
    """Gradients for all heads; real patching for the `top` largest and for some drawn at random.

    Prints how far the two differ. What is drawn from the rest shows what gradients overlook.
    """
    gradient = heads_by_gradient(model, pairs, place, noising=noising, rows=rows)
    everything = every_head(model)
    order = gradient.abs().flatten().argsort(descending=True).tolist()
    rest = torch.randperm(len(order[top:]), generator=torch.Generator().manual_seed(0))[:drawn]
    chosen = [everything[i] for i in order[:top]]
    others = [everything[order[top:][i]] for i in rest]
    patches = [patching.head_patch(model, pairs, [head], place) for head in chosen + others]
    found = patching.effects(model, pairs, patches, noising=noising, rows=rows)
    real = torch.full_like(gradient, torch.nan)
    for (layer, head), effect in zip(chosen + others, found, strict=True):
        real[layer, head] = effect
    said = _compare(gradient, real, chosen, others)
    print(said)
    return Checked(gradient, real, said)


def _first_order(model: TransformerBridge, pairs: Pairs, where: Tensor, noising: bool) -> Tensor:
    """Gradient times change of each head's output, summed over the positions: [layer, head, pair]."""
    names = [patching.z_hook(layer) for layer in range(model.cfg.n_layers)]
    base, other = (
        patching.activations(model, patching.base_tokens(pairs, one), names)
        for one in (noising, not noising)
    )
    # Gradients are taken at a zero that is added, so that frozen weights do not matter.
    zeros = {name: torch.zeros_like(base[name], requires_grad=True) for name in names}

    def add(zero: Tensor) -> Hook:
        return lambda z, hook: z + zero

    with torch.enable_grad():
        logits = model.run_with_hooks(
            patching.base_tokens(pairs, noising),
            fwd_hooks=[(name, add(zero)) for name, zero in zeros.items()],
        )
        gradients = torch.autograd.grad(pairs.difference(logits).sum(), list(zeros.values()))
    moved = [
        (gradient * (other[name] - base[name])).sum(-1).masked_fill(~where[..., None], 0).sum(1).T
        for name, gradient in zip(names, gradients, strict=True)
    ]
    return torch.stack(moved).float().cpu()


def _compare(gradient: Tensor, real: Tensor, chosen: list[Head], others: list[Head]) -> str:
    """One line on how far gradients and patching are apart."""

    def name(head: Head) -> str:
        return f"L{head[0]}H{head[1]}"

    far = max(chosen, key=lambda head: float((gradient[head] - real[head]).abs()))
    turned = sum(bool(gradient[head] * real[head] < 0) for head in chosen)
    line = (
        f"{len(chosen)} largest heads by gradient: at most {(gradient[far] - real[far]).abs():.3f} "
        f"from real patching ({name(far)}: {gradient[far]:.3f} against {real[far]:.3f}), "
        f"{turned} of other sign"
    )
    if others:
        missed = max(others, key=lambda head: float(real[head].abs()))
        line += (
            f"; {len(others)} drawn from the rest: at most {real[missed].abs():.3f} "
            f"({name(missed)}, by gradient {gradient[missed]:.3f})"
        )
    return line
