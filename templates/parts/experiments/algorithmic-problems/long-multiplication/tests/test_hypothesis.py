"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "where the middle column of a 6-bit product is written, the last layer holds the
sum of that column with an R^2 of 0.8 or more".
"""

import pytest
import torch

from lab import probes
from lab.model import build_model
from lab.settings import QUICK
from lab.task import column_sums, make_task
from lab.training import train


def column_sum_in_the_last_layer(column: int, seed: int) -> float:
    """R^2 of a linear probe for the sum of a column, where the digit of that column is written."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens = torch.cat([task.held_out().tokens, task.training.tokens[:3000]])
    sums = column_sums(*task.factors(tokens))[:, column]
    stream = probes.residuals(model, tokens, position=task.answers[column])
    return probes.probe_r2(stream[-1], sums)


def predicted() -> tuple[int, float]:
    """A column, units first, and the least R^2 there that your explanation allows."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    column, at_least = predicted()
    assert column_sum_in_the_last_layer(column, seed=1) >= at_least
