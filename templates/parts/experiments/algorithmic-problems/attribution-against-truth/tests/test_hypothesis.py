"""Yours: the prediction of the notebook's first cells, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def share_of_credit_lost(seed: int) -> float:
    """Layer 1: the sum of what single ablations cost over the sum of what attribution credits."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    asked = measurement.questions(task, 1024, torch.Generator().manual_seed(0))
    found = measurement.opinions(model, *asked)
    return (found["ablation"][1].sum() / found["attribution"][1].sum()).item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_of_credit_lost"]
    assert low <= share_of_credit_lost(seed=1) <= high
