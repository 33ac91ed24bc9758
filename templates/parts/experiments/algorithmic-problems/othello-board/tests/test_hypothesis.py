"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import board
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import EMPTY, make_task
from lab.training import train


def read_on_flipped_discs(seed: int) -> list[float]:
    """After each layer of a model of this seed, the accuracy of the board probe on the discs that the last
    move flipped."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    boards, colours = task.boards(task.games), task.black_white(task.games)
    flipped = (colours[:, 1:] != colours[:, :-1]) & (colours[:, :-1] != EMPTY)
    half = len(boards) // 2
    found = []
    for stream in residuals(model, task.held_out().tokens)[1:]:
        probe = board.fit(stream[:half].flatten(0, 1), boards[:half].flatten(0, 1))
        right = probe.read(stream[half:, 1:]) == boards[half:, 1:]
        found.append(right[flipped[half:]].float().mean().item())
    return found


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["gain_of_last_layer_on_flipped_discs"]
    *_, before, last = read_on_flipped_discs(seed=1)
    assert low <= last - before <= high
