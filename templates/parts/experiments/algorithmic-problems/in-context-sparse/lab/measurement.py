"""Does a learner use the axes? Prompts turned in space, and coordinates that f does not use redrawn.

A reader is anything that takes vectors [batch, 2 * pairs, d_x + 1] and gives predictions [batch, pos].
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.task import InContextFunctions, Prompts
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


def answers(task: InContextFunctions, reader: Reader, prompts: Prompts) -> Tensor:
    """What a reader predicts at each x: [batch, pair]."""
    return predict(reader, task.encode(prompts).tokens)[:, ::2]


def errors(predicted: Tensor, prompts: Prompts) -> Tensor:
    """Mean squared error at each place: [pair]."""
    return (predicted - prompts.y).square().mean(0)


def turned(prompts: Prompts, generator: torch.Generator) -> Prompts:
    """The same prompts seen from other axes: each x, and f with it, turned by a random rotation.

    Every y, every length and every angle stays. A sparse linear f becomes one that uses all coordinates.
    """
    n, d_x = len(prompts.x), prompts.x.shape[-1]
    noise = torch.randn(n, d_x, d_x, generator=generator, device=prompts.x.device)
    rotation = torch.linalg.qr(noise).Q
    return prompts._replace(
        x=prompts.x @ rotation,
        weights=(prompts.weights[:, None] @ rotation)[:, 0],
        relevant=torch.ones_like(prompts.relevant),
    )


def cost(as_they_are: Tensor, seen_turned: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """How much more squared error predictions have on turned prompts, and its standard error: both [pair].

    Predictions and y [batch, pair].
    """
    rise = (seen_turned - y).square() - (as_they_are - y).square()
    return rise.mean(0), rise.std(0) / len(rise) ** 0.5


def with_redrawn(prompts: Prompts, generator: torch.Generator, *, used: bool) -> Prompts:
    """Prompts with one coordinate that f uses, or does not, drawn anew in every x; no y changes.

    ValueError where a function has no such coordinate.
    """
    asked = prompts.relevant if used else ~prompts.relevant
    if not asked.any(1).all():
        raise ValueError(f"no coordinate that is {'' if used else 'not '}in use to redraw")
    draw = torch.rand(asked.shape, generator=generator, device=prompts.x.device)
    which = (draw * asked).argmax(1)
    index = which[:, None, None].expand(-1, prompts.x.shape[1], 1)
    fresh = torch.randn(prompts.x[..., :1].shape, generator=generator, device=prompts.x.device)
    if (prompts.x.abs() == 1).all():  # the x of trees are signs
        fresh = fresh.sign()
    return prompts._replace(x=prompts.x.scatter(2, index, fresh))


def moved(before: Tensor, after: Tensor) -> Tensor:
    """Mean squared change over the mean of both mean squares: [pair - 1], from the second place on.

    0 where nothing moves, 2 where two predictions of equal size have nothing in common.
    """
    size = (before.square().mean(0) + after.square().mean(0)) / 2
    return ((after - before).square().mean(0) / size.clamp_min(1e-12))[1:]
