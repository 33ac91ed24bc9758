"""Yours: the prediction of the notebook's second cell, held against models that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def mean_overlap(d_model: int, seed: int) -> float:
    """The mean size of the cosine between the directions of two squares in the last layer of a model of
    this width."""
    settings = QUICK.but(d_model=d_model, seed=seed, steps=250, target_accuracy=0.8)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    stream = residuals(model, task.held_out().tokens)[-1]
    cosine = measurement.cosines(stream, task.boards(task.games), "class means")
    return measurement.overlap(cosine).mean().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["overlap_with_32_dimensions"]
    assert low <= mean_overlap(32, seed=1) / mean_overlap(128, seed=1) <= high
