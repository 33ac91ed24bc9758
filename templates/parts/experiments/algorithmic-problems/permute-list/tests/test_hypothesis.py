"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "in orders that training never showed, the virtual pattern puts more than
half of the attention on the right slot, in a model of seed 1 that I have not looked at yet".
"""

import pytest
import torch

from lab import attention
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def virtual_attention_to_the_source(seed: int) -> float:
    """(L1, output to index) x (L0, index to slot): mean at the right slot, unseen orders."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens, n = task.held_out().tokens, task.list_length
    slots, indices, outs = (slice(start, start + n) for start in (1, n + 2, 2 * n + 2))
    first, last = attention.patterns(model, tokens).mean(2)[[0, -1]]
    virtual = last[:, outs, indices] @ first[:, indices, slots]
    source = task.source(tokens[:, indices] - task.first_index)
    return virtual.gather(-1, source[..., None]).mean().item()


def predicted() -> float:
    """The least attention that must reach the right slot by that way, if your explanation holds."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_least = predicted()
    assert virtual_attention_to_the_source(seed=1) >= at_least
