"""The generator against Python's own max and min."""

import pytest
import torch

from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


@pytest.mark.parametrize(("operation", "oracle"), [("max", max), ("min", min)])
def test_every_answer_is_what_python_says(operation, oracle) -> None:
    task = make_task(QUICK.but(operation=operation, n_numbers=12), CPU)
    for batch in (task.training, task.held_out()):
        for (a, b, equals), (*_, answer) in zip(
            batch.tokens.tolist(), batch.targets.tolist(), strict=True
        ):
            assert equals == task.equals
            assert answer == oracle(a, b)


def test_each_pair_is_either_trained_on_or_held_out() -> None:
    task = make_task(QUICK.but(n_numbers=12), CPU)
    trained = {tuple(row) for row in task.training.tokens.tolist()}
    held_out = {tuple(row) for row in task.held_out().tokens.tolist()}
    assert not trained & held_out
    assert not trained & {(b, a, equals) for a, b, equals in held_out}, "its mirror has its answer"
    assert len(trained) + len(held_out) == 12 * 12


def test_chance_is_the_share_of_the_most_common_answer() -> None:
    task = make_task(QUICK.but(n_numbers=5), CPU)
    answers = torch.cat([task.training.targets, task.held_out().targets])[:, -1]
    assert task.chance == pytest.approx(answers.bincount().max().item() / 25)


@pytest.mark.parametrize("operation", ["max", "min"])
def test_the_lazy_rule_is_right_for_halves_apart_and_for_half_of_the_neighbours(operation) -> None:
    task = make_task(QUICK.but(operation=operation), CPU)
    n = task.n_numbers
    pairs = torch.cartesian_prod(torch.arange(n), torch.arange(n))
    batch = task.encode(pairs[pairs[:, 0] != pairs[:, 1]])
    (rule,) = task.lazy_rules().values()
    right = rule(batch.tokens)[:, -1] == batch.targets[:, -1]
    apart = (batch.tokens[:, 0] - batch.tokens[:, 1]).abs()
    assert right[apart >= n // 2].all()
    assert right[apart == 1].float().mean() == pytest.approx(0.5, abs=0.02)
    assert right.float().mean() == pytest.approx(0.75, abs=0.01)
    assert right.float().mean() < QUICK.target_accuracy
