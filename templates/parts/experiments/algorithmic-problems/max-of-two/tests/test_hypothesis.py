"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def frozen_accuracy(seed: int) -> float:
    """Accuracy on held-out pairs of different numbers with the attention frozen at its mean."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    pairs = measurement.different_pairs(task)
    return measurement.accuracies(model, task, pairs)["pattern frozen"]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_with_frozen_attention"]
    assert low <= frozen_accuracy(seed=1) <= high
