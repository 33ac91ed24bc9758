"""Yours: the prediction of the notebook's second cell, held against passages that it does not read."""

from typing import Any

from published import published

from lab import folded, measurement, texts
from lab.settings import QUICK


def share_removed() -> float:
    """The median over the ten most negative neurons of what each removes where it fires."""
    model = published()
    windows = texts.windows(model, QUICK, QUICK.n_windows, QUICK.length, part="held-out")
    found = measurement.cosines(folded.reads(model), folded.writes(model))
    neurons = measurement.most_negative(found, 10)
    active = measurement.activations(model, windows.tokens, neurons)
    firing = {one: measurement.fires(values, QUICK.n_firing) for one, values in active.items()}
    firing = {one: mask for one, mask in firing.items() if mask.any()}
    removed = measurement.erased(model, windows.tokens, firing)
    return measurement.median(one.by_neuron for one in removed.values())


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_removed"]
    assert low <= share_removed() <= high
