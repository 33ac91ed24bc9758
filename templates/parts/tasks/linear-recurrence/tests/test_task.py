"""The generator against a plain loop, and held-out cycles against every pair seen in training."""

import itertools

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


@pytest.mark.parametrize("rule", [[1, 1], [2, 1]])
def test_each_target_follows_from_the_two_tokens_before(rule: list[int]) -> None:
    task = make_task(QUICK.but(modulus=11, rule=rule), CPU)
    for batch in (task.training, task.held_out()):
        for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
            assert targets[0] == IGNORE
            for n in range(1, len(tokens)):
                assert targets[n] == (rule[0] * tokens[n] + rule[1] * tokens[n - 1]) % 11
            assert tokens[2:] == targets[1:-1]


def test_no_two_neighbours_of_a_held_out_sequence_stand_side_by_side_in_training() -> None:
    task = make_task(QUICK, CPU)
    seen, unseen = (
        {pair for row in batch.tokens.tolist() for pair in itertools.pairwise(row)}
        for batch in (task.training, task.held_out())
    )
    assert not seen & unseen
    assert len(seen) + len(unseen) == QUICK.modulus**2 - 1


def test_cycles_modulo_31_are_as_long_as_is_known() -> None:
    task = make_task(QUICK.but(modulus=31), CPU)
    lengths = [len(cycle) for cycle in task.cycles]
    assert sorted(set(lengths)) == [15, 30]
    assert lengths.count(15) == 2
    assert len(next(cycle for cycle in task.cycles if (0, 1) in cycle)) == 30


def test_a_rule_that_forgets_is_refused() -> None:
    with pytest.raises(ValueError, match="must not vanish"):
        make_task(QUICK.but(rule=[1, 0]), CPU)


def test_a_table_of_turned_pairs_is_right_where_training_has_them_and_nowhere_near_the_target() -> (
    None
):
    task = make_task(QUICK.but(rule=[1, 1]), CPU)
    tokens, targets = task.held_out()
    (rule,) = task.lazy_rules().values()
    right = rule(tokens)[:, 1:] == targets[:, 1:]
    trained = {tuple(pair) for pair in task.training_pairs.tolist()}
    for row, marks in zip(tokens.tolist(), right.tolist(), strict=True):
        for before, last, mark in zip(row, row[1:], marks, strict=False):
            assert mark or (last, before) not in trained
    assert 0.5 < right.float().mean() < 0.9
    known = task.examples(10)
    assert known.tokens.shape == (10, task.n_ctx)
