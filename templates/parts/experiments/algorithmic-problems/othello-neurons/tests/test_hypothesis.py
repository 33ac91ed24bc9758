"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at."""

from typing import Any

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def share_above_control(seed: int) -> float:
    """The share of the last layer's neurons, in a model of this seed, whose score lies above 99 % of those of
    the same layer with its input turned at random."""
    settings, cpu = QUICK.but(seed=seed, target_accuracy=0.85), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    last, truth = model.cfg.n_layers - 1, measurement.features(task).values
    trained, control = (
        measurement.alone(of(model, task.held_out().tokens, [last])[last], truth).by_neuron.score
        for of in (measurement.activations, measurement.turned)
    )
    return measurement.above(trained, control).float().mean().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["share_of_neurons_above_control"]
    assert low <= share_above_control(seed=1) <= high
