"""The Fourier analysis against waves that were put there, and against torch's own transform."""

import pytest
import torch

from lab import fourier


@pytest.mark.parametrize("p", [7, 10, 31])
def test_the_basis_is_orthonormal(p: int) -> None:
    made = fourier.basis(p)
    torch.testing.assert_close(made @ made.T, torch.eye(p))


@pytest.mark.parametrize("p", [7, 10])
def test_power_is_that_of_the_discrete_fourier_transform(p: int) -> None:
    values = torch.randn(p, 4, generator=torch.Generator().manual_seed(0))
    squared = torch.fft.rfft(values, dim=0)[1:].abs().square()
    if p % 2 == 0:
        squared[-1] /= 2  # rfft counts every other frequency twice over the whole circle
    torch.testing.assert_close(fourier.power(values), squared / squared.sum(0))


def test_an_embedding_made_of_two_waves_has_two_peaks() -> None:
    n = torch.arange(31)
    waves = [torch.cos(2 * torch.pi * 5 * n / 31), 2 * torch.sin(2 * torch.pi * 9 * n / 31)]
    share = fourier.spectrum(torch.stack(waves, dim=1))
    torch.testing.assert_close(share[[4, 8]], torch.tensor([0.2, 0.8]))


def test_a_neuron_that_computes_a_wave_of_the_sum_is_named_by_its_frequency() -> None:
    a, b = torch.meshgrid(torch.arange(31), torch.arange(31), indexing="ij")
    wave = torch.cos(2 * torch.pi * 4 * (a + b) / 31)
    noise = torch.randn(31, 31, generator=torch.Generator().manual_seed(0))
    frequency, share = fourier.frequency_of(torch.stack([wave, noise], dim=-1))
    assert frequency[0] == 4
    assert share[0] > 0.999
    assert share[1] < 0.1


def test_the_phase_is_that_of_the_wave() -> None:
    angle = 2 * torch.pi * 4 * torch.arange(31) / 31
    found = fourier.strongest(torch.cos(angle[:, None] + torch.tensor([0.5, -2.0])))
    torch.testing.assert_close(found.phase, torch.tensor([0.5, -2.0]))
    assert found.frequency.tolist() == [4, 4]


def test_keeping_one_frequency_drops_the_others_and_keeps_the_mean() -> None:
    angle = 2 * torch.pi * torch.arange(31) / 31
    one, other = torch.cos(3 * angle + 1) + 2, torch.sin(8 * angle)
    columns = torch.stack([one + other, one + other], dim=1)
    kept = fourier.keeping(columns, torch.tensor([3, 8]))
    torch.testing.assert_close(kept, torch.stack([one, other + 2], dim=1))


def test_angles_agree_if_they_are_equal_up_to_whole_turns() -> None:
    angles = torch.linspace(-3, 3, 50)
    assert fourier.agreement(angles, angles + 2 * torch.pi) > 0.999
    assert fourier.agreement(angles, angles + torch.pi) < -0.999
