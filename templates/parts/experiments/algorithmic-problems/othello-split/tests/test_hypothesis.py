"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "with the board coordinates of another game put in after layer 0, the top move
is legal on that game's board in at least half of the positions".
"""

from pathlib import Path

import pytest
import torch

from lab import board
from lab.model import build_model
from lab.probes import residuals
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train

CPU = torch.device("cpu")


def legality_on_the_donors_board(layer: int, seed: int) -> float:
    """Share of legal top moves on a donor's board, whose coordinates were put in after a layer."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, CPU)
    model = build_model(task, settings, CPU)
    checkpoint = Path("checkpoints") / f"seed{seed}.pt"
    train(model, task, settings, checkpoint=checkpoint, progress=False)
    batch, boards = task.held_out(), task.boards(task.games)
    stream = residuals(model, batch.tokens)[layer + 1]
    half = len(stream) // 2
    centred = stream[:half] - stream[:half].mean(0)
    basis = board.written_subspace(centred.flatten(0, 1), boards[:half].flatten(0, 1))
    own = stream[half:]
    mixed = own + (own.roll(1, 0) - own) @ basis @ basis.T
    hook = (f"blocks.{layer}.hook_resid_post", lambda value, hook: mixed)
    with torch.no_grad():
        logits = model.run_with_hooks(batch.tokens[half:], fwd_hooks=[hook])
    return task.score(logits, batch.targets[half:].roll(1, 0))


def predicted() -> tuple[int, float]:
    """The layer to cut after, and the least legality on the donor's board."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    layer, at_least = predicted()
    assert legality_on_the_donors_board(layer, seed=1) >= at_least
