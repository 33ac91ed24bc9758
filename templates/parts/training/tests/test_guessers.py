"""The blind guessers on tasks whose lazy answers are known."""

import pytest
import torch

from lab.data import IGNORE, Batch, FiniteTask
from lab.guessers import blind_guessers


class Known(FiniteTask):
    """Three digits and a blank; the answer at the blank is a given function of the digits."""

    d_vocab, n_ctx, chance = 11, 4, 0.1

    def __init__(self, answer) -> None:
        digits = torch.cartesian_prod(*[torch.arange(10)] * 3)
        tokens = torch.cat([digits, torch.full_like(digits[:, :1], 10)], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, -1] = answer(digits)
        super().__init__(Batch(tokens, targets), 0.3, 0, 0, torch.device("cpu"))

    def show(self, tokens: torch.Tensor) -> str:
        return str(tokens.tolist())


def score(found: dict[str, float], kind: str) -> float:
    """What the guesser of one kind got; its place is named in two ways, of which one stands."""
    return next(right for name, right in found.items() if name.startswith(kind))


def test_a_copied_token_is_found_out() -> None:
    found = blind_guessers(Known(lambda digits: digits[:, 1]))
    assert score(found, "a copy of") == 1.0
    assert score(found, "the most common answer by") == 1.0
    assert found["the most common answer"] < 0.2


def test_an_answer_that_one_token_decides_is_found_out() -> None:
    found = blind_guessers(Known(lambda digits: (3 * digits[:, 2] + 1) % 10))
    assert score(found, "the most common answer by") == 1.0
    assert max(right for name, right in found.items() if name.startswith("a copy")) < 0.3


def test_an_answer_that_needs_two_tokens_is_not_given_away_by_one() -> None:
    found = blind_guessers(Known(lambda digits: (digits[:, 0] + digits[:, 1]) % 10))
    assert max(found.values()) < 0.25


def test_the_most_common_answer_is_its_share() -> None:
    found = blind_guessers(Known(lambda digits: digits.amax(1).clamp(min=8)))
    assert found["the most common answer"] == pytest.approx(0.729, abs=0.05)


def test_a_rule_of_the_task_is_scored_like_the_others() -> None:
    task = Known(lambda digits: digits.amin(1) + 1)
    rule = "the least digit, and one more"
    task.lazy_rules = lambda: {
        rule: lambda tokens: (tokens[:, :3].amin(1, keepdim=True) + 1).expand_as(tokens)
    }
    found = blind_guessers(task)
    assert found[rule] == 1.0
    assert next(iter(found)) == rule, "the best comes first"


def test_a_task_with_one_answer_an_example_is_asked_at_its_end() -> None:
    task = Known(lambda digits: digits[:, 0])
    task._held_out = Batch(task._held_out.tokens, task._held_out.targets[:, -1])
    assert score(blind_guessers(task), "a copy of") == 1.0
