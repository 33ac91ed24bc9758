"""Each rule's fast version against its plain one, which defines it; yours is tested like these."""

import pytest
import torch

from lab.data import IGNORE
from lab.rules import RULES, hard
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


@pytest.mark.parametrize("rule", RULES)
def test_every_target_is_what_the_plain_rule_says(rule: str) -> None:
    task = make_task(QUICK.but(rule=rule), CPU)
    batch = task.held_out()
    for tokens, targets in zip(
        batch.tokens[:200].tolist(), batch.targets[:200].tolist(), strict=True
    ):
        for place, target in enumerate(targets):
            asked = place + 1 >= task.asked_from
            said = RULES[rule].plain(tokens[: place + 1], task.n_symbols)
            assert target == (said if asked else IGNORE)


@pytest.mark.parametrize(
    ("rule", "text", "answer"),
    [
        ("first-unique", "abacb", 2),
        ("first-unique", "aabb", 4),
        ("majority", "abab", 1),
        ("brackets", "baacdb", 1),
    ],
)
def test_plain_rules_on_examples_worked_by_hand(rule: str, text: str, answer: int) -> None:
    task = make_task(QUICK.but(rule=rule, n_symbols=4), CPU)
    assert RULES[rule].plain(task.read(text)[0].tolist(), 4) == answer


def test_answers_are_said_in_letters_unless_the_rule_counts() -> None:
    task = make_task(QUICK.but(rule="first-unique", n_symbols=4), CPU)
    assert [task.say(answer) for answer in (0, 3, 4)] == ["a", "d", "-"]
    assert make_task(QUICK.but(rule="brackets"), CPU).say(3) == "3"


@pytest.mark.parametrize("rule", RULES)
def test_roles_share_out_the_keys_and_no_shortcut_is_right_where_it_is_hard(rule: str) -> None:
    task = make_task(QUICK.but(rule=rule), CPU)
    tokens = task.held_out().tokens
    answer = RULES[rule].answer(tokens, task.n_symbols)
    roles = torch.stack([role(tokens, answer[:, -1:]) for role in RULES[rule].roles.values()])
    assert (roles.sum(0) == 1).all()
    where = hard(RULES[rule], tokens, task.n_symbols)
    assert 0 < where.float().mean() < 1
    for guess in RULES[rule].shortcuts.values():
        assert not (guess(tokens, task.n_symbols) == answer)[where].any()


def test_chance_is_the_share_of_the_most_frequent_answer() -> None:
    task = make_task(QUICK, CPU)
    answers = task.held_out().targets
    answers = answers[answers != IGNORE]
    assert task.chance == pytest.approx(answers.bincount().max().item() / len(answers))


def test_a_rule_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no rule 'parity'"):
        make_task(QUICK.but(rule="parity"), CPU)
