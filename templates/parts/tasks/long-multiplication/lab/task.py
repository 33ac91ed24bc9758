"""The task: a * b, digit by digit in any base, least significant digit first."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, FiniteTask
from lab.digits import from_digits, to_digits
from lab.settings import Settings


class LongMultiplication(FiniteTask):
    """Every pair of factors as `a0 a1 ... * b0 b1 ... =`, units first, and the digits of the product.

    The model reads the right digits of the product so far. Digit d is token d, then "*" and "=".
    `chance` is the accuracy of always naming the most common digit of each output column.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.base, self.n_digits = settings.base, settings.n_digits
        self.d_vocab = self.base + 2
        self.equals = 2 * self.n_digits + 1  # position of "=", which predicts the units
        self.n_ctx = self.equals + 2 * self.n_digits
        self.answers = list(range(self.equals, self.n_ctx))
        numbers = torch.arange(self.base**self.n_digits)
        examples = self.encode(torch.cartesian_prod(numbers, numbers))
        self.most_common = [
            column.bincount().max().item() / len(column)
            for column in examples.targets[:, self.equals :].T
        ]
        self.chance = sum(self.most_common) / len(self.most_common)
        held_out = 1 - settings.train_share
        super().__init__(examples, held_out, settings.batch_size, settings.seed, device)

    def encode(self, pairs: Tensor) -> Batch:
        """Pairs of factors [batch, 2] as tokens, with the digits of their products as targets."""
        a, b = (to_digits(pairs[:, i], self.n_digits, self.base, "least-first") for i in (0, 1))
        product = to_digits(pairs[:, 0] * pairs[:, 1], 2 * self.n_digits, self.base, "least-first")
        sign = torch.full_like(pairs[:, :1], self.base)
        tokens = torch.cat([a, sign, b, sign + 1, product[:, :-1]], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, self.equals :] = product
        return Batch(tokens, targets)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Readers that add each column right and look at one column below for the carry, or at none."""
        names = {"column sums without carries": 0, "carries from one column below": 1}
        rules = {name: partial(self.with_short_carries, reach=n) for name, n in names.items()}
        return rules | {"one column below and the digit written there": self.with_written_carries}

    def with_short_carries(self, tokens: Tensor, reach: int) -> Tensor:
        """The digits [batch, pos] of a reader whose carries come from `reach` columns below."""
        sums = column_sums(*self.factors(tokens))
        said = torch.zeros_like(tokens)
        for column, position in enumerate(self.answers):
            carry = torch.zeros_like(sums[:, 0])
            for below in range(max(0, column - reach), column):
                carry = (sums[:, below] + carry) // self.base
            said[:, position] = (sums[:, column] + carry) % self.base
        return said

    def with_written_carries(self, tokens: Tensor) -> Tensor:
        """The digits [batch, pos] of a reader who takes from the digit written below what was carried there.

        It takes a carry for less than the base, which it need not be.
        """
        sums = column_sums(*self.factors(tokens))
        said = torch.zeros_like(tokens)
        said[:, self.equals] = sums[:, 0] % self.base
        for column, position in enumerate(self.answers[1:], 1):
            below = sums[:, column - 1]
            received = (tokens[:, position] - below) % self.base
            said[:, position] = (sums[:, column] + (below + received) // self.base) % self.base
        return said

    def factors(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The digits of both factors, units first: two [batch, n_digits]."""
        return tokens[:, : self.n_digits], tokens[:, self.n_digits + 1 : self.equals]

    def show(self, tokens: Tensor) -> str:
        """A question in the usual order of digits, most significant first."""
        written = []
        for part in self.factors(tokens[None]):
            digits = "".join(map(str, part[0].tolist()[::-1]))
            written.append(f"{digits} ({from_digits(part[0], self.base, 'least-first').item()})")
        return " * ".join(written)


def column_sums(a: Tensor, b: Tensor) -> Tensor:
    """The sum of the digit products in each column, before any carry: [batch, 2 * n_digits].

    a, b [batch, n_digits] are digits, units first. Column k sums a_i b_j over i + j = k.
    """
    n = a.shape[1]
    products = a[:, :, None] * b[:, None, :]
    columns = [
        products.flip(2).diagonal(n - 1 - k, dim1=1, dim2=2).sum(-1) for k in range(2 * n - 1)
    ]
    return torch.stack([*columns, torch.zeros_like(columns[0])], dim=1)


def carries(sums: Tensor, base: int) -> Tensor:
    """What each column receives from the ones below it: [batch, columns], of column sums [batch, columns]."""
    carry, received = torch.zeros_like(sums[:, 0]), []
    for column in sums.T:
        received.append(carry)
        carry = (column + carry) // base
    return torch.stack(received, dim=1)


def make_task(settings: Settings, device: torch.device) -> LongMultiplication:
    """The task with these settings, its data on the device."""
    return LongMultiplication(settings, device)
