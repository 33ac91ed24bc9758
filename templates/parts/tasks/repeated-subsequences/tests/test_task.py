"""The generator against a plain search for the last copy of each token."""

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def test_a_target_stands_where_the_token_occurred_before_and_is_what_followed_it() -> None:
    task = make_task(QUICK, CPU)
    batch = task.train_batch()
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        for here, target in enumerate(targets):
            earlier = [place for place in range(here) if tokens[place] == tokens[here]]
            assert target == (tokens[earlier[-1] + 1] if earlier else IGNORE)


def test_every_period_of_the_range_occurs() -> None:
    task = make_task(QUICK, CPU)
    untargeted = (task.held_out().targets == IGNORE).sum(1)
    least, most = task.periods
    assert set(untargeted.tolist()) == set(range(least, most + 1))


def test_held_out_sequences_are_not_drawn_in_training() -> None:
    task = make_task(QUICK, CPU)
    held_out = {tuple(row) for row in task.held_out().tokens.tolist()}
    for _ in range(10):
        assert not held_out & {tuple(row) for row in task.train_batch().tokens.tolist()}


def test_a_period_that_leaves_no_second_copy_is_refused() -> None:
    with pytest.raises(ValueError, match="at most half of context"):
        make_task(QUICK.but(most_period=QUICK.context), CPU)
