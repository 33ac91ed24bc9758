"""Each decomposition against structure that was put there."""

import pytest
import torch

from lab import decompositions


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def circle_in(width: int, n: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    """A circle [n, 2], and the same circle turned into `width` dimensions with noise all around."""
    angle = 2 * torch.pi * torch.arange(n) / n
    circle = torch.stack([angle.cos(), angle.sin()], dim=1)
    plane = torch.linalg.qr(normal(width, 2, seed=9)).Q
    return circle, circle @ plane.T + 0.2 * normal(n, width, seed=1)


def test_pca_finds_the_plane_of_a_circle_and_random_directions_do_not() -> None:
    circle, data = circle_in(64)
    assert decompositions.explained(circle, decompositions.pca(data, 2)) > 0.9
    random = [decompositions.random_directions(data, 2, seed) for seed in range(1, 6)]
    assert max(decompositions.explained(circle, one) for one in random) < 0.6


def test_pca_is_what_torch_says_up_to_signs() -> None:
    data = normal(40, 6)
    _, _, right = torch.pca_lowrank(data, q=6, niter=20)
    expected = ((data - data.mean(0)) @ right)[:, :3].abs()
    torch.testing.assert_close(decompositions.pca(data, 3).abs(), expected, atol=1e-3, rtol=1e-3)


def test_ica_separates_two_mixed_signals_that_pca_leaves_mixed() -> None:
    t = torch.arange(400) / 400
    signals = torch.stack([torch.sign(torch.sin(25 * t)), (7 * t) % 1 - 0.5], dim=1)
    signals = (signals - signals.mean(0)) / signals.std(0)
    mixed = signals @ torch.tensor([[1.0, 0.6], [0.5, 1.0]])

    def alike(found: torch.Tensor) -> float:
        """The worst of each signal's best correlations with a component."""
        found = (found - found.mean(0)) / found.std(0)
        return (signals.T @ found / len(t)).abs().amax(1).min().item()

    assert alike(decompositions.ica(mixed, 2)) > 0.97
    assert alike(decompositions.pca(mixed, 2)) < 0.97


def test_nmf_finds_parts_that_do_not_overlap() -> None:
    parts = torch.block_diag(torch.ones(1, 4), torch.ones(1, 3), torch.ones(1, 5))
    data = normal(50, 3).abs() @ parts
    weights, found = decompositions.nmf(data, 3)
    assert (weights @ found - data).norm() < 0.05 * data.norm()
    owner = found.argmax(0)
    assert [len(owner[part > 0].unique()) for part in parts] == [1, 1, 1]


def test_nmf_refuses_negative_data() -> None:
    with pytest.raises(ValueError, match="without negative entries"):
        decompositions.nmf(torch.tensor([[1.0, -0.1]]), 1)


def test_tsne_keeps_three_groups_apart() -> None:
    groups = torch.arange(45) // 15
    data = 5 * normal(3, 20)[groups] + normal(45, 20, seed=1)
    place = decompositions.tsne(data, perplexity=8)
    distance = torch.cdist(place, place).fill_diagonal_(torch.inf)
    assert (groups[distance.argmin(1)] == groups).float().mean() > 0.95


def test_explained_is_one_for_a_linear_map_and_small_for_noise() -> None:
    truth = normal(200, 2)
    assert decompositions.explained(truth, truth @ normal(2, 5, seed=1)) > 0.999
    assert decompositions.explained(truth, normal(200, 5, seed=2)) < 0.1
