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


def at_frequencies(values: Tensor, keys: Tensor) -> Tensor:
    """The part of an embedding [P, WIDTH] at these frequencies, indices from 0."""
    basis = fourier.basis(P)
    rows = basis[[row for k in (keys + 1).tolist() for row in (2 * k - 1, 2 * k)]]
    return rows.T @ rows @ values


def largest(values: Tensor, share: float = 0.3) -> Tensor:
    """The mask [P, WIDTH] of the largest of the values."""
    whole = {"W_E": torch.ones(1, P, WIDTH)}
    return many.prune({"W_E": values[None]}, whole, 1 - share)["W_E"][0]


def rises(start: Tensor, learned: Tensor, keys: list[Tensor]) -> tuple[float, float]:
    """How far the share of the first network's keys rises under its own mask, and that of the other's keys
    under the mask of the other's change. start and learned [2, P, WIDTH]."""
    borrowed = measurement.with_anothers_change({"W_E": start}, {"W_E": start + learned})["W_E"]
    own, control = largest(start[0] + learned[0]), largest(borrowed[0])
    return tuple(
        measurement.share_at(start[0] * mask, asked) - measurement.share_at(start[0], asked)
        for mask, asked in ((own, keys[0]), (control, keys[1]))
    )


def test_a_rise_as_large_as_the_controls_proves_no_seed_and_a_larger_one_does() -> None:
    start = torch.stack([random(0), random(1)])
    keys = [torch.tensor([2, 7]), torch.tensor([4, 10])]
    unrelated = torch.stack([waves([3, 8], 9), waves([5, 11], 10)])
    own, control = rises(start, unrelated, keys)
    assert min(own, control) > 0.08, "nothing was there, and both rise"
    assert abs(own - control) < 0.05
    grown = torch.stack([6 * at_frequencies(start[i], keys[i]) for i in range(2)])
    own, control = rises(start, grown, keys)
    assert own > control + 0.1


def test_what_was_there_from_the_start_is_seen_before_any_mask() -> None:
    keys = torch.tensor([2, 7])
    low, high = measurement.random_band(random(0), len(keys))
    assert measurement.share_at(random(0) + 0.3 * waves([3, 8]), keys) > high
    shares = [measurement.share_at(random(seed), keys) for seed in range(100)]
    assert sum(low < share < high for share in shares) > 85


def trained(start: Tensor) -> Tensor:
    """Training as a story: it enlarges the two frequencies that are strongest where it begins."""
    return start + 6 * at_frequencies(start, measurement.key_frequencies(start, 2))


def above_both(start: Tensor, fresh: list[Tensor], mask: Tensor, dense: Tensor) -> dict[str, bool]:
    """Which networks overlap with the dense spectrum more than another seed's and an untrained one do, in the
    mean over several fresh weights and random masks."""

    def mean(begun: list[Tensor]) -> float:
        return sum(measurement.overlap(trained(one), dense) for one in begun) / len(begun)

    line = max(mean([random(seed) for seed in range(11, 19)]), measurement.overlap(start, dense))
    shuffled = [many.shuffled({"W_E": mask[None]}, seed)["W_E"][0] for seed in range(8)]
    overlaps = {
        "ticket": mean([start * mask]),
        "random mask": mean([start * other for other in shuffled]),
        "fresh weights": mean([one * mask for one in fresh]),
    }
    return {name: overlap > line + 0.2 for name, overlap in overlaps.items()}


def test_overlap_tells_whether_the_mask_the_start_or_both_led() -> None:
    plain, keys = random(0), torch.tensor([2, 7])
    fresh = [random(seed) for seed in range(1, 9)]
    dense = plain + 6 * at_frequencies(plain + 0.7 * waves([3, 8]), keys)
    found = above_both(plain, fresh, largest(dense, 0.5), dense)
    assert found == {"ticket": True, "random mask": False, "fresh weights": False}, "together"

    seeded = plain + 0.7 * waves([3, 8])
    found = above_both(seeded, fresh, largest(trained(seeded), 0.5), trained(seeded))
    assert found == {"ticket": True, "random mask": True, "fresh weights": False}, "the start"

    positive, striped = plain.abs(), (waves([3, 8], 5) > 0).float()
    found = above_both(positive, [one.abs() for one in fresh], striped, trained(positive * striped))
    assert found == {"ticket": True, "random mask": False, "fresh weights": True}, "the mask"

    assert measurement.overlap(waves([3, 8], 1), waves([5, 11], 3)) < 0.05
    assert measurement.overlap(random(0), random(1)) > 0.85, "flat spectra overlap as well"


def test_a_mean_of_steps_says_how_many_got_there() -> None:
    steps = torch.tensor([[100.0, 200.0], [50.0, torch.nan], [torch.nan, torch.nan]])
    mean, got_there = measurement.mean_steps(steps)
    assert mean[:2].tolist() == [150.0, 50.0]
    assert mean[2].isnan()
    assert got_there.tolist() == [2, 1, 0]
