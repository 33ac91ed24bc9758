"""Each reading key of the notebook, tried on readers whose way of carrying is known."""

import math

import pytest
import torch
from torch.nn import functional as F

from lab import measurement
from lab.digits import to_digits
from lab.settings import QUICK
from lab.task import LongAddition, column_sums, looking_back, make_task
from lab.training import loss_by_position

CPU = torch.device("cpu")
ORDERS = ["most-first", "least-first"]


def questions(order: str) -> tuple[LongAddition, torch.Tensor, torch.Tensor]:
    task = make_task(QUICK.but(answer_order=order, n_digits=3), CPU)
    return task, *task.numbers(task.sample(3000, torch.Generator().manual_seed(5)).tokens)


def saying(task: LongAddition, digits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Logits that name digits [batch, column], units first."""
    logits = torch.zeros(*tokens.shape, task.d_vocab)
    for position in task.answers:
        logits[:, position] = F.one_hot(digits[:, task.column(position)], task.d_vocab).float()
    return logits


def adder(task: LongAddition, columns: int):
    """A reader that works out its carries from the question, so many columns back."""

    def read(tokens):
        numbers = looking_back(*task.numbers(tokens), task.n_digits, columns)
        return saying(task, to_digits(numbers, task.n_digits + 1, order="least-first"), tokens)

    return read


def trusting(task: LongAddition, always: bool = False):
    """A reader that takes the carry from the digit written before, where the question leaves it open.

    With `always`, it moves with that digit everywhere: it parrots.
    """

    def read(tokens):
        a, b = task.numbers(tokens)
        truth = to_digits(a + b, task.n_digits + 1, order="least-first")
        own = column_sums(a, b, task.n_digits)
        right = task.encode(a, b).tokens
        digits = truth.clone()
        for position in task.answers[1:]:
            column = task.column(position)
            told = column - 1 if task.order == "least-first" else column
            open_ = (own[:, told] == 9) | torch.tensor(always)
            moved = (truth[:, column] + tokens[:, position] - right[:, position]) % 10
            digits[:, column] = torch.where(open_, moved, truth[:, column])
        return saying(task, digits, tokens)

    return read


def lost(task: LongAddition):
    """A reader that adds from the question, and says something else after a digit that cannot be."""

    def read(tokens):
        right = task.encode(*task.numbers(tokens)).tokens
        wrong = (tokens != right)[..., None]
        said = adder(task, 3)(tokens)
        return torch.where(wrong, said.roll(5, dims=-1), said)

    return read


@pytest.mark.parametrize("order", ORDERS)
def test_accuracy_ends_at_the_chain_that_an_adder_looks_back(order: str) -> None:
    task, a, b = questions(order)
    for columns, expected in [(1, [1, 1, 0, 0]), (2, [1, 1, 1, 0]), (3, [1, 1, 1, 1])]:
        right = measurement.right_throughout(task, adder(task, columns), a, b)
        assert measurement.by_chain(right, a, b, 3) == expected


@pytest.mark.parametrize("order", ORDERS)
def test_a_reader_that_knows_no_carry_sits_on_the_level_drawn_for_it(order: str) -> None:
    task, a, b = questions(order)
    often = measurement.carries_into(a, b, 3).float().mean(0)
    own = column_sums(a, b, 3) % 10
    batch = task.encode(a, b)
    logits = torch.full((*batch.tokens.shape, task.d_vocab), -50.0)
    for position in task.answers:
        column = task.column(position)
        for carry, share in ((0, 1 - often[column]), (1, often[column])):
            named = (own[:, column] + carry) % 10
            logits[torch.arange(len(a)), position, named] = share.clamp(min=1e-9).log()
    level = measurement.without_carry_loss(a, b, 3)
    loss = loss_by_position(logits, batch.targets)
    for position in task.answers:
        assert loss[position] == pytest.approx(level[task.column(position)], abs=1e-3)
    full = loss_by_position(50 * adder(task, 3)(batch.tokens), batch.targets)
    assert max(full[p] for p in task.answers) < 0.01 and max(level) < math.log(10)


@pytest.mark.parametrize("order", ORDERS)
def test_a_lie_moves_who_trusts_the_digit_before_and_not_who_reads_the_question(order: str) -> None:
    task, a, b = questions(order)
    cases = {
        "trusts": trusting(task),
        "computes": adder(task, 3),
        "parrots": trusting(task, True),
        "gets lost": lost(task),
    }
    believed, settled = (
        {
            name: measurement.after_a_lie(task, one, a, b, settled=beside)
            for name, one in cases.items()
        }
        for beside in (False, True)
    )
    along, elsewhere, stays = (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)
    assert set(believed["trusts"]) == ({2, 3} if order == "least-first" else {1, 2})
    for name, by_the_lie, beside_it in [
        ("trusts", along, stays),
        ("computes", stays, stays),
        ("parrots", along, along),
        ("gets lost", elsewhere, elsewhere),
    ]:
        assert set(believed[name].values()) == {by_the_lie}, name
        assert set(settled[name].values()) == {beside_it}, name
