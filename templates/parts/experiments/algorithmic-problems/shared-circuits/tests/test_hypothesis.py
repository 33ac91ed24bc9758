"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "of the neurons that respond under both operations, at least 80 % respond to the
same frequency under both".
"""

import pytest
import torch

from lab import fourier
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def share_of_one_frequency(seed: int) -> float:
    """Of the neurons that respond under both operations, those with the same frequency: 0 to 1."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    name, p = "blocks.0.mlp.hook_post", task.modulus
    found, sizes = [], []
    for operation in task.operations[:2]:
        with torch.no_grad():
            _, cache = model.run_with_cache(task.questions(operation).tokens, names_filter=name)
        neurons = cache[name][:, -1].view(p, p, -1)
        found.append(fourier.frequency_of(neurons)[0])
        sizes.append(neurons.std((0, 1)))
    size = torch.stack(sizes)
    used = (size > 0.05 * size.max()).all(0)
    return (found[0] == found[1])[used].float().mean().item()


def predicted() -> tuple[float, float]:
    """The least and the greatest share that your explanation allows."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    least, most = predicted()
    assert least <= share_of_one_frequency(seed=1) <= most
