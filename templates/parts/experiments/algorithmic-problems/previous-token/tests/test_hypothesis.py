"""Yours: the prediction of the notebook's first cells, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def accuracy_with_four_waves(seed: int) -> float:
    """Held-out accuracy of a rotary model whose query keeps its four strongest waves."""
    settings, cpu = QUICK.but(seed=seed, positions="rotary"), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    _, amplitude, _ = measurement.waves_by_distance(model, task.context)
    return measurement.accuracy_with_waves(model, task.held_out(), amplitude.topk(4).indices)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_with_four_waves"]
    assert low <= accuracy_with_four_waves(seed=1) <= high
