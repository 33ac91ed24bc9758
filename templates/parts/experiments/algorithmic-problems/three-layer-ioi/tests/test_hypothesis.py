"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def largest_fall_with_a_third_name(seed: int) -> float:
    """How far the mean attention from S again to S first falls when a third name stands there, for the
    head where it falls most."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    without = task.unseen._replace(tokens=task.without_repetition(task.unseen)["S first"])
    there, gone = (
        measurement.scores(model, one)["duplicate token"] for one in (task.unseen, without)
    )
    return (there - gone).max().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["largest_fall_with_a_third_name"]
    assert low <= largest_fall_with_a_third_name(seed=1) <= high
