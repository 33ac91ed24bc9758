"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def answers_changed(seed: int, back: int) -> float:
    """The share of last answers that change with the number so far back, on held-out cycles."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    generator = torch.Generator().manual_seed(seed)
    return measurement.changed(task, model, task.held_out().tokens, generator)[-1, back].item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["answers_changed_from_two_back"]
    assert low <= answers_changed(seed=1, back=2) <= high
