"""The task: x1, f(x1), x2, f(x2), ... with a new f in every prompt; predict f(x) at each x.

Set-up of What Can Transformers Learn In-Context? (Garg et al. 2022), https://arxiv.org/abs/2208.01066
"""

from typing import NamedTuple

import torch
from torch import Tensor

from lab.data import Batch, SampledTask
from lab.settings import Settings

HIDDEN = 4  # neurons of a function of the family "network"


class Prompts(NamedTuple):
    """Prompts and the functions behind them."""

    x: Tensor  # [batch, pair, d_x]
    y: Tensor  # [batch, pair], with noise
    weights: Tensor  # [batch, d_x], what a linear f multiplies x with; nan where f is not linear
    relevant: Tensor  # [batch, d_x], True where f depends on the coordinate


class InContextFunctions(SampledTask):
    """Prompts of n_pairs pairs. y has mean square 1, up to noise, in every family.

    A prompt is 2 * n_pairs vectors [d_x + 1]: at even positions x and a zero, at odd ones y in the
    last place, with its x before it where `joined` is set. Targets [batch, n_pairs] are the y.
    `chance` is the score of predicting zero.
    """

    chance = 0.0
    d_vocab = 1

    def __init__(self, settings: Settings, device: torch.device) -> None:
        if settings.family == "sparse" and settings.n_nonzero > settings.d_x:
            raise ValueError("n_nonzero may be at most d_x")
        if settings.family == "tree" and settings.d_x < 3:
            raise ValueError("a tree of depth 2 asks about 3 coordinates: d_x must be at least 3")
        self.family, self.n_nonzero = settings.family, settings.n_nonzero
        self.d_x, self.n_pairs, self.noise = settings.d_x, settings.n_pairs, settings.noise
        self.joined = settings.joined
        self.d_input, self.n_ctx = settings.d_x + 1, 2 * settings.n_pairs
        super().__init__(settings.batch_size, settings.seed, device)
        self.zero_loss = self.held_out().targets.square().mean().item()

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n prompts, each with a function of its own."""
        return self.encode(self.prompts(n, generator))

    def prompts(self, n: int, generator: torch.Generator) -> Prompts:
        """n prompts with the functions behind them."""

        def normal(*shape: int) -> Tensor:
            return torch.randn(n, *shape, generator=generator, device=self.device)

        x = normal(self.n_pairs, self.d_x)
        if self.family == "tree":
            x = x.sign()
        shuffled = torch.rand(n, self.d_x, generator=generator, device=self.device).argsort(1)
        relevant = torch.ones_like(shuffled, dtype=torch.bool)
        weights = torch.full_like(x[:, 0], torch.nan)
        if self.family in ("linear", "sparse"):
            used = self.d_x if self.family == "linear" else self.n_nonzero
            relevant = shuffled < used
            weights = normal(self.d_x) * relevant / used**0.5
            y = torch.einsum("bpd,bd->bp", x, weights)
        elif self.family == "network":
            hidden = torch.einsum(
                "bpd,bdh->bph", x, normal(self.d_x, HIDDEN) / self.d_x**0.5
            ).relu()
            y = torch.einsum("bph,bh->bp", hidden, normal(HIDDEN)) * (2 / HIDDEN) ** 0.5
        else:
            root, left, right = shuffled[:, :3].T
            relevant = (torch.zeros_like(x[:, 0]).scatter(1, shuffled[:, :3], 1)).bool()
            at_root = self._side(x, root)
            second = torch.where(at_root, self._side(x, right), self._side(x, left))
            y = normal(4).gather(1, 2 * at_root.long() + second.long())
        return Prompts(x, y + self.noise * normal(self.n_pairs), weights, relevant)

    def encode(self, prompts: Prompts) -> Batch:
        """Prompts as vectors [batch, 2 * n_pairs, d_x + 1], with the y as targets [batch, n_pairs]."""
        x, y = prompts.x, prompts.y[..., None]
        asked = torch.cat([x, torch.zeros_like(y)], -1)
        told = torch.cat([x if self.joined else torch.zeros_like(x), y], -1)
        return Batch(torch.stack([asked, told], 2).flatten(1, 2), prompts.y)

    def loss(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error of predictions [batch, pos] at the positions of x, scalar."""
        return (predictions[:, ::2] - targets).square().mean()

    def score(self, predictions: Tensor, targets: Tensor) -> float:
        """The share of the targets' mean square that the predictions explain; 0 for predicting zero."""
        return 1 - (self.loss(predictions, targets) / targets.square().mean()).item()

    def show(self, tokens: Tensor) -> str:
        """The first three pairs of one prompt [pos, d_x + 1] as text."""
        lines = []
        for asked, told in tokens[:6].view(-1, 2, self.d_input).tolist():
            lines.append(
                f"f({', '.join(f'{value:+.2f}' for value in asked[:-1])}) = {told[-1]:+.2f}"
            )
        return "\n".join(lines)

    @staticmethod
    def _side(x: Tensor, coordinate: Tensor) -> Tensor:
        """Whether one coordinate [batch] of x [batch, pair, d_x] is positive: [batch, pair]."""
        return x.gather(2, coordinate[:, None, None].expand(-1, x.shape[1], 1))[..., 0] > 0


def make_task(settings: Settings, device: torch.device) -> InContextFunctions:
    """The task with these settings, its data on the device."""
    return InContextFunctions(settings, device)
