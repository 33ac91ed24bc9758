"""Yours: the prediction of the notebook's second cell, held against people that it does not use."""

from typing import Any

from published import published

from lab import addresses, measurement
from lab.settings import QUICK


def first_name_though_it_stands_second(seed: int) -> float:
    """The share of headers with turned names in which the first name is above the surname."""
    model = published()
    people = addresses.people(model, 4 * QUICK.n_people, seed=seed)
    turned = [addresses.prompt(one.surname, one.first) for one in people]
    logits = measurement.logits_at_end(model, turned)
    return measurement.first_above_surname(model, logits, people)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["first_name_though_it_stands_second"]
    assert low <= first_name_though_it_stands_second(seed=99) <= high
