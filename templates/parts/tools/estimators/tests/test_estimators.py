"""The estimators against numbers that are known in closed form."""

import pytest
import torch

from lab import estimators


@pytest.fixture
def data() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    seeded = torch.Generator().manual_seed(0)
    x = torch.randn(500, 10, 4, generator=seeded)
    weights = torch.randn(500, 4, generator=seeded)
    return x, torch.einsum("bnd,bd->bn", x, weights), weights


def test_least_squares_is_exact_with_enough_pairs_and_of_least_norm_before(data) -> None:
    x, y, weights = data
    torch.testing.assert_close(estimators.least_squares(x, y), weights, atol=1e-3, rtol=1e-3)
    short = estimators.least_squares(x[:, :1], y[:, :1])
    expected = y[:, :1] * x[:, 0] / x[:, 0].square().sum(-1, keepdim=True)
    torch.testing.assert_close(short, expected, atol=1e-4, rtol=1e-3)


def test_its_error_falls_by_one_dimension_a_pair(data) -> None:
    x, y, _ = data
    error = (estimators.along(x, y, estimators.least_squares) - y).square().mean(
        0
    ) / y.square().mean()
    assert error.tolist()[:5] == pytest.approx([1, 0.75, 0.5, 0.25, 0], abs=0.12)
    assert error[5:].max() < 1e-4


def test_ridge_goes_from_least_squares_to_zero(data) -> None:
    x, y, weights = data
    torch.testing.assert_close(estimators.ridge(1e-6)(x, y), weights, atol=1e-2, rtol=1e-2)
    assert estimators.ridge(1e6)(x, y).abs().max() < 1e-3


def test_gradient_descent_takes_the_step_that_linear_attention_takes_and_ends_at_least_squares(
    data,
) -> None:
    x, y, weights = data
    one = estimators.gradient_steps(1, rate=0.5)(x, y)
    torch.testing.assert_close(one, 0.5 * torch.einsum("bnd,bn->bd", x, y) / 10)
    torch.testing.assert_close(
        estimators.gradient_steps(3000, 0.2)(x, y)[:50], weights[:50], atol=0.1, rtol=0.1
    )


def test_lasso_on_orthogonal_inputs_is_soft_thresholding() -> None:
    x = 2 * torch.eye(4)[None]  # x^T x / n is the identity
    y = torch.tensor([[2.0, -0.6, 0.1, 0.0]])
    weights = estimators.lasso(penalty=0.3)(x, y)
    torch.testing.assert_close(weights, torch.tensor([[0.7, 0.0, 0.0, 0.0]]), atol=1e-4, rtol=0)


def test_knowing_the_support_takes_as_many_pairs_as_there_are_weights(data) -> None:
    x, _, weights = data
    relevant = torch.zeros_like(weights, dtype=torch.bool)
    relevant[:, 1] = True
    y = torch.einsum("bnd,bd->bn", x, weights * relevant)
    found = estimators.along(x, y, estimators.with_support(relevant))
    torch.testing.assert_close(found[:, 1:], y[:, 1:], atol=1e-2, rtol=1e-2)


def test_the_best_of_several_is_nowhere_worse_than_any(data) -> None:
    x, y, _ = data
    y = y + torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    fits = [estimators.ridge(penalty) for penalty in (0.01, 1.0, 10.0)]
    best = (estimators.best_along(x, y, fits) - y).square().mean(0)
    for fit in fits:
        assert (best <= (estimators.along(x, y, fit) - y).square().mean(0) + 1e-6).all()
