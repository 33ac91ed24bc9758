"""Yours: the prediction of the notebook's second cell, held against names that it does not use."""

from typing import Any

from published import published

from lab import acronyms, measurement
from lab.settings import QUICK


def second_letter_behind_the_third(seed: int) -> float:
    """The share of names in which the second word's letter is due behind the third's."""
    model = published()
    names, _ = acronyms.names(model, 2 * QUICK.n_names, seed=seed)
    logits = measurement.letter_logits(model, acronyms.begun_with(names, "of word 3"))
    return measurement.said(logits, names)["of word 2"]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["second_letter_behind_the_third"]
    assert low <= second_letter_behind_the_third(seed=99) <= high
