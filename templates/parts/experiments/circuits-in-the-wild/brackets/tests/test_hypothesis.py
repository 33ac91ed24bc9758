"""Yours: the prediction of the notebook's second cell, held against lines that it does not use."""

from typing import Any

from published import published

from lab import behaviour, brackets, pairs
from lab.settings import QUICK


def accuracy(seed: int) -> float:
    """The share of lines right where one of two brackets may be closed."""
    model = published()
    return behaviour.accuracy(
        model, pairs.encode(model, brackets.used_up(QUICK.n_prompts, seed=seed))
    )


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_when_one_is_closed"]
    assert low <= accuracy(seed=99) <= high
