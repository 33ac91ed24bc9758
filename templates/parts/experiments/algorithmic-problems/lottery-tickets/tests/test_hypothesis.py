"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "masks taken after 50 steps, long before the network generalises, win at 30 %
density too: at least 0.5 more held-out accuracy than random masks".
"""

import pytest
import torch

from lab import many
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def advantage_of_early_masks(steps_before_pruning: int, density: float, seed: int) -> float:
    """Held-out accuracy of a network pruned once, at this step, to this density and rewound, minus that
    of a network under a random mask of the same density."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, CPU)
    start = many.fresh(task, settings, [seed], CPU)
    young = many.train_many(start, task, settings.but(steps=steps_before_pruning), progress=False)
    whole = {name: torch.ones_like(value) for name, value in start.items()}
    early = many.prune(young.weights, whole, 1 - density)
    both = many.join([early, many.shuffled(early, seed)])
    twice = many.join([start, start])
    outcome = many.train_many(many.masked(twice, both), task, settings, masks=both, progress=False)
    return (outcome.accuracy[0] - outcome.accuracy[1]).item()


def predicted() -> tuple[int, float, float]:
    """The step at which the mask is taken, its density, and its advantage over a random mask, at least."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    steps, density, at_least = predicted()
    assert advantage_of_early_masks(steps, density, seed=1) >= at_least
