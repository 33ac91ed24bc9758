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


def first_role_over_second(seed: int) -> float:
    """Attention to the rule's first role over that to its second, each against its places: best head."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    tokens, targets = task.sample(4096, torch.Generator().manual_seed(0))
    masks = {name: role(tokens, targets[:, -1:]) for name, role in task.rule.roles.items()}
    table = measurement.attention_by_role(attention.patterns(model, tokens), masks)
    return measurement.first_over_second(table)


def test_hypothesis(prediction: dict[str, Any]) -> None:
    low, high = prediction["answer_over_later_unique"]
    assert low <= first_role_over_second(seed=1) <= high
