"""The generator against a plain loop."""

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


@pytest.mark.parametrize("length", [3, QUICK.context, QUICK.room])
def test_each_target_is_the_token_before(length: int) -> None:
    task = make_task(QUICK, CPU)
    batch = task.of_length(length, 20, torch.Generator().manual_seed(0))
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        assert len(tokens) == length
        assert targets == [IGNORE, *tokens[:-1]]


def test_training_leaves_the_further_places_alone() -> None:
    task = make_task(QUICK, CPU)
    assert task.train_batch().tokens.shape[1] == task.held_out().tokens.shape[1] == QUICK.context
    assert task.n_ctx == QUICK.room > QUICK.context


def test_every_token_occurs_about_equally_often() -> None:
    tokens = make_task(QUICK, CPU).held_out().tokens
    share = tokens.flatten().bincount(minlength=QUICK.n_tokens) / tokens.numel()
    assert (share - 1 / QUICK.n_tokens).abs().max() < 0.3 / QUICK.n_tokens


def test_a_context_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="room must be at least context"):
        make_task(QUICK.but(room=QUICK.context - 1), CPU)
