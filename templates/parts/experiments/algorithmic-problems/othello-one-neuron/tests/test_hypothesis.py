"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def f1_of_the_lazy_rule(seed: int) -> float:
    """F1 of "its move is legal" for the last layer's neuron that argues most strongly for one move, in a
    model of this seed."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    batch, layer = task.held_out(), model.cfg.n_layers - 1
    name = f"blocks.{layer}.mlp.hook_post"
    with torch.no_grad():
        _, cache = model.run_with_cache(batch.tokens, names_filter=[name])
    firing, effects = cache[name], measurement.move_effects(model, layer)
    neuron = int((effects[:, 1:].amax(1) * firing.flatten(0, 1).std(0)).argmax())
    token = int(effects[neuron, 1:].argmax()) + 1
    half = (
        len(firing) // 2
    )  # says when it fires; the rule is scored on the others, as in the notebook
    fires, legal = measurement.fires(firing[..., neuron], half), batch.targets[..., token] > 0
    return measurement.judge(fires[half:], legal[half:]).f1


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["rule_f1"]
    assert low <= f1_of_the_lazy_rule(seed=1) <= high
