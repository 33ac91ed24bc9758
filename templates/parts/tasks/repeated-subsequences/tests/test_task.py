"""The generator against a plain search of the past, and the guessers against plain loops."""

import pytest
import torch

from lab.data import IGNORE
from lab.guessers import blind_guessers
from lab.settings import QUICK
from lab.task import make_task, oldest

CPU = torch.device("cpu")


def test_a_target_is_what_followed_every_earlier_copy_of_the_token() -> None:
    batch = make_task(QUICK, CPU).train_batch()
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        for here, target in enumerate(targets):
            followers = {tokens[p + 1] for p in range(here) if tokens[p] == tokens[here]}
            assert target == IGNORE or followers == {target}


def test_targets_are_missing_in_the_list_and_after_its_last_token_alone() -> None:
    task = make_task(QUICK, CPU)
    length = torch.arange(3, 17)[:, None].repeat(8, 1)
    batch = task.of_length(length, torch.Generator().manual_seed(0))
    rows = zip(length[:, 0].tolist(), batch.tokens.tolist(), batch.targets.tolist(), strict=True)
    for n, tokens, targets in rows:
        assert len(set(tokens)) == len(set(tokens[:n])) == n
        for here, target in enumerate(targets):
            assert (target == IGNORE) == (here < n or tokens[here] == tokens[n - 1])


def test_lists_of_every_length_of_the_range_occur() -> None:
    task = make_task(QUICK, CPU)
    seen = {len(set(row)) for row in task.held_out().tokens.tolist()}
    least, most = task.lengths
    assert seen == set(range(least, most + 1))


def test_the_oldest_token_is_the_one_not_seen_for_longest() -> None:
    tokens = make_task(QUICK, CPU).train_batch().tokens[:16]
    for row, guessed in zip(tokens.tolist(), oldest(tokens).tolist(), strict=True):
        last = {}
        for position, token in enumerate(row):
            last[token] = position
            assert guessed[position] == min(last, key=lambda one: last[one])


def test_no_guesser_comes_near_the_answers() -> None:
    scores = blind_guessers(make_task(QUICK, CPU))
    assert 0.1 < scores["the token not seen for longest"] < 0.25
    assert max(scores.values()) < 0.3 < QUICK.target_accuracy


def test_chance_is_naming_a_token_of_the_list() -> None:
    task = make_task(QUICK, CPU)
    tokens, targets = task.held_out()
    shares = [
        1 / len(set(row))
        for row, wanted in zip(tokens.tolist(), targets.tolist(), strict=True)
        for target in wanted
        if target != IGNORE
    ]
    assert task.chance == pytest.approx(sum(shares) / len(shares), rel=1e-4)


def test_held_out_sequences_are_not_drawn_in_training() -> None:
    task = make_task(QUICK, CPU)
    held_out = {tuple(row) for row in task.held_out().tokens.tolist()}
    for _ in range(10):
        assert not held_out & {tuple(row) for row in task.train_batch().tokens.tolist()}


def test_lists_that_leave_no_room_to_come_again_are_refused() -> None:
    with pytest.raises(ValueError, match="at most half of context"):
        make_task(QUICK.but(most_length=QUICK.context), CPU)
    with pytest.raises(ValueError, match="at least 3"):
        make_task(QUICK.but(least_length=2), CPU)
