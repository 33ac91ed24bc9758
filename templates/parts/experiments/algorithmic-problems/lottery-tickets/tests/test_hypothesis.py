"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import many, measurement
from lab.settings import QUICK
from lab.task import make_task


def advantage_of_the_ticket(seed: int, density: float) -> float:
    """Held-out accuracy of networks pruned once, after training, and rewound, minus that of random masks
    of this density, after as many steps; the mean over two seeds."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    start = many.fresh(task, settings, [seed, seed + 1], cpu)
    dense = many.train_many(start, task, settings, progress=False)
    ticket = measurement.in_one_go(start, dense, density)
    masks = many.join([ticket, many.shuffled(ticket, seed)])
    rewound = many.masked(many.join([start, start]), masks)
    found = many.train_many(rewound, task, settings, masks=masks, progress=False).accuracy
    return (found[:2] - found[2:]).mean().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["advantage_of_the_ticket"]
    assert low <= advantage_of_the_ticket(seed=1, density=0.5) <= high
