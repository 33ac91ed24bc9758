"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def departure_from_linear(factor: float, seed: int) -> float:
    """How far predictions for scaled y are from scaled predictions, relative to those."""
    settings, cpu = QUICK.but(seed=seed, steps=600), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    prompts = task.prompts(512, torch.Generator().manual_seed(0))
    return measurement.departure(task, model, prompts, factor)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["relative_error_for_y_times_1_1"]
    assert low <= departure_from_linear(1.1, seed=1) <= high
