"""Fourier analysis over the integers modulo p, after Progress Measures for Grokking via Mechanistic
Interpretability (Nanda et al. 2023), https://arxiv.org/abs/2301.05217"""

from typing import NamedTuple

import torch
from torch import Tensor


class Waves(NamedTuple):
    """The strongest frequency of each column, the share of its variance, and its phase: [..., column].

    A column n -> cos(2 pi k n / p + phase) has frequency k, share 1 and this phase, -pi to pi.
    """

    frequency: Tensor
    share: Tensor
    phase: Tensor


def basis(p: int, device: torch.device | str = "cpu") -> Tensor:
    """The orthonormal Fourier basis [p, p]: a constant row, then cos and sin of each frequency 1, 2, ...

    Row 2k - 1 is cos(2 pi k n / p), row 2k is sin; for an even p the last row is cos of p / 2 alone.
    """
    n = torch.arange(p, dtype=torch.float64)
    rows = [torch.ones(p, dtype=torch.float64)]
    for k in range(1, p // 2 + 1):
        angle = 2 * torch.pi * k * n / p
        rows += [angle.cos(), angle.sin()]
    matrix = torch.stack(rows[:p])
    return (matrix / matrix.norm(dim=1, keepdim=True)).float().to(device)


def power(values: Tensor) -> Tensor:
    """The share of the variance over the first dimension at each frequency 1 .. p // 2.

    values [p, ...] gives [p // 2, ...] with sums of 1 over the first dimension. The constant is left out.
    """
    p = len(values)
    coefficients = torch.tensordot(basis(p, values.device), values.float(), dims=1)[1:]
    squared = coefficients.square()
    if p % 2 == 0:  # the highest frequency of an even p has no sine
        squared = torch.cat([squared, torch.zeros_like(squared[:1])])
    by_frequency = squared.unflatten(0, (-1, 2)).sum(1)
    return by_frequency / by_frequency.sum(0).clamp_min(1e-12)


def spectrum(weights: Tensor) -> Tensor:
    """The share of the norm of a matrix [p, d] at each frequency over its rows: [p // 2]."""
    centred = weights - weights.mean(0)
    per_column = centred.square().sum(0)
    return (power(weights) * per_column).sum(1) / per_column.sum().clamp_min(1e-12)


def frequency_of(activations: Tensor) -> tuple[Tensor, Tensor]:
    """For neurons that see pairs, the frequency that explains most, and the share that it explains.

    activations [p, p, d] over (a, b) gives two [d]: the frequency k, and the share of the variance that
    cos and sin of k in a, in b and in their products explain.
    """
    p = len(activations)
    both = torch.einsum("ka,lb,abd->kld", *[basis(p, activations.device)] * 2, activations.float())
    squared = both.square()
    squared[0, 0] = 0.0
    rows = [[0, 2 * k - 1, *([2 * k] if 2 * k < p else [])] for k in range(1, p // 2 + 1)]
    shares = torch.stack([squared[row][:, row].sum((0, 1)) for row in rows])
    shares = shares / squared.sum((0, 1)).clamp_min(1e-12)
    best = shares.max(0)
    return best.indices + 1, best.values


def strongest(weights: Tensor) -> Waves:
    """The strongest wave of weights [..., p, column] over the numbers 0 to p - 1."""
    by_number = weights.movedim(-2, 0)
    share, index = power(by_number).max(0)
    coefficients = torch.tensordot(basis(len(by_number), weights.device), by_number, dims=1)
    cosine = coefficients.gather(0, 2 * index[None] + 1)[0]
    sine = coefficients.gather(0, 2 * index[None] + 2)[0]
    return Waves(index + 1, share, torch.atan2(-sine, cosine))


def keeping(weights: Tensor, frequency: Tensor) -> Tensor:
    """The part of weights [..., p, column] that is constant or a wave of each column's frequency.

    `frequency` [..., column] is from 1 to (p - 1) / 2, for an odd p.
    """
    by_number = weights.movedim(-2, 0)
    rows = basis(len(by_number), weights.device)
    coefficients = torch.tensordot(rows, by_number, dims=1)
    of_row = (torch.arange(len(rows), device=weights.device) + 1) // 2  # 0, 1, 1, 2, 2, ...
    of_row = of_row.view(-1, *[1] * frequency.dim())
    kept = coefficients * ((of_row == 0) | (of_row == frequency))
    return torch.tensordot(rows.T, kept, dims=1).movedim(0, -2)


def agreement(one: Tensor, other: Tensor) -> float:
    """How closely two lists of angles [n] agree: 1 if they are equal, near 0 if unrelated, -1 if opposite."""
    return torch.cos(one - other).mean().item()
