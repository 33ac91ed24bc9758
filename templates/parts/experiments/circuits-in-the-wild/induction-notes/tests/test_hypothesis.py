"""Yours: the prediction of the notebook's second cell, held against other random tokens."""

from typing import Any

from published import published

from lab import head_scores, measurement
from lab.settings import QUICK


def left_at_the_end(seed: int) -> float:
    """The share of the previous-token head's notes that is left after the last layer, first pass."""
    model = published()
    scores = head_scores.attention_scores(model)
    head = head_scores.head_named(QUICK.writer, scores.previous[:-1])
    bos = head_scores.repeated_tokens(model, 1, 8)[0, :-8].tolist()
    made = measurement.passes(
        head_scores.ordinary_tokens(model), QUICK.n_prompts, QUICK.half, seed, bos
    )
    found = measurement.follow(model, made.repeated, head)
    return float(measurement.left(found, made.first)[-1].mean())


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["left_after_the_last_layer"]
    assert low <= left_at_the_end(seed=99) <= high
