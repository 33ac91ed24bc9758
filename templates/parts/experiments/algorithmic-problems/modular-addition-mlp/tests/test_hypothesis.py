"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "when the hidden layer keeps only the frequencies that hold 90 % of the
embedding's norm, held-out accuracy stays above 0.95".
"""

import pytest
import torch

from lab import fourier
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import accuracy, train


def accuracy_with(frequencies: list[int], seed: int) -> float:
    """Held-out accuracy of a fresh model whose embedding keeps only these frequencies."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    basis = fourier.basis(task.modulus)
    kept = basis[[0, *(row for k in frequencies for row in (2 * k - 1, 2 * k))]]
    with torch.no_grad():
        model.W_E.copy_(kept.T @ (kept @ model.W_E))
        batch = task.held_out()
        return accuracy(model(batch.tokens), batch.targets)


def predicted() -> tuple[int, float]:
    """How many frequencies the embedding needs, and the accuracy that they keep at least."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    how_many, at_least = predicted()
    settings, cpu = QUICK.but(seed=1), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    strongest = fourier.spectrum(model.W_E.detach()).topk(how_many).indices + 1
    assert accuracy_with(strongest.tolist(), seed=1) >= at_least
