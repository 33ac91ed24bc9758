"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "silencing the ten neurons that fire most selectively when a move is legal lowers
that move's recall by 0.2 more than silencing ten random neurons of the same layer".
"""

from pathlib import Path

import pytest
import torch

from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train

CPU = torch.device("cpu")


def probability_lost(layer: int, token: int, n_neurons: int, seed: int) -> tuple[float, float]:
    """How much probability a legal move loses when the neurons that fire most selectively for it are
    set to zero, and when as many random ones are; on a model of this seed, in positions not used to choose."""
    settings = QUICK.but(seed=seed)
    task = make_task(settings, CPU)
    model = build_model(task, settings, CPU)
    checkpoint = Path("checkpoints") / f"seed{seed}.pt"
    train(model, task, settings, checkpoint=checkpoint, progress=False)
    batch, name = task.held_out(), f"blocks.{layer}.mlp.hook_post"
    half = len(batch.tokens) // 2
    legal = batch.targets[..., token] > 0
    with torch.no_grad():
        logits, cache = model.run_with_cache(batch.tokens)
    post = cache[name][:half]
    selective = (post[legal[:half]].mean(0) - post[~legal[:half]].mean(0)) / post.flatten(0, 1).std(
        0
    )
    named = selective.topk(n_neurons).indices
    drawn = torch.randperm(len(selective), generator=torch.Generator().manual_seed(seed))[
        :n_neurons
    ]

    def lost(neurons: torch.Tensor) -> float:
        hook = (name, lambda value, hook: value.index_fill(-1, neurons, 0.0))
        with torch.no_grad():
            silenced = model.run_with_hooks(batch.tokens, fwd_hooks=[hook])
        fall = (logits.softmax(-1) - silenced.softmax(-1))[half:, :, token]
        return fall[legal[half:]].mean().item()

    return lost(named), lost(drawn)


def predicted() -> tuple[int, int, int, float]:
    """The layer, the move's token, how many neurons, and by how much the named ones matter more."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    layer, token, n_neurons, at_least = predicted()
    named, drawn = probability_lost(layer, token, n_neurons, seed=1)
    assert named - drawn >= at_least
