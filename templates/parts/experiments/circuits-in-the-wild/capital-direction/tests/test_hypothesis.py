"""Yours: the prediction of the notebook's second cell, held against another split of the words."""

from typing import Any

from published import published

from lab import folded, measurement
from lab.settings import QUICK


def share(seed: int) -> float:
    """The share sorted of held-out pairs whose capitalised word is the commoner."""
    model = published()
    weights = folded.unembedding(model)
    fit, test = measurement.split(measurement.case_pairs(model.tokenizer.get_vocab()), seed)
    commoner = test[measurement.capital_commoner(test)]
    return measurement.sorted_share(weights, commoner, measurement.direction(weights, fit))


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["sorted_where_commoner"]
    assert low <= share(QUICK.seed + 99) <= high
