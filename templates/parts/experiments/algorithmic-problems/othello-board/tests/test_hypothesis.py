"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def read_on_flipped_discs(seed: int) -> list[float]:
    """After each layer of a model of this seed, the accuracy of the board probe on the discs that the last
    move flipped."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    streams = residuals(model, task.held_out().tokens)[1:]
    boards, colours = task.boards(task.games), task.black_white(task.games)
    return measurement.accuracy_on_flipped(streams, boards, colours)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["gain_of_last_layer_on_flipped_discs"]
    *_, before, last = read_on_flipped_discs(seed=1)
    assert low <= last - before <= high
