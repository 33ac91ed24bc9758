"""The toy autoencoder on cases that can be solved by hand."""

import torch

from lab import toy

CPU = torch.device("cpu")


def test_points_have_norm_one_and_the_asked_density() -> None:
    points = toy.sparse_points(4000, 50, 0.1, torch.Generator().manual_seed(0))
    torch.testing.assert_close(points.norm(dim=1), torch.ones(4000))
    assert abs((points > 0).float().mean().item() - 0.1) < 0.005
    sparse = toy.sparse_points(500, 20, 0.0, torch.Generator().manual_seed(0))
    assert (sparse > 0).sum(1).tolist() == [1] * 500


def test_saying_zero_costs_one_and_a_perfect_code_nothing() -> None:
    points = toy.sparse_points(100, 2, 0.5, torch.Generator().manual_seed(0))
    zero = toy.Toys(torch.zeros(1, 2, 2), torch.zeros(1, 1, 2), points[None])
    perfect = zero._replace(W=torch.eye(2)[None])
    torch.testing.assert_close(zero.loss(points), torch.ones(1))
    torch.testing.assert_close(perfect.loss(points), torch.zeros(1))


def test_dimensions_of_known_arrangements() -> None:
    square = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    torch.testing.assert_close(toy.dimensions(square), torch.full((4,), 0.5))
    torch.testing.assert_close(toy.dimensions(torch.eye(3)), torch.ones(3))
    angle = 2 * torch.pi * torch.arange(5) / 5
    pentagon = torch.stack([angle.cos(), angle.sin()], dim=1)
    torch.testing.assert_close(toy.dimensions(pentagon), torch.full((5,), 2 / 5))


def test_three_points_are_learned_by_heart() -> None:
    toys = toy.sweep([3], 2, 30, 0.1, steps=400, seed=0, device=CPU, progress=False)[0]
    fresh = toy.sparse_points(200, 30, 0.1, torch.Generator().manual_seed(9))
    assert (toys.loss(toys.data) < 0.2).all()
    assert (toys.loss(fresh) > 0.7).all()
    assert toys.hidden().shape == (2, 3, 2)


def test_models_side_by_side_are_models_alone() -> None:
    data = toy.sparse_points(8, 6, 0.3, torch.Generator().manual_seed(0)).view(2, 4, 6)
    both = toy.train_toys(data, 5, seed=0)
    alone = toy.train_toys(data[:1], 5, seed=0)
    torch.testing.assert_close(both.W[0], alone.W[0])
