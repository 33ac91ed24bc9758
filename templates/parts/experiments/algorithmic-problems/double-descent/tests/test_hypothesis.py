"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "with twice as many features the loss on fresh data peaks at twice as many data
points, give or take a third".
"""

import pytest
import torch

from lab import toy
from lab.settings import QUICK

CPU = torch.device("cpu")
SIZES = [10, 20, 30, 45, 60, 90, 135, 200]


def peak(n_features: int, density: float, seed: int) -> int:
    """The number of data points at which the median loss on fresh data is highest."""
    toys = toy.sweep(SIZES, 5, n_features, density, QUICK.toy_steps, seed, CPU, progress=False)
    fresh = toy.sparse_points(2000, n_features, density, torch.Generator().manual_seed(seed + 99))
    losses = [one.loss(fresh).median().item() for one in toys]
    return SIZES[losses.index(max(losses))]


def predicted() -> tuple[int, float, int, int]:
    """Number of features, their density, and the least and the most data points at which it peaks."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    n_features, density, least, most = predicted()
    assert least <= peak(n_features, density, seed=1) <= most
