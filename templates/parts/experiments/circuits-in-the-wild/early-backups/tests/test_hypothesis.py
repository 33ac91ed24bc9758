"""Yours: the prediction of the notebook's second cell, held against sentences that it does not use."""

from typing import Any

from published import published

from lab import abc_means, ioi, measurement, pairs
from lab.settings import QUICK


def right_without_s_inhibition(seed: int) -> float:
    """The share of sentences right with all S-inhibition heads at their ABC mean."""
    model = published()
    unrepeated = pairs.encode(model, ioi.unrepeated(QUICK.n_prompts, seed=seed))
    means = abc_means.means(
        model, pairs.encode(model, ioi.unrepeated(QUICK.n_prompts, seed=seed + 1))
    )
    asked = abc_means.fitting(unrepeated, means)
    taken = measurement.circuit(model, asked.rows(slice(0, QUICK.n_edited))).classes["S-inhibition"]
    differences = abc_means.without(model, asked, means, [taken])[0]
    return (differences > 0).float().mean().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["right_without_s_inhibition"]
    assert low <= right_without_s_inhibition(seed=99) <= high
