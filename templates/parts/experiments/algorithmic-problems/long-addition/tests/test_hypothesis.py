"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def share_that_follows(seed: int) -> float:
    """How often a digit goes along with a false one before it, units first: mean over the columns."""
    settings, cpu = QUICK.but(seed=seed, answer_order="least-first"), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    a, b = task.numbers(task.sample(4000, torch.Generator().manual_seed(0)).tokens)
    moves = measurement.after_a_lie(task, model, a, b).values()
    return sum(move.along for move in moves) / len(moves)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_that_follows_a_false_digit"]
    assert low <= share_that_follows(seed=1) <= high
