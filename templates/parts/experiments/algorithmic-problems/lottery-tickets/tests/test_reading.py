"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import torch
from torch import Tensor

from lab import fourier, many, measurement

P, WIDTH = 31, 200


def random(seed: int) -> Tensor:
    return torch.randn(P, WIDTH, generator=torch.Generator().manual_seed(seed))


def waves(frequencies: list[int], seed: int = 9) -> Tensor:
    """An embedding [P, WIDTH] of nothing but these frequencies, each column at phases of its own."""
    rows = fourier.basis(P)[[row for k in frequencies for row in (2 * k - 1, 2 * k)]]
    return (
        3
        * rows.T
        @ torch.randn(2 * len(frequencies), WIDTH, generator=torch.Generator().manual_seed(seed))
    )


def largest(values: Tensor, share: float = 0.3) -> Tensor:
    """The mask [P, WIDTH] of the largest of the values."""
    whole = {"W_E": torch.ones(1, P, WIDTH)}
    return many.prune({"W_E": values[None]}, whole, 1 - share)["W_E"][0]


def test_a_rise_under_the_ticket_proves_no_seed() -> None:
    start, learned = random(0), waves([3, 8])
    keys = measurement.key_frequencies(start + learned, 2)
    assert sorted(keys.tolist()) == [2, 7]
    before = measurement.share_at(start, keys)  # about 2 of 15: nothing was there from the start
    assert abs(before - 2 / 15) < 0.03
    mask = largest(start + learned)
    assert measurement.share_at(start * mask, keys) > before + 0.1
    at_random = mask.flatten()[torch.randperm(P * WIDTH)].view(P, WIDTH)
    assert abs(measurement.share_at(start * at_random, keys) - 2 / 15) < 0.04


def test_a_pattern_alone_raises_nothing_in_fresh_weights() -> None:
    mask = largest(random(0) + waves([3, 8]))
    keys = torch.tensor([2, 7])
    assert abs(measurement.share_at(random(5) * mask, keys) - 2 / 15) < 0.04


def test_what_was_there_from_the_start_is_seen_before_any_mask() -> None:
    keys = torch.tensor([2, 7])
    assert measurement.share_at(random(0) + 0.5 * waves([3, 8]), keys) > 0.25
    assert measurement.share_at(random(0), keys) < 0.2


def test_rounds_of_one_circuit_overlap_and_another_circuit_does_not() -> None:
    one, again, other = waves([3, 8], 1), waves([3, 8], 2), waves([5, 11], 3)
    assert measurement.overlap(one, again) > 0.85
    assert measurement.overlap(one, other) < 0.05
    assert measurement.overlap(random(0), random(1)) > 0.85, "flat spectra overlap as well"


def test_a_mean_of_steps_says_how_many_got_there() -> None:
    steps = torch.tensor([[100.0, 200.0], [50.0, torch.nan], [torch.nan, torch.nan]])
    mean, got_there = measurement.mean_steps(steps)
    assert mean[:2].tolist() == [150.0, 50.0]
    assert mean[2].isnan()
    assert got_there.tolist() == [2, 1, 0]
