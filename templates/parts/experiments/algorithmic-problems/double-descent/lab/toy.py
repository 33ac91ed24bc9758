"""The ReLU autoencoder of Toy Models of Superposition on few data points, as in Superposition,
Memorization, and Double Descent (Henighan et al. 2023),
https://www.anthropic.com/research/superposition-memorization-and-double-descent

x -> relu(W^T W x + b) with W [hidden, feature]. Several models are trained side by side.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm


class Toys(NamedTuple):
    """Trained models: W [model, hidden, feature], b [model, 1, feature], and their data."""

    W: Tensor
    b: Tensor
    data: Tensor  # [model, n, feature]

    def loss(self, x: Tensor) -> Tensor:
        """Squared error summed over features, mean over x [n, feature] or [model, n, feature]: [model].

        Data points have norm 1, so saying zero always costs 1.
        """
        return (torch.relu(x @ self.W.mT @ self.W + self.b) - x).square().sum(-1).mean(-1)

    def hidden(self) -> Tensor:
        """The hidden vectors of the training data: [model, n, hidden]."""
        return self.data @ self.W.mT


def sparse_points(n: int, n_features: int, density: float, generator: torch.Generator) -> Tensor:
    """n vectors [n, feature] of norm 1 in which each feature is present with this probability, with a
    size drawn evenly from 0 to 1; at least one is present."""
    here = {"generator": generator, "device": generator.device}
    present = torch.rand(n, n_features, **here) < density
    forced = torch.randint(n_features, (n, 1), **here)
    present |= ~present.any(1, keepdim=True) & (
        torch.arange(n_features, device=generator.device) == forced
    )
    values = torch.rand(n, n_features, **here).clamp_min(1e-3) * present
    return values / values.norm(dim=1, keepdim=True)


def train_toys(
    data: Tensor,
    steps: int,
    *,
    seed: int,
    hidden: int = 2,
    lr: float = 1e-2,
    weight_decay: float = 1e-2,
) -> Toys:
    """Train one model on each training set of data [model, n, feature], all of it at every step.

    Model i starts from the random weights of seed + i. AdamW; the learning rate warms up over a
    twentieth of the steps and falls like a cosine.
    """
    torch.set_grad_enabled(True)
    n_models, _, n_features = data.shape
    drawn = torch.stack(
        [
            torch.randn(hidden, n_features, generator=torch.Generator().manual_seed(seed + index))
            for index in range(n_models)
        ]
    ).to(data.device)
    weights = (drawn * (2 / (hidden + n_features)) ** 0.5).requires_grad_()
    b = torch.zeros(n_models, 1, n_features, device=data.device, requires_grad=True)
    optimizer = torch.optim.AdamW([weights, b], lr=lr, weight_decay=weight_decay)
    for step in range(steps):
        warm = min(1.0, (step + 1) / (0.05 * steps))
        for group in optimizer.param_groups:
            group["lr"] = lr * warm * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        loss = Toys(weights, b, data).loss(data)
        optimizer.zero_grad(set_to_none=True)
        loss.sum().backward()
        optimizer.step()
    return Toys(weights.detach(), b.detach(), data)


def sweep(
    sizes: list[int], n_models: int, n_features: int, density: float, steps: int, seed: int, device: torch.device,
    progress: bool = True,
) -> list[Toys]:  # fmt: skip
    """Models for each size of the training set, every model with data of its own."""
    found = []
    for size in tqdm(sizes, desc="toys", disable=not progress):
        generator = torch.Generator(device).manual_seed(seed)
        points = sparse_points(n_models * size, n_features, density, generator)
        found.append(train_toys(points.view(n_models, size, n_features), steps, seed=seed))
    return found


def dimensions(vectors: Tensor) -> Tensor:
    """How much of a dimension each vector [..., n, hidden] has to itself, |v|^2 / sum_j (v^ . v_j)^2: [..., n].

    1: nothing else along its direction; 1/2: it shares one with one other; 0: it is not represented.
    The dimensionality of Toy Models of Superposition (Elhage et al. 2022).
    """
    size = vectors.norm(dim=-1, keepdim=True).clamp_min(1e-9)
    unit = vectors / size
    along = (unit @ (vectors.mT @ vectors) * unit).sum(-1)  # no matrix of n by n
    return size[..., 0].square() / along.clamp_min(1e-9)


def at_random(n: int, hidden: int = 2, largest: int = 5, draws: int = 200) -> float:
    """The mean dimensionality of the `largest` of n normal vectors, mean over draws."""
    vectors = torch.randn(draws, n, hidden, generator=torch.Generator().manual_seed(0))
    return dimensions(vectors).topk(min(n, largest)).values.mean().item()
