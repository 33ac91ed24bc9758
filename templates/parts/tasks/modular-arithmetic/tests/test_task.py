"""The generator against Python's own arithmetic."""

import operator

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
ORACLES = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "maximum": max}


@pytest.mark.parametrize("operation", ORACLES)
@pytest.mark.parametrize("equals_sign", [True, False])
def test_every_answer_is_what_python_says(operation: str, equals_sign: bool) -> None:
    task = make_task(QUICK.but(modulus=7, operation=operation, equals_sign=equals_sign), CPU)
    rows = []
    for batch in (task.training, task.held_out()):
        answers = batch.targets[batch.targets != IGNORE].tolist()
        for tokens, answer in zip(batch.tokens.tolist(), answers, strict=True):
            assert answer == ORACLES[operation](tokens[0], tokens[1]) % 7
            assert tokens[2:] == ([7] if equals_sign else [])
            rows.append(tuple(tokens[:2]))
    assert sorted(rows) == [(a, b) for a in range(7) for b in range(7)]


def test_chance_is_the_share_of_the_most_common_answer() -> None:
    assert make_task(QUICK.but(modulus=7, operation="add"), CPU).chance == pytest.approx(1 / 7)
    assert make_task(QUICK.but(modulus=7, operation="multiply"), CPU).chance == pytest.approx(
        13 / 49
    )


def test_the_share_to_train_on_is_kept() -> None:
    task = make_task(QUICK.but(modulus=10, train_share=0.3), CPU)
    assert (len(task.training.tokens), len(task.held_out().tokens)) == (30, 70)
