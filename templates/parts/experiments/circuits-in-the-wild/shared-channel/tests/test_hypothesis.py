"""Yours: the prediction of the notebook's second cell, held against texts that it does not read."""

from typing import Any

from published import published

from lab import measurement, texts
from lab.settings import QUICK


def share_needed(part: str) -> float:
    """Components for 90 % of the standardised variance halfway up, as a share of d_model."""
    model = published()
    windows = texts.windows(model, QUICK, QUICK.n_windows, QUICK.length, part=part)
    covariances = measurement.covariances(model, windows.tokens)
    middle = covariances[len(covariances) // 2]
    return measurement.components_needed(middle, 0.9, standardised=True) / model.cfg.d_model


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_of_dimensions"]
    assert low <= share_needed("held-out") <= high
