"""What a model does without some of its parts: heads, MLPs, neurons, or a direction.

Zero is seldom what a part puts out, so that setting it to zero also breaks what relies on its usual
output. The mean and a resampled output leave that in place (Chan et al. 2022, causal scrubbing).
"""

from collections.abc import Sequence
from types import EllipsisType
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.patching import Hook

HOW = ("zero", "mean", "resample")


class Part(NamedTuple):
    """What is taken away: an index into the activation [batch, pos, ...] at a hook."""

    hook: str
    where: tuple[int | slice | EllipsisType, ...]


def head(layer: int, number: int) -> Part:
    """One attention head."""
    return Part(patching.z_hook(layer), (..., number, slice(None)))


def mlp(layer: int) -> Part:
    """One whole MLP, its output bias included."""
    return Part(f"blocks.{layer}.hook_mlp_out", (...,))


def neuron(layer: int, number: int) -> Part:
    """One neuron, after its activation function; in a gated MLP, after the gate."""
    return Part(f"blocks.{layer}.mlp.hook_post", (..., number))


def without(
    model: TransformerBridge,
    tokens: Tensor,
    parts: Sequence[Part],
    how: str = "zero",
    reference: Tensor | None = None,
    real: Tensor | None = None,
) -> Tensor:
    """Logits [batch, pos, d_vocab] with each part's output replaced at every position.

    "zero"; "mean": its mean over the positions of `reference` [batch, pos] where `real` [batch, pos]
    is true (not padding); "resample": its output in the same place of `reference`, other prompts of
    the shape of `tokens`. ValueError for another way, or where `reference` is missing or unfit.
    """
    if how not in HOW:
        raise ValueError(f"a part is ablated by {', '.join(HOW)}, not by {how!r}")
    if how != "zero" and reference is None:
        raise ValueError(f"to ablate by {how} needs reference prompts")
    if how == "resample" and reference is not None and reference.shape != tokens.shape:
        raise ValueError(
            f"resampling needs prompts of shape {[*tokens.shape]}, not {[*reference.shape]}"
        )
    names = list(dict.fromkeys(part.hook for part in parts))
    found = patching.activations(model, tokens[:1] if reference is None else reference, names)
    hooks = []
    for name in names:
        indices = [part.where for part in parts if part.hook == name]
        hooks.append((name, _replace(indices, _instead(found[name], how, real))))
    return patching.run(model, tokens, hooks)


def without_direction(
    model: TransformerBridge, tokens: Tensor, hooks: Sequence[str], direction: Tensor
) -> Tensor:
    """Logits with a direction [d_model] projected out of the residual stream at these hooks.

    ValueError for a direction of length 0.
    """
    if not direction.norm() > 0:
        raise ValueError("a direction of length 0 cannot be projected out")
    unit = direction / direction.norm()

    def project(stream: Tensor, hook: object) -> Tensor:
        return stream - (stream @ unit.to(stream))[..., None] * unit.to(stream)

    return patching.run(model, tokens, [(name, project) for name in hooks])


def other_rows(n: int, seed: int = 0) -> Tensor:
    """Each of n prompts gets another one, drawn at random: [n]. ValueError for fewer than two."""
    if n < 2:
        raise ValueError("one prompt alone has no other")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    found = torch.empty_like(order)
    found[order] = order.roll(1)
    return found


def _instead(values: Tensor, how: str, real: Tensor | None) -> Tensor:
    """What stands in for an activation."""
    if how == "resample":
        return values
    if how == "zero":
        return torch.zeros_like(values[0, 0])
    return values.flatten(0, 1).mean(0) if real is None else values[real].mean(0)


def _replace(indices: Sequence[tuple[int | slice | EllipsisType, ...]], value: Tensor) -> Hook:
    """A hook that replaces what the indices select."""

    def hook(activation: Tensor, hook: object) -> Tensor:
        changed, given = activation.clone(), value.expand_as(activation)
        for index in indices:
            changed[index] = given[index]
        return changed

    return hook
