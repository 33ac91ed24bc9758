"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import pytest
import torch

from lab import decompositions, fourier, measurement
from lab.settings import QUICK

P = 31
PAIRS = torch.cartesian_prod(torch.arange(P), torch.arange(P))


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def rank(matrix: torch.Tensor) -> float:
    return measurement.effective_rank(torch.linalg.svdvals(matrix))


def waves(frequencies: list[int]) -> torch.Tensor:
    """Cosine and sine of each frequency over the numbers: [P, 2 * frequencies]."""
    return fourier.basis(P)[[row for k in frequencies for row in (2 * k - 1, 2 * k)]].T


def wave_neurons(frequencies: list[int], phases: int) -> tuple[torch.Tensor, torch.Tensor]:
    """ReLU neurons on every pair [P * P, neuron] that read waves, and the frequency of each."""
    k = torch.tensor(frequencies).repeat_interleave(phases)
    turn = 2 * torch.pi * torch.arange(phases).repeat(len(frequencies)) / phases
    first, second = (2 * torch.pi * PAIRS[:, [i]] * k / P + turn for i in (0, 1))
    return torch.relu(first.cos() + second.cos()), k


def test_effective_rank_counts_directions_and_does_not_name_them() -> None:
    assert rank(torch.eye(20)) == pytest.approx(20)
    assert rank(normal(20, 1) @ normal(1, 30)) == pytest.approx(1, abs=1e-3)
    of_waves = waves([3, 8]) @ torch.linalg.qr(normal(64, 4)).Q.T
    of_anything = torch.linalg.qr(normal(P, 4)).Q @ torch.linalg.qr(normal(64, 4, seed=1)).Q.T
    assert rank(of_waves) == pytest.approx(4, abs=1e-3)
    assert rank(of_anything) == pytest.approx(4, abs=1e-3)
    assert fourier.spectrum(of_waves).topk(2).values.sum() > 0.99
    assert fourier.spectrum(of_anything).topk(2).values.sum() < 0.6


def test_a_plane_is_a_wave_where_its_single_vectors_are_not() -> None:
    mixed = waves([3, 8]) @ torch.linalg.qr(normal(4, 4)).Q  # equal singular values: any rotation
    assert fourier.power(mixed).amax(0).min() < 0.9
    for k in (3, 8):
        assert decompositions.explained(waves([k]), mixed) > 0.99
    assert decompositions.explained(waves([5]), mixed) < 0.01


def test_chance_knows_that_the_strongest_wave_was_picked() -> None:
    mean, spread = measurement.wave_of_chance(normal(P, 64))
    assert mean > 6 / (P - 1) + 0.05, "more than six random directions hold of any wave"
    k, held = measurement.strongest_wave(normal(P, 64, seed=99))
    assert abs(held - mean) < 4 * spread
    k, held = measurement.strongest_wave(waves([3, 8]) @ normal(4, 64) + 0.01 * normal(P, 64))
    assert k in (3, 8) and held > 0.99


def test_the_list_is_asked_as_it_is_trained() -> None:
    shuffled = measurement.ShuffledAnswers(QUICK, torch.device("cpu"))
    asked, trained = shuffled.held_out(), shuffled.train_batch()
    assert torch.equal(asked.targets, trained.targets)
    sums = trained.tokens[:, :2].sum(1) % QUICK.modulus
    assert (trained.targets[:, -1] == sums).float().mean() < 0.1
    assert torch.equal(trained.targets[:, -1].sort().values, sums.sort().values)


def test_neurons_of_one_frequency_a_quarter_turn_apart_look_unlike() -> None:
    activations, _ = wave_neurons([3], phases=16)
    alike = measurement.likeness((activations - activations.mean(0)).T)
    assert alike[0, 0] == pytest.approx(1, abs=1e-4)
    assert alike[0, 4] < 0.05
    assert alike[0, 1] > 0.8
    turn = 2 * torch.pi * torch.arange(16) / 16
    read = torch.cos(
        2 * torch.pi * 3 * torch.arange(P)[:, None] / P + turn
    )  # what each reads of a number
    alike = measurement.likeness(read.T)
    assert alike[0, 4] < 0.01 and alike[0, 1] > 0.9


def test_blind_groups_tell_what_training_put_in_from_what_was_there() -> None:
    activations, truth = wave_neurons([2, 7, 11], phases=16)
    trained, groups = (activations - activations.mean(0)).T, [3, 6, 9, 12]
    size = trained.std()
    at_random = size * normal(*trained.shape)
    seeded = trained + size * normal(*trained.shape, seed=1)
    index, nothing, there = (
        max(measurement.agreement(rows, truth, groups)) for rows in (trained, at_random, seeded)
    )
    assert index > 0.4 and nothing < 0.15
    assert there > 0.7 * index


def test_a_neuron_without_a_frequency_has_no_true_group() -> None:
    activations, truth = wave_neurons([2, 7], phases=8)
    noise = torch.relu(normal(P * P, 5))
    clear, frequency = measurement.of_one_frequency(torch.cat([activations, noise], dim=1))
    assert clear.tolist() == [True] * 16 + [False] * 5
    assert torch.equal(frequency[:16], truth)
