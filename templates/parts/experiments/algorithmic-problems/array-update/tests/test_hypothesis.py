"""Yours: the prediction of the notebook's first cells, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def attention_moved(seed: int) -> float:
    """The share of its attention that a head of the last layer pays elsewhere in updated slots."""
    settings, cpu = QUICK.but(seed=seed, n_assignments=1), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    some = measurement.programs(task, 500, torch.Generator().manual_seed(0))
    return measurement.moved(measurement.looked_at(model, task, some))


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["attention_moved"]
    assert low <= attention_moved(seed=1) <= high
