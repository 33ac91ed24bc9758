"""The task: a b = -> the larger (or the smaller) of a and b."""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, FiniteTask
from lab.settings import Settings


class MaxOfTwo(FiniteTask):
    """All pairs of numbers below n_numbers; tokens [batch, 3] are a, b and "=".

    The number n is token n, "=" is token n_numbers. (a, b) and (b, a) are held out together: they
    have the same answer. Chance is the accuracy of the most common answer.
    """

    n_ctx = 3

    def __init__(self, settings: Settings, device: torch.device) -> None:
        n = settings.n_numbers
        self.n_numbers = n
        self.operation = settings.operation
        self.equals = n
        self.d_vocab = n + 1
        self.chance = (2 * n - 1) / n**2
        pairs = torch.cartesian_prod(torch.arange(n), torch.arange(n))
        super().__init__(
            self.encode(pairs),
            settings.held_out_share,
            settings.batch_size,
            settings.seed,
            device,
            groups=pairs.amin(1) * n + pairs.amax(1),
        )

    def encode(self, pairs: Tensor) -> Batch:
        """Pairs [batch, 2] of numbers as tokens [batch, 3], with the answer at the last position."""
        answer = pairs.amax(1) if self.operation == "max" else pairs.amin(1)
        tokens = torch.cat([pairs, torch.full_like(pairs[:, :1], self.equals)], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, -1] = answer
        return Batch(tokens, targets)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """A rule that sees one number: say it if it is in the better half of all, else the other one."""

        def half(tokens: Tensor) -> Tensor:
            large = 2 * tokens[:, :1] >= self.n_numbers
            says_first = large if self.operation == "max" else ~large
            return torch.where(says_first, tokens[:, :1], tokens[:, 1:2]).expand_as(tokens)

        return {"the first if in the better half, else the second": half}

    def show(self, tokens: Tensor) -> str:
        """One example [3] as text."""
        a, b = tokens[:2].tolist()
        return f"{self.operation}({a}, {b}) ="


def make_task(settings: Settings, device: torch.device) -> MaxOfTwo:
    """The task with these settings, its data on the device."""
    return MaxOfTwo(settings, device)
