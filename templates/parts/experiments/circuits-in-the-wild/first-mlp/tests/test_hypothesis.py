"""Yours: the prediction of the notebook's second cell, held against passages that it does not read."""

from typing import Any

from published import published

from lab import measurement, texts
from lab.settings import QUICK


def share(seed: int) -> float:
    """What the table by token wins back of MLP0, on held-out passages behind those of the notebook."""
    model = published(QUICK.models[0])
    made_from = texts.windows(model, QUICK, QUICK.n_table, QUICK.length, part="train").tokens
    both = texts.windows(model, QUICK, 2 * QUICK.n_passages, QUICK.length, part="held-out", each=2)
    tokens = both.tokens[QUICK.n_passages :]
    first = tokens[0, :1] if both.bos else tokens[0, :0]
    changes = measurement.token_tables(model, made_from, tokens, 0, QUICK.seen, seed, first)
    found = measurement.damages(model, tokens, changes)
    return measurement.share_won_back(found["table by token"], found["the mean"])


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_won_back"]
    assert low <= share(seed=1) <= high
