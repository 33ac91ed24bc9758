"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import probes
from lab.model import build_model
from lab.settings import QUICK
from lab.task import column_sums, make_task
from lab.training import train


def column_sum_in_the_last_layer(column: int, seed: int) -> float:
    """R^2 of a linear probe for the sum of a column, where the digit of that column is written."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens = torch.cat([task.held_out().tokens, task.training.tokens[:3000]])
    sums = column_sums(*task.factors(tokens))[:, column]
    stream = probes.residuals(model, tokens, position=task.answers[column])
    return probes.probe_r2(stream[-1], sums)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["r2_of_the_sum_of_column_2"]
    assert low <= column_sum_in_the_last_layer(2, seed=1) <= high
