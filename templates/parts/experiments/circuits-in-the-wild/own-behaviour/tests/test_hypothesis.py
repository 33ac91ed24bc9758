"""Yours: the prediction of the notebook's second cell, held against the pairs that are kept back."""

from typing import Any

from published import published

from lab import behaviour, candidates, pairs
from lab.settings import QUICK


def shares(draws: int = 5) -> tuple[float, float]:
    """How often a prompt's own answer leads: as it stands, and with its words in random order."""
    model = published()
    kept = pairs.encode(model, candidates.kept_back(QUICK.candidate))
    mixed = [
        behaviour.accuracy(model, behaviour.words_shuffled(kept, seed)) for seed in range(draws)
    ]
    return behaviour.accuracy(model, kept), sum(mixed) / draws


def test_hypothesis(prediction: dict[str, Any]) -> None:
    for name, found in zip(("accuracy", "accuracy_shuffled"), shares(), strict=True):
        low, high = prediction[name]
        assert low <= found <= high, f"{name} is {found:.2f}"
