"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "in a model of seed 1 that adds, the first eight principal components of the
residual stream at the = cover at least 95 % of the waves of its three strongest frequencies".
"""

import pytest
import torch

from lab import decompositions, fourier
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def coverage_by_pca(seed: int, components: int, frequencies: int) -> float:
    """How much of the waves of a + b the principal components of the residual stream hold: 0 to 1."""
    settings, cpu = QUICK.but(seed=seed, operation="add"), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    p, name = task.modulus, "blocks.0.hook_resid_post"
    tokens = task.encode(task.pairs()).tokens
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=name)
    strongest = fourier.spectrum(model.W_E[:p].detach()).topk(frequencies).indices + 1
    waves = fourier.basis(p)[[row for k in strongest for row in (2 * k - 1, 2 * k)]]
    total = (tokens[:, 0] + tokens[:, 1]) % p
    return decompositions.explained(
        waves.T[total], decompositions.pca(cache[name][:, -1], components)
    )


def predicted() -> tuple[int, int, float]:
    """How many components, how many frequencies, and the least coverage."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    components, frequencies, at_least = predicted()
    assert coverage_by_pca(1, components, frequencies) >= at_least
