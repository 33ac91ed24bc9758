"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "multiplying all y of a prompt by 3 multiplies the prediction of a model of
seed 1 by 3, with a relative error below 0.1", as it must if it runs any estimator linear in y.
"""

import pytest
import torch

from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import predict, train


def departure_from_linear(factor: float, seed: int) -> float:
    """How far predictions for scaled y are from scaled predictions, relative to those: root mean square."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    prompts = task.prompts(512, torch.Generator().manual_seed(0))
    scaled = prompts._replace(y=factor * prompts.y)
    one, other = (predict(model, task.encode(p).tokens)[:, 2::2] for p in (prompts, scaled))
    return ((other - factor * one).square().mean() / (factor * one).square().mean()).sqrt().item()


def predicted() -> float:
    """The largest relative error that your explanation allows when all y are multiplied by 3."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_most = predicted()
    assert departure_from_linear(3.0, seed=1) <= at_most
