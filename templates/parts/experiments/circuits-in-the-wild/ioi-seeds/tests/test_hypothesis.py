"""Yours: the prediction of the notebook's second cell, held against the last model on other sentences."""

from typing import Any

from published import published

from lab import ioi, measurement, pairs
from lab.settings import QUICK


def share_of_three(seed: int) -> float:
    """The share of the positive direct effects that the three strongest heads hold."""
    model = published(QUICK.models[-1])
    encoded = pairs.encode(model, ioi.swapped(QUICK.n_prompts, seed=seed))
    return measurement.share_of(measurement.both_ways(model, encoded).mean(0), 3)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_of_three_heads"]
    assert low <= share_of_three(seed=99) <= high
