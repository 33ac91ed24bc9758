"""Yours: the prediction of the notebook's second cell, held against snippets that it does not use."""

from typing import Any

from published import published

from lab import measurement, tags
from lab.settings import QUICK


def inner_is_closed(seed: int) -> float:
    """The share of snippets whose last element is closed in which the inner open name is said."""
    model = published()
    names = tags.usable(model)
    made = tags.documents("one closed last", QUICK.n_prompts, names, seed=seed)
    return measurement.said(model, made, names)["inner"]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["inner_is_closed"]
    assert low <= inner_is_closed(seed=99) <= high
