"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "the last layer adds at least 0.05 to the accuracy with which discs that the
last move flipped are read, and nothing to that of the others".
"""

from pathlib import Path

import pytest
import torch

from lab import board
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import EMPTY, make_task
from lab.training import train

CPU = torch.device("cpu")


def accuracy_on_changed_squares(seed: int) -> list[float]:
    """For each layer of a model of this seed, the accuracy of its board probe on squares that hold a
    disc whose owner differs from what alternating turns alone would make of the board before."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, CPU)
    model = build_model(task, settings, CPU)
    checkpoint = Path("checkpoints") / f"seed{seed}.pt"
    train(model, task, settings, checkpoint=checkpoint, progress=False)
    boards = task.boards(task.games)
    by_colour = task.black_white(task.games)
    flipped = (by_colour[:, 1:] != by_colour[:, :-1]) & (by_colour[:, :-1] != EMPTY)
    half = len(boards) // 2
    found = []
    for stream in residuals(model, task.held_out().tokens):
        probe = board.fit(stream[:half].flatten(0, 1), boards[:half].flatten(0, 1))
        right = probe.read(stream[half:, 1:]) == boards[half:, 1:]
        found.append(right[flipped[half:]].float().mean().item())
    return found


def predicted() -> float:
    """By how much, at least, the last layer reads flipped discs better than the layer before."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    gain = predicted()
    *_, before, last = accuracy_on_changed_squares(seed=1)
    assert last - before >= gain
