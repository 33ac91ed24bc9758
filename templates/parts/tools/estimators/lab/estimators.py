"""What known algorithms predict at each place of a prompt, from the pairs before it.

Every estimator takes x [batch, n, d_x] and y [batch, n] and gives weights [batch, d_x]; `along` runs
one over the growing prompt.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Estimator = Callable[[Tensor, Tensor], Tensor]


def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """The weights of least squares; of all that fit, those with the smallest norm."""
    return (torch.linalg.pinv(x) @ y[..., None])[..., 0]


def ridge(penalty: float) -> Estimator:
    """Least squares plus `penalty` times the squared norm of the weights.

    With weights of prior variance v and noise of variance s, the posterior mean has penalty s / v.
    """

    def fit(x: Tensor, y: Tensor) -> Tensor:
        gram = x.mT @ x + penalty * torch.eye(x.shape[-1], device=x.device)
        return torch.linalg.solve(gram, (x.mT @ y[..., None])[..., 0])

    return fit


def gradient_steps(n_steps: int, rate: float) -> Estimator:
    """Gradient descent from zero on half the mean squared error of the pairs seen."""

    def fit(x: Tensor, y: Tensor) -> Tensor:
        weights = torch.zeros_like(x[:, 0])
        for _ in range(n_steps):
            error = y - torch.einsum("bnd,bd->bn", x, weights)
            weights = weights + rate * torch.einsum("bnd,bn->bd", x, error) / x.shape[1]
        return weights

    return fit


def lasso(penalty: float, n_steps: int = 200) -> Estimator:
    """Half the mean squared error plus `penalty` times the sum of absolute weights, by proximal
    gradient steps (ISTA) from zero."""

    def fit(x: Tensor, y: Tensor) -> Tensor:
        gram, moment = x.mT @ x / x.shape[1], torch.einsum("bnd,bn->bd", x, y) / x.shape[1]
        rate = 1 / torch.linalg.matrix_norm(gram, 2).clamp(min=1e-6)[:, None]
        weights = torch.zeros_like(moment)
        for _ in range(n_steps):
            moved = weights + rate * (moment - torch.einsum("bde,be->bd", gram, weights))
            weights = moved.sign() * (moved.abs() - rate * penalty).clamp(min=0)
        return weights

    return fit


def with_support(relevant: Tensor) -> Estimator:
    """Least squares by somebody who knows which coordinates matter, relevant [batch, d_x]."""
    return lambda x, y: least_squares(x * relevant[:, None], y) * relevant


def along(x: Tensor, y: Tensor, fit: Estimator) -> Tensor:
    """Predictions [batch, n] of an estimator that sees only the pairs before each; 0 at the first."""
    places = [torch.zeros_like(y[:, 0])]
    for seen in range(1, x.shape[1]):
        weights = fit(x[:, :seen], y[:, :seen])
        places.append((weights * x[:, seen]).sum(-1))
    return torch.stack(places, 1)


def best_along(x: Tensor, y: Tensor, fits: Sequence[Estimator]) -> Tensor:
    """Predictions [batch, n] with, at each place, the estimator of the least mean squared error there.

    Tuned on the very prompts it predicts, so it flatters the baseline, never the model.
    """
    tried = torch.stack([along(x, y, fit) for fit in fits])  # [fit, batch, n]
    best = (tried - y).square().mean(1).argmin(0)  # [n]
    return tried[best, :, torch.arange(y.shape[1], device=y.device)].T
