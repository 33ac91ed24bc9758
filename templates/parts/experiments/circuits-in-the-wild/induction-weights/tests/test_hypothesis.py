"""Yours: the prediction of the notebook's second cell, held against other random tokens."""

from typing import Any

from published import published

from lab import head_scores, measurement
from lab.settings import QUICK


def correlation(seed: int) -> float:
    """Predicted against real scores of the head, through the heads that fit best, on repeated tokens."""
    model = published()
    tokens = head_scores.repeated_tokens(model, QUICK.n_prompts, QUICK.length, seed)
    later = head_scores.attention_scores(model, tokens).induction
    later[0] = 0
    head = head_scores.head_named(QUICK.head, later)
    fits, by_chance = measurement.compositions(model, head, QUICK.n_draws, QUICK.seed)
    best = sorted(fits, key=lambda one: fits[one] / by_chance[one], reverse=True)
    predicted = measurement.predicted_scores(model, tokens, head, best[: QUICK.n_writers])
    return measurement.agreement(measurement.real_scores(model, tokens, head), predicted)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["correlation"]
    assert low <= correlation(seed=1) <= high
