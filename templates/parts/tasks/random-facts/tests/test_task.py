"""The table: balanced, without a pattern, each fact either stored or never shown."""

import pytest
import torch

from lab.settings import QUICK
from lab.task import balanced_bits, make_task

CPU = torch.device("cpu")


def test_every_row_and_column_has_as_many_ones_as_zeros() -> None:
    table = balanced_bits(16, torch.Generator().manual_seed(0))
    assert set(table.flatten().tolist()) == {0, 1}
    assert table.sum(0).tolist() == table.sum(1).tolist() == [8] * 16


def test_an_odd_table_is_refused() -> None:
    with pytest.raises(ValueError, match="even"):
        balanced_bits(5, torch.Generator())


def test_the_table_has_forgotten_the_stripes_it_began_with() -> None:
    stripes = (torch.arange(32)[:, None] + torch.arange(32)) % 2
    table = balanced_bits(32, torch.Generator().manual_seed(0))
    assert abs((table == stripes).float().mean().item() - 0.5) < 0.1
    # a random table has no strong linear structure: its largest singular value is that of noise
    largest = torch.linalg.matrix_norm(2.0 * table - 1, ord=2).item()
    assert largest < 2.3 * 32**0.5


def test_each_fact_is_either_stored_or_never_shown() -> None:
    task = make_task(QUICK.but(n_tokens=12, unseen_share=0.25), CPU)
    stored, unseen = (
        {tuple(row) for row in batch.tokens.tolist()} for batch in (task.training, task.unseen())
    )
    assert not stored & unseen
    assert (len(stored), len(unseen)) == (108, 36)
    for batch in (task.training, task.unseen()):
        for (a, b), bit in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
            assert bit == task.table[a][b]


def test_another_seed_is_another_table() -> None:
    one, same, other = (make_task(QUICK.but(seed=seed), CPU).table for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert 0.3 < (one == other).float().mean() < 0.7


def test_the_balance_gives_some_of_the_facts_never_shown_away() -> None:
    few = [make_task(QUICK.but(seed=seed), CPU).filled_in_by_balance() for seed in range(5)]
    assert 0.7 < sum(few) / 5 < 0.9
    one_a_row = make_task(QUICK.but(n_tokens=12, unseen_share=1 / 144), CPU)
    assert one_a_row.filled_in_by_balance() == 1.0, "one gap in a balanced row has one answer"
    most = make_task(QUICK.but(unseen_share=0.9), CPU)
    assert most.filled_in_by_balance() < 0.65
