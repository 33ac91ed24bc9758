"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "while an updated slot is printed, one head of layer 1 puts more than half of
its attention on the new value, and less than a tenth while an untouched slot is printed".
"""

import pytest
import torch

from lab import attention
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def attention_to_the_new_value(seed: int) -> tuple[float, float]:
    """Of the head of the last layer that separates them best: its mean attention to the new value
    while updated and while untouched slots are printed."""
    settings, cpu = QUICK.but(seed=seed, n_assignments=1, filler=0), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens = task.held_out().tokens
    slots = torch.arange(task.n_elements)
    updated = slots == tokens[:, task.program - 5, None]
    to_new = attention.patterns(model, tokens)[-1, :, :, task.arrow :, task.program - 2]
    pairs = [(head[updated].mean(), head[~updated].mean()) for head in to_new.unbind(1)]
    most, least = max(pairs, key=lambda pair: float(pair[0] - pair[1]))
    return float(most), float(least)


def predicted() -> tuple[float, float]:
    """The least attention while updated and the most while untouched that your explanation allows."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_least, at_most = predicted()
    updated, untouched = attention_to_the_new_value(seed=1)
    assert updated >= at_least and untouched <= at_most
