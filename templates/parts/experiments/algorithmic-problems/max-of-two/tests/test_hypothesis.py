"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "on pairs one apart, attention to the larger number beats attention to the
smaller one by at least 0.2, in a model of seed 1 that I have not looked at yet".
"""

import pytest
import torch

from lab import attention
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def preference_for_the_larger(seed: int, gap: int) -> float:
    """Mean attention from "=" to the larger minus to the smaller number, over pairs `gap` apart."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    low = torch.arange(task.n_numbers - gap)
    batch = task.encode(torch.stack([low, low + gap], dim=1))
    from_equals = attention.patterns(model, batch.tokens)[0, :, 0, -1]
    return (from_equals[:, 1] - from_equals[:, 0]).mean().item()


def predicted() -> float:
    """The least preference at |a - b| = 1 that your explanation allows."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_least = predicted()
    assert preference_for_the_larger(seed=1, gap=1) >= at_least
