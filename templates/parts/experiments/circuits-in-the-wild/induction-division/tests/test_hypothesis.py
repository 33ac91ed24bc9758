"""Yours: the prediction of the notebook's second cell, held against prompts that it does not draw."""

from typing import Any

from published import published

from lab import head_scores, measurement, texts
from lab.settings import QUICK


def share(seed: int) -> float:
    """Of the attention to two rival copies, the mean share of the longer one over the strongest heads."""
    model = published()
    scores = head_scores.attention_scores(model)
    heads = measurement.induction_heads(scores.induction, QUICK.n_heads, QUICK.threshold)
    vocabulary = head_scores.ordinary_tokens(model).cpu()
    length = min(QUICK.length, model.cfg.n_ctx)
    windows = texts.windows(model, QUICK, 1, 8)
    made = measurement.planted(
        measurement.Words(vocabulary, vocabulary, vocabulary),
        measurement.conditions(length)["rivals"],
        length,
        QUICK.n_prompts,
        seed,
        windows.tokens[0, : windows.bos].tolist(),
    )
    return float(measurement.share_to_longer(model, made, heads).mean())


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_to_the_longer_match"]
    assert low <= share(seed=99) <= high
