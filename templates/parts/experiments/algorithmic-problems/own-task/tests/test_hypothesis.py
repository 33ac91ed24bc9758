"""Yours: the prediction of the notebook's second cell, held against a model that you have not looked at.

For a rule of your own, let it be the measurement that tells your two algorithms apart.
"""

from typing import Any

import torch

from lab import attention, measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def attention_to_the_first_role(seed: int) -> float:
    """Attention to the rule's first role, as a multiple of what places alone would get: best head."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens, targets = task.held_out()
    name, role = next(iter(task.rule.roles.items()))
    masks = {name: role(tokens, targets[:, -1:])}
    pattern = attention.patterns(model, tokens)
    return measurement.attention_by_role(pattern, masks).max().item()


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["attention_to_the_answer"]
    assert low <= attention_to_the_first_role(seed=1) <= high
