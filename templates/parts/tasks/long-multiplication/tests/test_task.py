"""The products against Python's own arithmetic, the column sums against the school method."""

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import carries, column_sums, make_task

CPU = torch.device("cpu")
BINARY = QUICK.but(base=2, n_digits=4)
DECIMAL = QUICK.but(base=10, n_digits=2)


@pytest.mark.parametrize("settings", [BINARY, DECIMAL, QUICK.but(base=3, n_digits=3)])
def test_every_product_is_what_python_finds(settings) -> None:
    task = make_task(settings, CPU)
    for batch in (task.training.rows(slice(300)), task.held_out().rows(slice(300))):
        for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
            a, b = (
                int("".join(map(str, part[0].tolist()[::-1])), settings.base)
                for part in task.factors(tokens[None])
            )
            answer = targets[targets != IGNORE].tolist()
            assert int("".join(map(str, answer[::-1])), settings.base) == a * b
            assert tokens[task.equals + 1 :].tolist() == answer[:-1]


def test_each_pair_of_factors_is_either_trained_on_or_held_out() -> None:
    task = make_task(BINARY, CPU)
    rows = [
        {tuple(row) for row in batch.tokens[:, : task.equals].tolist()}
        for batch in (task.training, task.held_out())
    ]
    assert not rows[0] & rows[1] and len(rows[0]) + len(rows[1]) == 16 * 16


def test_columns_and_their_carries_make_up_the_product() -> None:
    for settings in (BINARY, DECIMAL):
        task = make_task(settings, CPU)
        batch = task.held_out()
        a, b = task.factors(batch.tokens)
        sums = column_sums(a, b)
        by_hand = torch.zeros_like(sums)
        for i in range(task.n_digits):
            for j in range(task.n_digits):
                by_hand[:, i + j] += a[:, i] * b[:, j]
        assert torch.equal(sums, by_hand)
        digits = (sums + carries(sums, task.base)) % task.base
        assert torch.equal(digits, batch.targets[:, task.equals :])


def test_chance_names_the_most_common_digit_of_each_column() -> None:
    task = make_task(BINARY, CPU)
    products = [a * b for a in range(16) for b in range(16)]
    ones = [sum(p >> k & 1 for p in products) / 256 for k in range(8)]
    assert task.chance == pytest.approx(sum(max(one, 1 - one) for one in ones) / 8)


@pytest.mark.parametrize("settings", [BINARY, DECIMAL])
def test_lazy_readers_carry_no_further_than_they_say(settings) -> None:
    task = make_task(settings, CPU)
    tokens, targets = task.training.rows(slice(500))
    right = targets[:, task.answers]
    none, one, written = (rule(tokens)[:, task.answers] for rule in task.lazy_rules().values())
    assert torch.equal(none[:, 0], right[:, 0]) and torch.equal(one[:, 1], right[:, 1])
    all_of_them = task.with_short_carries(tokens, 2 * task.n_digits)
    assert torch.equal(all_of_them[:, task.answers], right)
    shares = [(said == right).float().mean().item() for said in (none, one)]
    assert shares[0] < shares[1] < 0.95
    small = (carries(column_sums(*task.factors(tokens)), task.base) < task.base).all(1)
    assert torch.equal(written[small], right[small])
    assert (written == right).float().mean() < 1.0
