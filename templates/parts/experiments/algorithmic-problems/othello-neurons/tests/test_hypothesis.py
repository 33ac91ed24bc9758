"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def share_above_control(seed: int) -> float:
    """The share of the last layer's neurons, in a model of this seed, whose F1 lies above the control's 99th
    percentile."""
    settings = QUICK.but(seed=seed, target_accuracy=0.85)
    task = make_task(settings, torch.device("cpu"))
    model = build_model(task, settings, torch.device("cpu"))
    train(model, task, settings, progress=False)
    name = f"blocks.{model.cfg.n_layers - 1}.mlp.hook_post"
    with torch.no_grad():
        _, cache = model.run_with_cache(task.held_out().tokens, names_filter=[name])
    post, truth = cache[name], measurement.features(task).values
    real = measurement.alone(post, truth).by_neuron.score
    control = measurement.alone(measurement.dealt(post), truth).by_neuron.score
    return (real > control.quantile(0.99)).float().mean().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_of_neurons_above_control"]
    assert low <= share_above_control(seed=1) <= high
