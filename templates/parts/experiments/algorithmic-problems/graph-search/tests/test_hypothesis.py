"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def first_step_right(seed: int, depth: int) -> float:
    """How often the first step is right for goals of one depth, in trees of two even arms."""
    settings, cpu = QUICK.but(seed=seed, even_arms=True), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    trees = task.trees(3000, torch.Generator().manual_seed(0))
    chosen = measurement.first_choices(task, model, *trees)
    return measurement.by_depth(task, chosen, *trees)[depth - 1]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["first_step_right_three_deep"]
    assert low <= first_step_right(seed=2, depth=3) <= high
