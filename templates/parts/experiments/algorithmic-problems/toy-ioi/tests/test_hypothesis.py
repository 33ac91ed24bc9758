"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "with every layer-0 head silenced at the second mention of S only, the logit
difference IO - S at END loses at least 60 % of its size".
"""

import pytest
import torch

from lab import attribution
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def kept_without_the_second_mention(seed: int) -> float:
    """The share of the logit difference that is left when layer 0 writes its mean at "S again"."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    prompts, place = task.unseen, task.unseen.places[:, 2]
    logits, cache = attribution.run(model, prompts.tokens)
    rows = torch.arange(len(place))
    z = cache["blocks.0.attn.hook_z"][rows, place]
    means = {(0, head): z[:, head].mean(0) for head in range(model.cfg.n_heads)}
    with attribution.heads_replaced(model, means, place):
        without = model(prompts.tokens)
    whole, left = (
        attribution.logit_difference(one, prompts.io, prompts.subject).mean().item()
        for one in (logits, without)
    )
    return left / whole


def predicted() -> float:
    """The largest share that your explanation allows to be left."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    at_most = predicted()
    assert kept_without_the_second_mention(seed=1) <= at_most
