"""Yours: the prediction of the notebook's second cell, held against texts that it does not read."""

from typing import Any

from published import published

from lab import measurement, texts
from lab.settings import QUICK


def n_outliers() -> int:
    """Outliers of the last model at later tokens, on held-out texts behind those of the notebook."""
    model = published(QUICK.models[-1])
    both = texts.windows(model, QUICK, 2 * QUICK.n_texts, QUICK.length, part="held-out")
    tokens = both.tokens[QUICK.n_texts :]
    (found,) = measurement.count(measurement.inputs(model, tokens), [])
    return len(measurement.outliers(found.later))


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["n_outliers"]
    assert low <= n_outliers() <= high
