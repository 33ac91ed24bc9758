"""Yours: the prediction of the notebook's second cell, held against sentences that it does not use."""

from typing import Any

from published import published

from lab import abc_means, ioi, measurement, pairs
from lab.settings import QUICK


def right_without_movers(seed: int) -> float:
    """The share of sentences that the last model of the list gets right without its name movers."""
    model = published(QUICK.models[-1])
    sentences = pairs.encode(model, ioi.unrepeated(QUICK.n_prompts, seed=seed))
    means = abc_means.means(
        model, pairs.encode(model, ioi.unrepeated(QUICK.n_prompts, seed=seed + 1))
    )
    asked = abc_means.fitting(sentences, means)
    few = asked.rows(slice(0, QUICK.n_edited))
    taken = measurement.movers(*measurement.sees(model, few), QUICK.n_removed)
    differences = abc_means.without(model, asked, means, [taken], "end")[0]
    return (differences > 0).float().mean().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["right_without_movers"]
    assert low <= right_without_movers(seed=99) <= high
