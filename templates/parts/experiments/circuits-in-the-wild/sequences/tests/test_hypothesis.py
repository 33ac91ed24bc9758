"""Yours: the prediction of the notebook's second cell, held against lists that it does not use."""

from typing import Any

from published import published

from lab import measurement, sequences
from lab.settings import QUICK


def next_after_a_shuffled_list(seed: int) -> float:
    """How often the next item is put first where only the last of five is in its place: the mean of
    the families."""
    model, found = published(), []
    for family in sequences.FAMILIES.values():
        some, between = sequences.encoded(
            model, family, sequences.last_kept, QUICK.n_prompts, seed=seed
        )
        items = sequences.item_ids(model, family, between)
        found.append(measurement.next_share(model, some.corrupted, some, items))
    return sum(found) / len(found)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["next_after_a_shuffled_list"]
    assert low <= next_after_a_shuffled_list(seed=99) <= high
