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
    task = make_task(QUICK.but(modulus=20, train_share=0.3), CPU)
    assert len(task.training.tokens) / 400 == pytest.approx(0.3, abs=0.03)


def test_a_pair_and_its_mirror_are_held_out_together() -> None:
    task = make_task(QUICK.but(modulus=10, mirrors_together=True), CPU)
    trained = {tuple(row[:2]) for row in task.training.tokens.tolist()}
    assert not trained & {(b, a) for a, b, *_ in task.held_out().tokens.tolist()}


def hits(operation: str, rule: str, **settings: bool) -> float:
    """The share of held-out pairs that a rule gets right."""
    task = make_task(QUICK.but(modulus=30, train_share=0.7, operation=operation, **settings), CPU)
    batch = task.held_out()
    answers = batch.targets[..., -1] if task.equals_sign else batch.targets
    said = task.lazy_rules()[rule](batch.tokens)[:, -1]
    return (said == answers).float().mean().item()


@pytest.mark.parametrize("operation", ["add", "subtract"])
def test_without_the_modulus_every_second_answer_is_right(operation: str) -> None:
    assert hits(operation, "the same without the modulus") == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("operation", ["add", "subtract"])
def test_both_lazy_rules_together_know_more_than_each(operation: str) -> None:
    rules = ("its mirror image, if trained on", "the same without the modulus")
    both = hits(operation, "its mirror image, else without the modulus", mirrors_together=False)
    assert both == pytest.approx(0.85, abs=0.12)
    assert all(both > hits(operation, rule, mirrors_together=False) + 0.05 for rule in rules)


@pytest.mark.parametrize("operation", ORACLES)
def test_the_mirror_knows_as_many_answers_as_it_was_trained_on(operation: str) -> None:
    rule = "its mirror image, if trained on"
    assert hits(operation, rule, mirrors_together=True) < 0.2
    assert hits(operation, rule, mirrors_together=False) == pytest.approx(0.7, abs=0.12)


def test_the_larger_number_needs_no_modulus() -> None:
    rules = make_task(QUICK.but(modulus=10, operation="maximum"), CPU).lazy_rules()
    assert list(rules) == ["its mirror image, if trained on"]
