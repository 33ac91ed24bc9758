"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def moved_by_the_boards(seed: int) -> tuple[float, float]:
    """The share of top moves that are legal on the donor's board, put in after the first layer of a model of
    this seed: by the true boards, and by unturned ones."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    batch = task.held_out()
    stream = residuals(model, batch.tokens)[1]
    half = len(stream) // 2
    test = batch.rows(slice(half, None))
    rest = measurement.rest_of(model, test.tokens, 0)
    found = []
    for known in (task.boards(task.games), measurement.unturned(task, task.games)):
        weights = measurement.writes(stream[:half], known[:half])
        logits = measurement.edited(rest, stream[half:], known[half:], weights)
        found.append(measurement.whose(task, logits, test)["the donor's board"])
    return found[0], found[1]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["more_by_the_true_board"]
    true, unturned = moved_by_the_boards(seed=1)
    assert low <= true - unturned <= high
