"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def pairs_told_apart(seed: int) -> float:
    """The share of matched pairs, one disc turned over and one left, that a probe after the last layer tells
    apart in a model of this seed."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    streams = residuals(model, task.held_out().tokens)
    return measurement.told_apart(task, streams[-1:])[0]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["pairs_told_apart"]
    assert low <= pairs_told_apart(seed=1) <= high
