"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def legal_on_the_donors_board(seed: int) -> float:
    """The share of top moves that are legal on the donor's board, whose written coordinates were put in
    after the first layer of a model of this seed."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    batch, boards = task.held_out(), task.boards(task.games)
    stream = residuals(model, batch.tokens)[1]
    half = len(stream) // 2
    basis = measurement.subspaces(stream[:half], boards[:half])["written"]
    test = batch.rows(slice(half, None))
    rest = measurement.rest_of(model, test.tokens, 0)
    logits = measurement.swapped(rest, stream[half:], basis)
    return measurement.whose(task, logits, test)["the donor's board"]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["legal_on_donors_board"]
    assert low <= legal_on_the_donors_board(seed=1) <= high
