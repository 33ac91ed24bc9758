"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "in a model of seed 1 at least half of IO - S goes through the heads of layer 1
at the second S: patching them all from the corrupted run loses 0.5 or more".
"""

import pytest
import torch

from lab import attribution
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def lost_through_layer(layer: int, seed: int) -> float:
    """The share of IO - S lost when a whole layer's heads at the second S come from the corrupted run."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    prompts, place = task.unseen, task.unseen.places[:, 2]
    corrupted = task.with_third_name(prompts, torch.Generator().manual_seed(0))
    logits, _ = attribution.run(model, prompts.tokens)
    low, cache = attribution.run(model, corrupted)
    z = cache[f"blocks.{layer}.attn.hook_z"][torch.arange(len(place)), place]
    heads = {(layer, head): z[:, head] for head in range(model.cfg.n_heads)}
    with attribution.heads_replaced(model, heads, place):
        patched = model(prompts.tokens)
    whole, none, left = (
        attribution.logit_difference(one, prompts.io, prompts.subject).mean().item()
        for one in (logits, low, patched)
    )
    return (whole - left) / (whole - none)


def predicted() -> tuple[int, float]:
    """The layer that must carry the repetition at the second S, and the least share it carries."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    layer, at_least = predicted()
    assert lost_through_layer(layer, seed=1) >= at_least
