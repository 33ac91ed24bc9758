"""Yours: the prediction of the notebook's second cell, held against sentences that it does not use."""

from typing import Any

from published import published

from lab import behaviour, pairs
from lab import tag_questions as tags
from lab.settings import QUICK


def accuracy_past_another_person(seed: int) -> float:
    """The share of sentences whose pronoun goes with the subject, though a person stands nearer."""
    model = published()
    some = pairs.encode(model, tags.past_another(2 * QUICK.n_prompts, seed=seed))
    return behaviour.accuracy(model, some)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["accuracy_past_another_person"]
    assert low <= accuracy_past_another_person(seed=99) <= high
