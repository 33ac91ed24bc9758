"""Yours: state a prediction before you look, then make this a test that could fail.

Example of a prediction: "in a trained two-layer induction model of seed 1, ranking the heads by direct
effect and by ablation gives a Spearman correlation below 0.5".
"""

import pytest
import torch

from lab import attribution
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import train


def rank_correlation(seed: int) -> float:
    """Spearman correlation over heads between mean direct effect and drop under mean ablation."""
    settings, cpu = QUICK.but(seed=seed), torch.device("cpu")
    task = make_task(settings, cpu)
    model = build_model(task, settings, cpu)
    train(model, task, settings, progress=False)
    period = task.n_ctx // 2
    tokens = task.with_period(torch.full((256, 1), period), torch.Generator().manual_seed(0)).tokens
    right, wrong = tokens[:, -period], tokens[:, -2]
    _, cache = attribution.run(model, tokens)
    effects = attribution.direct_effects(model, cache, right, wrong)
    direct = torch.stack(
        [effects[f"L{la}H{he}"].mean() for la, he in attribution.every_head(model)]
    )
    drops = attribution.ablation_effects(
        model, tokens, lambda logits: attribution.logit_difference(logits, right, wrong)
    ).flatten()
    ranks = torch.stack([direct.argsort().argsort(), drops.argsort().argsort()]).double()
    return torch.corrcoef(ranks)[0, 1].item()


def predicted() -> tuple[float, float]:
    """The range in which your explanation puts the correlation."""
    raise NotImplementedError("state your prediction here, and then remove the xfail below")


@pytest.mark.xfail(strict=True, raises=NotImplementedError, reason="no prediction stated yet")
def test_hypothesis() -> None:
    least, most = predicted()
    assert least <= rank_correlation(seed=1) <= most
