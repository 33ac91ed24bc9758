"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "the grandparent of the goal cannot be read off the residual stream after the
first layer (below 0.5), and can after the last (above 0.8)".
"""

import pytest
import torch

from lab import probes
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def ancestor_by_layer(steps_up: int, seed: int) -> list[float]:
    """Accuracy of a probe for the goal's ancestor, at the root position, for the embedding and each
    layer; only goals that lie deep enough for it not to be the root."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    generator = torch.Generator().manual_seed(0)
    parent, goal = task.trees(4000, generator)
    line = task.ancestors(parent, goal)
    deep = line[:, steps_up] != line[:, -1]
    tokens = task.encode(parent[deep], goal[deep], generator).tokens
    stream = probes.residuals(model, tokens, position=task.root_position)
    return [probes.probe_accuracy(layer, line[deep, steps_up]) for layer in stream]


def predicted() -> tuple[float, float]:
    """Most accuracy for the grandparent after the first layer, and least after the last."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_most, at_least = predicted()
    by_layer = ancestor_by_layer(2, seed=1)
    assert by_layer[1] <= at_most and by_layer[-1] >= at_least
