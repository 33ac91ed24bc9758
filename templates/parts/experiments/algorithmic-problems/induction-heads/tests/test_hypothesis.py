"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "with the layer-0 head of the highest previous-token score set to zero, the
best induction score of layer 1 falls by at least half".
"""

import pytest
import torch

from lab import attention
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def induction_scores(seed: int) -> tuple[float, float]:
    """The best induction score of layer 1, as trained and with the best previous-token head zeroed."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    period = task.n_ctx // 2
    tokens = task.with_period(torch.full((128, 1), period), torch.Generator().manual_seed(0)).tokens
    pattern = attention.patterns(model, tokens)
    previous = int(attention.previous_token_score(pattern)[0].argmax())

    def silence(z: torch.Tensor, hook: object) -> torch.Tensor:
        z[:, :, previous] = 0.0
        return z

    with model.hooks(fwd_hooks=[("blocks.0.attn.hook_z", silence)]):
        without = attention.patterns(model, tokens)
    scores = [attention.induction_score(one, period)[1].max().item() for one in (pattern, without)]
    return scores[0], scores[1]


def predicted() -> float:
    """The share of its induction score that the head keeps, at most, if your explanation is right."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_most = predicted()
    as_trained, without = induction_scores(seed=1)
    assert without <= at_most * as_trained
