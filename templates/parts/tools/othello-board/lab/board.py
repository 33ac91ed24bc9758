"""The board in the residual stream: one linear probe for each square, with the classes empty, mine,
theirs for the player who moves next. That this is the basis in which a linear probe works was found in
https://www.alignmentforum.org/posts/nmxzr2zsjNtjaHh7x/ (Nanda 2023).
"""

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn import functional as F

from lab.othello import Rules
from lab.task import MINE, THEIRS


@dataclass
class BoardProbe:
    """Scores of the three states of each square: residual @ weights + bias."""

    weights: Tensor  # [d_model, square, 3]
    bias: Tensor  # [square, 3]

    def scores(self, residual: Tensor) -> Tensor:
        """Residual vectors [..., d_model] -> scores [..., square, 3], near 1 for the state read."""
        return torch.tensordot(residual, self.weights, dims=1) + self.bias

    def read(self, residual: Tensor) -> Tensor:
        """The board [..., square] with the highest scores."""
        return self.scores(residual).argmax(-1)

    def accuracy(self, residual: Tensor, boards: Tensor) -> Tensor:
        """The share of boards [n, square] read right, for each square."""
        return (self.read(residual) == boards).float().mean(0)

    def direction(self, plus: int = MINE, minus: int = THEIRS) -> Tensor:
        """For each square the direction along which one state's score rises against another's:
        [square, d_model], not normalised."""
        return (self.weights[..., plus] - self.weights[..., minus]).T

    def subspace(self) -> Tensor:
        """An orthonormal basis [d_model, rank] of all that the probe reads."""
        left, size, _ = torch.linalg.svd(self.weights.flatten(1), full_matrices=False)
        return left[:, size > 1e-4 * size[0]]


def fit(residual: Tensor, boards: Tensor, ridge: float = 1e-3) -> BoardProbe:
    """Fit a probe to residual vectors [n, d_model] and boards [n, square] of states 0, 1, 2.

    Ridge regression on one-hot states, in closed form; `ridge` is relative to the mean variance of
    the residual stream.
    """
    x, states = residual.double(), F.one_hot(boards, 3).flatten(1).double()
    mean_x, mean_states = x.mean(0), states.mean(0)
    x = x - mean_x
    gram = x.T @ x
    gram.diagonal().add_(ridge * gram.diagonal().mean() + 1e-9)
    weights = torch.linalg.solve(gram, x.T @ (states - mean_states))
    bias = mean_states - mean_x @ weights
    n_squares = boards.shape[1]
    return BoardProbe(weights.float().unflatten(1, (n_squares, 3)), bias.float().view(n_squares, 3))


def written_subspace(residual: Tensor, boards: Tensor) -> Tensor:
    """An orthonormal basis [d_model, rank] of what differs on average with a square's state: the span
    of the class means of all squares about the overall mean. residual [n, d_model], boards [n, square].

    A probe's subspace is the best for reading, this one is what the model writes.
    """
    states = F.one_hot(boards, 3).flatten(1).float()
    differences = (states / states.sum(0).clamp_min(1)).T @ (residual - residual.mean(0))
    left, size, _ = torch.linalg.svd(differences.T, full_matrices=False)
    return left[:, : 2 * boards.shape[1]][:, size[: 2 * boards.shape[1]] > 1e-3 * size[0]]


def best_guess(boards: Tensor, turns: Tensor) -> Tensor:
    """What a probe has to beat, for each square: always name its most common state at that turn.

    boards [n, square] and turns [n] give [square].
    """
    right = torch.zeros(boards.shape[1], device=boards.device)
    for turn in turns.unique():
        counts = F.one_hot(boards[turns == turn], 3).sum(0)
        right += counts.amax(-1)
    return right / len(boards)


def show(
    values: Tensor,
    rules: Rules,
    *,
    title: str,
    centre: float | None = None,
    limit: float = 0,
    ax: Axes | None = None,
) -> Axes:
    """One number for each square [square], drawn as a board; with `centre` the colours diverge there,
    up to `limit` on either side."""
    ax = ax or plt.subplots(figsize=(4, 3.6), layout="constrained")[1]
    picture = values.detach().cpu().view(rules.side, rules.side)
    options: dict[str, Any] = {"cmap": "viridis"}
    if centre is not None:
        spread = limit or max(float((picture - centre).abs().max()), 1e-9)
        options = {"cmap": "RdBu", "vmin": centre - spread, "vmax": centre + spread}
    ax.figure.colorbar(ax.imshow(picture, **options), ax=ax, shrink=0.8)
    ax.set_xticks(range(rules.side), list("abcdefgh"[: rules.side]))
    ax.set_yticks(range(rules.side), [str(row) for row in range(1, rules.side + 1)])
    ax.set_title(title, fontsize=10)
    return ax
