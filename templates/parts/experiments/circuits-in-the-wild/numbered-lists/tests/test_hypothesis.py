"""Yours: the prediction of the notebook's second cell, held against lists that it does not use."""

from typing import Any

from published import published

from lab import measurement
from lab import numbered_lists as lists
from lab.settings import QUICK


def last_plus_one(seed: int) -> float:
    """The share of lists with a broken run in which one more than the last number is likeliest."""
    made = [
        one for n in (2, 3) for one in lists.odd(QUICK.n_prompts, n_lines=n, length=4, seed=seed)
    ]
    return measurement.shares(measurement.probabilities(published(), made), made)["last + 1"]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["last_plus_one"]
    assert low <= last_plus_one(seed=99) <= high
