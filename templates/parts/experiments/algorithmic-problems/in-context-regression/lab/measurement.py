"""Whose predictions does a model make: known estimators against it, prompt by prompt.

A reader is anything that takes vectors [batch, 2 * pairs, d_x + 1] and gives predictions [batch, pos].
"""

from collections.abc import Callable, Sequence
from itertools import combinations

import torch
from torch import Tensor

from lab import estimators
from lab.model import Regressor
from lab.task import InContextFunctions, Prompts
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


def answers(task: InContextFunctions, reader: Reader, prompts: Prompts) -> Tensor:
    """What a reader predicts at each x: [batch, pair]."""
    return predict(reader, task.encode(prompts).tokens)[:, ::2]


def noisy(prompts: Prompts, noise: float, generator: torch.Generator) -> Prompts:
    """Prompts of linear functions with fresh noise of this standard deviation on every y."""
    y = torch.einsum("bpd,bd->bp", prompts.x, prompts.weights)
    shaken = torch.randn(y.shape, generator=generator, device=y.device)
    return prompts._replace(y=y + noise * shaken)


def apart(one: Tensor, other: Tensor) -> Tensor:
    """How far two predictions [batch, pair] differ at each place but the first: [pair - 1].

    Mean squared difference over the sum of mean squares: 0 for the same, 1 for independent ones.
    """
    scale = one.square().mean(0) + other.square().mean(0)
    return ((one - other).square().mean(0) / scale)[1:]


def halfway(predicted: Sequence[Tensor]) -> float:
    """How far, by `apart`, a mean of two predictions [batch, pair] is from both; for the two most alike.

    The distance is squared, so that this is a quarter of theirs.
    """
    pairs = combinations(predicted, 2)
    return min(apart(one, other).mean().item() for one, other in pairs) / 4


def nearest_penalty(given: Tensor, prompts: Prompts, penalties: Sequence[float]) -> list[float]:
    """Mean distance `apart` of predictions [batch, pair] from ridge at each penalty."""
    fits = [estimators.along(prompts.x, prompts.y, estimators.ridge(one)) for one in penalties]
    return [apart(given, fit).mean().item() for fit in fits]


def departure(task: InContextFunctions, reader: Reader, prompts: Prompts, factor: float) -> float:
    """How far predictions for scaled y are from scaled predictions, relative to these.

    0 for whatever is linear in y, at any factor.
    """
    scaled = prompts._replace(y=factor * prompts.y)
    one, other = (answers(task, reader, p)[:, 1:] for p in (prompts, scaled))
    return ((other - factor * one).square().mean() / (factor * one).square().mean()).sqrt().item()


def with_average_attention(model: Regressor, layer: int) -> Reader:
    """The model with each head of a layer attending, at each place, as on average over the batch."""

    def average(pattern: Tensor, hook: object) -> Tensor:
        return pattern.mean(0, keepdim=True).expand_as(pattern)

    def reader(vectors: Tensor) -> Tensor:
        with model.hooks(fwd_hooks=[(f"blocks.{layer}.attn.hook_pattern", average)]):
            return model(vectors)

    return reader


def candidates(prompts: Prompts) -> dict[str, Tensor]:
    """What a head at the last x could weigh the pairs before it by: {name: [batch, pair - 1]}."""
    x, y = prompts.x, prompts.y[:, :-1]
    inner = torch.einsum("bd,bjd->bj", x[:, -1], x[:, :-1])
    order = torch.arange(y.shape[1], device=y.device).expand_as(y).float()
    return {
        "x_q . x_j": inner,
        "|x_q . x_j|": inner.abs(),
        "y_j": y,
        "|y_j|": y.abs(),
        "y_q y_j": prompts.y[:, -1:] * y,
        "recency": order,
    }


def weighed_by(attended: Tensor, candidates: dict[str, Tensor]) -> Tensor:
    """Mean correlation over prompts of attention to pairs with each candidate: [head, candidate].

    attended [batch, head, pair]; candidates [batch, pair].
    """
    a = attended - attended.mean(-1, keepdim=True)
    columns = []
    for candidate in candidates.values():
        b = (candidate - candidate.mean(-1, keepdim=True))[:, None]
        columns.append(((a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1) + 1e-9)).mean(0))
    return torch.stack(columns, dim=1)


def attention_to_pairs(model: Regressor, vectors: Tensor) -> Tensor:
    """Attention of every head from the last x to the y of each earlier pair: [batch, head, pair - 1].

    Heads of all layers, in their order.
    """
    with torch.no_grad():
        _, cache = model.run_with_cache(vectors)
    layers = range(model.transformer.cfg.n_layers)
    rows = [cache[f"blocks.{layer}.attn.hook_pattern"][:, :, -2, 1:-2:2] for layer in layers]
    return torch.cat(rows, dim=1)
