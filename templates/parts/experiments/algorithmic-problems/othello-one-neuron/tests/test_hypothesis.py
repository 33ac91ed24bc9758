"""Yours: state your rule before you look at fresh games, then make this a test that could fail.

Example of a rule: "neuron 17 of layer 1 is above 0.8 when c2 is empty, c3 is theirs and c4 is mine".
"""

from pathlib import Path

import pytest
import torch

from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train

CPU = torch.device("cpu")
Rule = dict[int, int]  # square -> EMPTY, MINE or THEIRS: all must hold


def f1_on_fresh_games(layer: int, neuron: int, limit: float, rule: Rule, seed: int) -> float:
    """F1 of a conjunction of square states for "activation above limit", on 500 games of a new seed."""
    task = make_task(QUICK, CPU)
    model = build_model(task, QUICK, CPU)
    train(
        model, task, QUICK, checkpoint=Path("checkpoints") / f"seed{QUICK.seed}.pt", progress=False
    )
    games = task.draw(500, seed)
    name = f"blocks.{layer}.mlp.hook_post"
    with torch.no_grad():
        _, cache = model.run_with_cache(task.batch(games).tokens, names_filter=[name])
    fires = cache[name][..., neuron] > limit
    boards = task.boards(games)
    says = torch.stack([boards[..., square] == state for square, state in rule.items()]).all(0)
    return (2 * (fires & says).sum() / (fires.sum() + says.sum())).item()


def predicted() -> tuple[int, int, float, Rule, float]:
    """Layer, neuron, the activation above which it fires, your rule, and the least F1 it reaches."""
    raise NotImplementedError("state your rule here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no rule stated yet")
def test_hypothesis() -> None:
    layer, neuron, limit, rule, at_least = predicted()
    assert f1_on_fresh_games(layer, neuron, limit, rule, seed=4242) >= at_least
