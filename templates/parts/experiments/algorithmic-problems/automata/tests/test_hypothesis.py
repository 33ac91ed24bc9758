"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def accuracy_after_waiting(waiting: int, seed: int) -> float:
    """Accuracy at the end of words whose early writes all say the opposite of the last one."""
    settings, cpu = QUICK.but(seed=seed, automaton="flip-flop"), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    generator = torch.Generator().manual_seed(0)
    return measurement.right_after_waiting(
        task, model, [waiting], opposite=True, generator=generator, n=1000
    )[0]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_after_four_ignored"]
    assert low <= accuracy_after_waiting(4, seed=1) <= high
