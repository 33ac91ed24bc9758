"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "the first six left singular vectors of W_E span at least 95 % of the waves of the
three strongest frequencies, in a model of seed 1".
"""

import pytest
import torch

from lab import decompositions, fourier
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def share_of_the_waves(seed: int, directions: int, frequencies: int) -> float:
    """How much of the strongest waves of W_E its first singular directions hold: 0 to 1."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    embedding = model.W_E[: task.modulus].detach()
    strongest = fourier.spectrum(embedding).topk(frequencies).indices + 1
    waves = fourier.basis(task.modulus)[[row for k in strongest for row in (2 * k - 1, 2 * k)]]
    return decompositions.explained(waves.T, decompositions.pca(embedding, directions))


def predicted() -> tuple[int, int, float]:
    """How many singular directions, how many frequencies, and the share that they hold at least."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    directions, frequencies, at_least = predicted()
    assert share_of_the_waves(1, directions, frequencies) >= at_least
