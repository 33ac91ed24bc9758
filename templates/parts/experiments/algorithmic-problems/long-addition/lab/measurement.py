"""How a model of addition carries: how far it looks, and whether it believes the digits that it wrote.

A reader is anything that takes tokens [batch, pos] and gives logits [batch, pos, d_vocab].
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from lab.data import IGNORE
from lab.task import LongAddition, column_sums, longest_chain
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


def carries_into(a: Tensor, b: Tensor, n_digits: int) -> Tensor:
    """Whether a carry comes into each column, units first: [batch, n_digits + 1] of 0 and 1."""
    carry, received = torch.zeros_like(a), []
    for total in column_sums(a, b, n_digits).T:
        received.append(carry)
        carry = (total + carry >= 10).long()
    return torch.stack(received, dim=1)


def right_throughout(task: LongAddition, reader: Reader, a: Tensor, b: Tensor) -> Tensor:
    """Whether every digit of each sum [batch] is right, given the right digits before it."""
    batch = task.encode(a, b)
    wrong = predict(reader, batch.tokens).argmax(-1) != batch.targets
    return ~(wrong & (batch.targets != IGNORE)).any(1)


def by_chain(right: Tensor, a: Tensor, b: Tensor, n_digits: int) -> list[float]:
    """The share of right [batch] among sums whose longest chain of carries is 0, 1, ... n_digits."""
    chain = longest_chain(a, b, n_digits)
    return [right[chain == length].float().mean().item() for length in range(n_digits + 1)]


def without_carry_loss(a: Tensor, b: Tensor, n_digits: int) -> list[float]:
    """Nats lost in each column, units first, by who knows its two digits and how often a carry comes.

    That is the entropy of the carry: the column's own digits say nothing about it.
    """
    often = carries_into(a, b, n_digits).float().mean(0)
    return torch.special.entr(torch.stack([often, 1 - often])).sum(0).tolist()


class Moves(NamedTuple):
    """What digits do after a false digit before them, as shares; the rest stay."""

    along: float  # by one, as the carry that the false digit tells of would have it
    elsewhere: float


def after_a_lie(
    task: LongAddition, reader: Reader, a: Tensor, b: Tensor, *, settled: bool = False
) -> dict[int, Moves]:
    """By column, how many digits move to what a false digit before them says of the carry.

    Where a column sums to 9, the answer digit beside it tells whether a carry came. That digit is
    changed to tell the opposite, in the input alone. `settled` is the control: the same change by one
    beside a column that does not sum to 9, so that the question settles the carry.
    """
    batch, own = task.encode(a, b), column_sums(a, b, task.n_digits)
    carries, before = carries_into(a, b, task.n_digits), predict(reader, batch.tokens).argmax(-1)
    units_first = task.order == "least-first"
    moves = {}
    for position in task.answers[1:]:
        column = task.column(position)
        told = column - 1 if units_first else column  # the column whose sum leaves the carry open
        if not 1 <= told < task.n_digits:
            continue  # no carry can come in there
        rows = (own[:, told] == 9) != settled
        turn = 1 - 2 * carries[rows, told]
        lying = batch.tokens[rows].clone()
        lying[:, position] = (lying[:, position] + turn) % 10
        after, stays = predict(reader, lying)[:, position].argmax(-1), before[rows, position]
        along = after == (stays + turn) % 10
        elsewhere = ~along & (after != stays)
        moves[column] = Moves(along.float().mean().item(), elsewhere.float().mean().item())
    return moves
