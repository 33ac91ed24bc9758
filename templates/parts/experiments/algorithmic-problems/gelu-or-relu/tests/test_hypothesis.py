"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def accuracy_after_the_swap(seed: int) -> float:
    """Held-out accuracy of a model trained with GELU whose neurons are made ReLUs afterwards."""
    settings = QUICK.but(seed=seed, act_fn="gelu")
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    return measurement.swapped(model, task.held_out(), "relu")[1]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_of_gelu_made_relu"]
    assert low <= accuracy_after_the_swap(seed=7) <= high
