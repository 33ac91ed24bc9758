"""Yours: state your conjecture so that it can fail, then make this a test.

Example of a prediction: "with 32 dimensions for 36 squares the mean overlap of the squares' directions is at
least twice what it is with 128".
"""

import pytest
import torch

from lab import board
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train

CPU = torch.device("cpu")


def overlap(d_model: int, seed: int, steps: int) -> float:
    """Mean |cosine| between the mine-minus-theirs probe directions of different squares in the last
    layer of a model of this width, trained for so many steps."""
    settings = QUICK.but(d_model=d_model, seed=seed, steps=steps)
    task = make_task(settings, CPU)
    model = build_model(task, settings, CPU)
    train(model, task, settings, progress=False)
    stream = residuals(model, task.held_out().tokens)[-1]
    probe = board.fit(stream.flatten(0, 1), task.boards(task.games).flatten(0, 1))
    unit = torch.nn.functional.normalize(probe.direction(), dim=1)
    return (unit @ unit.T).fill_diagonal_(0).abs().sum().item() / (len(unit) * (len(unit) - 1))


def predicted() -> tuple[int, float]:
    """A narrower width, and how many times larger the overlap is there, at least."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    narrow, times = predicted()
    wide = overlap(QUICK.d_model, seed=1, steps=QUICK.steps)
    assert overlap(narrow, seed=1, steps=QUICK.steps) >= times * wide
