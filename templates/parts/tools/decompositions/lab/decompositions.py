"""Decompositions that know nothing of the task: PCA, ICA, NMF, random directions, t-SNE.

Each takes data [n, d], n observations of d variables, and gives coordinates [n, k] of the
observations. They run on the device of the data and repeat with the same seed.
"""

import torch
from torch import Tensor


def pca(data: Tensor, k: int) -> Tensor:
    """Coordinates [n, k] on the first k principal components, the largest variance first."""
    centred = data - data.mean(0)
    left, singular, _ = torch.linalg.svd(centred, full_matrices=False)
    return left[:, :k] * singular[:k]


def random_directions(data: Tensor, k: int, seed: int = 0) -> Tensor:
    """Coordinates [n, k] on k orthonormal directions drawn at random: the control."""
    directions = torch.linalg.qr(_normal((data.shape[1], k), seed, data.device)).Q
    return (data - data.mean(0)) @ directions


def ica(data: Tensor, k: int, seed: int = 0, steps: int = 200) -> Tensor:
    """Coordinates [n, k] on k components that are as independent as a rotation can make them.

    The first k principal components are whitened, then rotated by FastICA (Hyvärinen 1999), with
    tanh and all components at once. Order and sign of the components mean nothing.
    """
    left = torch.linalg.svd(data - data.mean(0), full_matrices=False).U[:, :k]
    white = left * len(data) ** 0.5
    rotation = _orthonormal(_normal((k, k), seed, data.device))
    for _ in range(steps):
        projected = (white @ rotation.T).tanh()
        slope = 1 - projected.square().mean(0)
        rotation = _orthonormal(projected.T @ white / len(data) - slope[:, None] * rotation)
    return white @ rotation.T


def nmf(data: Tensor, k: int, seed: int = 0, steps: int = 300) -> tuple[Tensor, Tensor]:
    """Weights [n, k] and parts [k, d], all at least 0, whose product is close to the data.

    Multiplicative updates for the squared error (Lee and Seung 2001). Raises ValueError for data
    with an entry below 0: it is a method for activations after a ReLU.
    """
    if data.min() < 0:
        raise ValueError("NMF needs data without negative entries; shift it first, and say so")
    scale = (data.mean() / k).sqrt()
    weights = scale * _normal((len(data), k), seed, data.device).abs()
    parts = scale * _normal((k, data.shape[1]), seed + 1, data.device).abs()
    for _ in range(steps):
        weights = weights * (data @ parts.T) / (weights @ (parts @ parts.T)).clamp_min(1e-12)
        parts = parts * (weights.T @ data) / ((weights.T @ weights) @ parts).clamp_min(1e-12)
    return weights, parts


def tsne(data: Tensor, perplexity: float = 10.0, seed: int = 0, steps: int = 500) -> Tensor:
    """Coordinates [n, 2] that keep neighbours together (van der Maaten and Hinton 2008).

    Exact, so for up to about a thousand observations. Distances between far points mean nothing.
    """
    shared = _affinities(data - data.mean(0), perplexity)
    place = 1e-2 * _normal((len(data), 2), seed, data.device)
    speed = torch.zeros_like(place)
    rate = max(len(data) / 12.0, 10.0)
    for step in range(steps):
        early = step < steps // 4
        closeness = 1 / (1 + torch.cdist(place, place).square())
        closeness.fill_diagonal_(0)
        pull = (shared * (4.0 if early else 1.0) - closeness / closeness.sum()) * closeness
        gradient = 4 * (pull.sum(1, keepdim=True) * place - pull @ place)
        speed = (0.5 if early else 0.8) * speed - rate * gradient
        place = place + speed
        place = place - place.mean(0)
    return place


def explained(truth: Tensor, coordinates: Tensor) -> float:
    """The share of the variance of `truth` [n, t] that is linear in `coordinates` [n, k].

    1: the components hold all of the known structure, whatever else they hold. k coordinates that
    have nothing to do with it explain about k / (n - 1), so compare with random directions.
    """
    truth, coordinates = truth - truth.mean(0), coordinates - coordinates.mean(0)
    left, singular, _ = torch.linalg.svd(coordinates, full_matrices=False)
    span = left[:, singular > 1e-5 * singular.max().clamp_min(1e-12)]
    return ((span.T @ truth).square().sum() / truth.square().sum().clamp_min(1e-12)).item()


def _affinities(data: Tensor, perplexity: float) -> Tensor:
    """Symmetric probabilities [n, n] of being neighbours; each point has `perplexity` of them."""
    squared = torch.cdist(data, data).square()
    others = ~torch.eye(len(data), dtype=torch.bool, device=data.device)
    squared = squared / squared[others].mean().clamp_min(1e-12)
    low = torch.full((len(data), 1), -10.0, device=data.device)
    high = torch.full_like(low, 15.0)
    for _ in range(40):  # bisect the logarithm of each point's precision
        middle = (low + high) / 2
        logits = (-squared * middle.exp()).masked_fill(~others, -torch.inf)
        log_p = logits.log_softmax(1).masked_fill(~others, 0.0)
        entropy = -(log_p.exp() * log_p * others).sum(1, keepdim=True)
        too_wide = entropy > torch.log(torch.tensor(perplexity, device=data.device))
        low, high = torch.where(too_wide, middle, low), torch.where(too_wide, high, middle)
    conditional = log_p.exp() * others
    return (conditional + conditional.T) / (2 * len(data))


def _orthonormal(matrix: Tensor) -> Tensor:
    left, _, right = torch.linalg.svd(matrix)
    return left @ right


def _normal(shape: tuple[int, int], seed: int, device: torch.device) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(device)
