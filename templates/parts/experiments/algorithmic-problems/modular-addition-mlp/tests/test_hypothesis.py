"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def accuracy_with_one_frequency(seed: int) -> float:
    """Held-out accuracy when each neuron reads its strongest frequency alone."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    return measurement.accuracies(model, task.held_out())["the strongest frequency"]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_with_one_frequency"]
    assert low <= accuracy_with_one_frequency(seed=1) <= high
