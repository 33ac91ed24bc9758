"""Each reading key of the notebook, tried on readers whose way of multiplying is known."""

import pytest
import torch
from torch.nn import functional as F

from lab import measurement
from lab.digits import from_digits, to_digits
from lab.settings import QUICK
from lab.task import LongMultiplication, carries, column_sums, make_task

CPU = torch.device("cpu")
TASKS = [QUICK.but(base=2, n_digits=4), QUICK.but(base=3, n_digits=3)]


def multiplying(task: LongMultiplication, change=lambda product, a, b: product):
    """A reader that multiplies, its product changed by a function of both factors."""

    def read(tokens):
        a, b = (from_digits(part, task.base, "least-first") for part in task.factors(tokens))
        digits = to_digits(change(a * b, a, b), 2 * task.n_digits, task.base, "least-first")
        logits = torch.zeros(*tokens.shape, task.d_vocab)
        logits[:, task.answers] = F.one_hot(digits, task.d_vocab).float()
        return logits

    return read


@pytest.mark.parametrize("settings", TASKS)
def test_a_reader_that_multiplies_lies_above_each_lazy_line(settings) -> None:
    task = make_task(settings, CPU)
    batch, width = task.training, 2 * task.n_digits
    assert measurement.by_column(task, multiplying(task), batch) == [1.0] * width
    none, one, written = (
        measurement.by_column(task, measurement.reader(task, rule), batch)
        for rule in task.lazy_rules().values()
    )
    assert min(none) < 0.75 and none[0] == 1.0
    assert sum(none) < sum(one) < sum(written) < width  # the last has no carry from further down
    sums = column_sums(*task.factors(batch.tokens))
    digits = batch.targets[:, task.answers]
    usual = []  # a reader who knows two sums and the digit usual for them, and no carry
    for column in range(1, width):
        _, pair = sums[:, column - 1 : column + 1].unique(dim=0, return_inverse=True)
        counts = F.one_hot(pair).T @ F.one_hot(digits[:, column])
        usual.append((counts.argmax(1)[pair] == digits[:, column]).float().mean().item())
    assert max(more - less for more, less in zip(usual, one[1:], strict=True)) > 0.03


def test_probes_read_a_sum_that_is_written_and_not_one_that_has_to_be_multiplied() -> None:
    task = make_task(QUICK.but(base=2, n_digits=4), CPU)
    tokens = torch.cat([task.training.tokens, task.held_out().tokens])
    a, b = task.factors(tokens)
    sums = column_sums(a, b)
    written = sums[:, None, :].expand(-1, task.n_ctx, -1).float()
    given = measurement.digits_given(task, tokens)
    there = measurement.read_off(task, written[None], sums)
    decoy = measurement.read_off(task, given[None], sums)
    assert there.min() > 0.95
    products = (a[:, :, None] * b[:, None]).flatten(1)[:, None].expand(-1, task.n_ctx, -1).float()
    assert measurement.read_off(task, products[None], sums).min() > 0.95  # and nothing is added
    assert decoy.max() < 0.85
    carry = measurement.read_off(task, written[None], carries(sums, task.base))
    assert carry[0, 0].isnan()  # in base 2 nothing is carried into column 1


@pytest.mark.parametrize("settings", TASKS)
def test_colour_below_the_digit_is_a_reader_that_listens_where_it_should_not(settings) -> None:
    task = make_task(settings, CPU)
    tokens = task.held_out().tokens
    as_read, truly = measurement.listened_to(task, multiplying(task), tokens)
    torch.testing.assert_close(as_read, truly)
    assert truly.diagonal().min() > 0.4  # a digit of a moves the column that it reaches first
    below = torch.ones_like(truly).tril(-1).bool()
    assert not truly[below].any()
    top = task.base ** (task.n_digits - 1)
    listening = multiplying(task, lambda product, a, b: product + a // top)
    as_read, truly = measurement.listened_to(task, listening, tokens)
    assert (as_read - truly)[-1, 0] > 0.9 and not (as_read - truly)[0, 0].any()


def test_easy_pairs_are_those_with_a_factor_that_needs_no_sums() -> None:
    task = make_task(QUICK.but(base=2, n_digits=3), CPU)
    pairs = torch.tensor([[0, 5], [5, 1], [2, 7], [3, 3], [7, 5]])
    assert measurement.easy(task, task.encode(pairs).tokens).tolist() == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_the_digits_given_at_a_position_hold_the_answer_and_nothing_behind_it() -> None:
    task = make_task(QUICK.but(base=2, n_digits=3), CPU)
    tokens, targets = task.held_out().rows(slice(4))
    other = tokens.clone()
    other[:, task.answers[2] :] = 1 - other[:, task.answers[2] :]
    before, after = (measurement.digits_given(task, one) for one in (tokens, other))
    answer = before[:, task.answers, -task.d_vocab :].argmax(-1)
    assert torch.equal(answer, targets[:, task.answers])
    assert torch.equal(before[:, task.answers[1]], after[:, task.answers[1]])
    assert not torch.equal(before[:, task.answers[2]], after[:, task.answers[2]])
