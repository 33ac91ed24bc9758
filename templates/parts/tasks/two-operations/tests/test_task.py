"""The generator against Python's own arithmetic."""

import operator

import pytest
import torch

from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
ORACLES = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@pytest.mark.parametrize("operations", [["+", "-"], ["-"], ["+", "-", "*"]])
def test_every_answer_is_what_python_says(operations: list[str]) -> None:
    task = make_task(QUICK.but(modulus=7, operations=operations), CPU)
    names = {task.operator(name): name for name in operations}
    asked = []
    for batch in (task.training, task.held_out()):
        for (a, op, b, equals), (*_, answer) in zip(
            batch.tokens.tolist(), batch.targets.tolist(), strict=True
        ):
            assert equals == 7
            assert answer == ORACLES[names[op]](a, b) % 7
            asked.append((names[op], a, b))
    assert sorted(asked) == sorted(
        (name, a, b) for name in operations for a in range(7) for b in range(7)
    )


def test_held_out_questions_are_told_apart_by_operation() -> None:
    task = make_task(QUICK.but(modulus=7), CPU)
    plus, minus = task.held_out_of("+"), task.held_out_of("-")
    assert len(plus.tokens) + len(minus.tokens) == len(task.held_out().tokens)
    assert set(plus.tokens[:, 1].tolist()) == {task.operator("+")}


def test_the_vocabulary_does_not_depend_on_what_is_asked() -> None:
    one, both = (
        make_task(QUICK.but(modulus=7, operations=which), CPU) for which in (["-"], ["+", "-"])
    )
    assert one.d_vocab == both.d_vocab
    assert one.operator("-") == both.operator("-")


def test_an_example_reads_as_a_question() -> None:
    task = make_task(QUICK.but(modulus=7), CPU)
    assert task.show(task.questions("-").tokens[10]) == "1 - 3 (mod 7) ="


def test_lazy_rules_know_what_their_names_say() -> None:
    task = make_task(QUICK.but(modulus=23, operations=["+", "-"], train_share=0.7), CPU)
    tokens, targets = task.held_out()
    hits = {
        name: (rule(tokens)[:, -1] == targets[:, -1]).float().mean().item()
        for name, rule in task.lazy_rules().items()
    }
    assert hits["+ whatever the operator"] == pytest.approx(0.5, abs=0.1)
    assert len(make_task(QUICK.but(modulus=7, operations=["-"]), CPU).lazy_rules()) == 0


def test_the_mirror_image_of_a_held_out_question_is_not_trained_on() -> None:
    task = make_task(QUICK.but(modulus=11, operations=["+", "-", "*"]), CPU)
    trained = {tuple(row) for row in task.training.tokens.tolist()}
    for a, op, b, equals in task.held_out().tokens.tolist():
        assert (b, op, a, equals) not in trained
