"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def frequencies_of_the_logits(seed: int) -> float:
    """How many frequencies the waves of a - b - c in the logits share, after training."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    shares = measurement.waves(measurement.every_logit(model, task), sign=-1)
    return measurement.effective_number(shares)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["frequencies_of_the_logits"]
    assert low <= frequencies_of_the_logits(seed=1) <= high
