"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "with only its six strongest waves the rotary head still has its highest
mean score at distance 1, in a model of seed 1 that I have not looked at yet".
"""

import pytest
import torch

from lab import rotary
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def waves_needed(seed: int) -> int:
    """How many of the strongest waves it takes until distance 1 leads, and keeps leading."""
    settings, cpu = QUICK.but(seed=seed, positions="rotary"), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    with torch.no_grad():
        query = (model.W_E @ model.W_Q[0, 0] + model.b_Q[0, 0]).mean(0)
        key = (model.W_E @ model.W_K[0, 0] + model.b_K[0, 0]).mean(0)
        waves = rotary.score_at(query, key, model, torch.arange(task.context))
    strongest_first = rotary.waves(query, key, model)[0].argsort(descending=True)
    leads = waves[strongest_first].cumsum(0).argmax(1) == 1
    return int((~leads).nonzero().max()) + 2 if not leads.all() else 1


def predicted() -> int:
    """The largest number of waves that your explanation of the peak allows."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_most = predicted()
    assert waves_needed(seed=1) <= at_most
