"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "replacing the token three back changes fewer than 2 % of the answers at
the last position, on cycles that training never showed".
"""

import pytest
import torch

from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import predict, train


def answers_changed(seed: int, back: int) -> float:
    """The share of answers at the last position that change with the token `back` positions ago."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens = task.held_out().tokens
    other = tokens.clone()
    generator = torch.Generator().manual_seed(seed)
    shift = torch.randint(1, task.modulus, (len(tokens),), generator=generator)
    other[:, -1 - back] = (other[:, -1 - back] + shift) % task.modulus
    answers = [predict(model, one)[:, -1].argmax(-1) for one in (tokens, other)]
    return (answers[0] != answers[1]).float().mean().item()


def predicted() -> float:
    """The largest share of answers that a token three back may change, if you are right."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_most = predicted()
    assert answers_changed(seed=1, back=3) <= at_most
