"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import decompositions, measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def coverage_by_pca(seed: int) -> float:
    """How much of the circles of the logits the first eight principal components of the embedding hold."""
    settings = QUICK.but(seed=seed, operation="add")
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    seen = measurement.observations(model, task)
    units = measurement.truths(seen, task.modulus)["circles"]["W_E"]
    return measurement.scores(decompositions.pca(seen["W_E"], 8), units)[0]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["coverage_of_the_circles"]
    assert low <= coverage_by_pca(seed=1) <= high
