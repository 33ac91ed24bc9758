"""The control for patching exchanges a prompt for another one that calls for the same answer."""

import pytest
import torch

from lab import behaviour
from lab.pairs import END, Pairs


def made(corrupted: list[list[int]], wrong: list[int], ends: list[int]) -> Pairs:
    tokens, answers = torch.tensor(corrupted), torch.tensor(wrong)
    return Pairs(tokens + 100, tokens, answers + 1, answers, {END: torch.tensor(ends)}, {})


def test_partners_call_for_the_same_answer_and_are_no_copies() -> None:
    rows = [[1, 2, 3], [1, 2, 3], [4, 5, 6], [7, 8, 0], [9, 9, 9]]
    found = behaviour.same_answer(made(rows, wrong=[50, 50, 50, 50, 60], ends=[2, 2, 2, 1, 2]))
    # the shorter one and the one with an answer of its own are left out; copies are not exchanged
    assert found.corrupted.tolist() == [rows[0], rows[1], rows[2]]
    assert found.clean.tolist() == [rows[2], rows[2], rows[0]]
    assert found.wrong.tolist() == [50, 50, 50]


def test_copies_alone_give_no_control() -> None:
    with pytest.raises(ValueError, match="no two prompts"):
        behaviour.same_answer(made([[1, 2], [1, 2], [3, 4]], wrong=[50, 50, 60], ends=[1, 1, 1]))
