"""Yours: the prediction of the notebook's second cell, held against passages that it does not read."""

from typing import Any

from published import published

from lab import ioi, ioi_heads, measurement, pairs, texts
from lab.settings import QUICK


def precision() -> float:
    """Of the strongest name mover's rule, on held-out passages behind those of the notebook."""
    model = published()
    sentences = pairs.encode(model, ioi.swapped(QUICK.n_prompts))
    third_name = pairs.encode(model, ioi.unrepeated(QUICK.n_prompts))
    direct = ioi_heads.direct_effects(model, sentences).mean(0).cpu()
    difference = float(measurement.patching.both_ends(model, sentences).source.mean())
    found = ioi_heads.labels(direct, ioi_heads.looks(model, sentences, third_name), difference)
    (head,) = measurement.followed(direct, found["name mover"], 1, 1)
    made, both = (
        texts.windows(model, QUICK, n, QUICK.length, part=part, kind="prose").tokens
        for n, part in ((QUICK.n_texts, "train"), (2 * QUICK.n_texts, "held-out"))
    )
    limit = measurement.threshold(measurement.trace(model, made, head, QUICK.seed), 0.05)
    unseen = measurement.trace(model, both[QUICK.n_texts :], head, QUICK.seed)
    return measurement.precision_and_recall(unseen, limit)[0]


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["precision_of_the_rule"]
    assert low <= precision() <= high
