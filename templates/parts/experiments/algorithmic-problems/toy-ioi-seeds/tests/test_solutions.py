"""The distance between solutions against changes that must not matter, and one that must."""

import pytest
import torch

from lab import attribution, solutions
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
SETTINGS = QUICK.but(n_layers=1, n_heads=4, initializer_range=0.5)


@pytest.fixture(scope="module")
def task():
    return make_task(SETTINGS, CPU)


def described(task, settings):
    return solutions.describe(build_model(task, settings, CPU), task.unseen)


def test_heads_in_another_order_are_the_same_solution(task) -> None:
    model = build_model(task, SETTINGS, CPU)
    before = solutions.describe(model, task.unseen)
    attn, d_head = model.blocks[0].attn, model.cfg.d_head
    order = torch.cat([torch.arange(d_head) + d_head * head for head in (2, 0, 3, 1)])
    with torch.no_grad():
        for one in (attn.q, attn.k, attn.v):
            one.weight.copy_(one.weight[order])
            one.bias.copy_(one.bias[order])
        attn.o.weight.copy_(attn.o.weight[:, order])
    after = solutions.describe(model, task.unseen)
    assert not torch.allclose(before, after, atol=1e-3)
    assert solutions.distance(before, after) < 1e-5


def test_other_weights_are_another_solution(task) -> None:
    one, other = (described(task, SETTINGS.but(seed=seed)) for seed in (0, 1))
    assert solutions.distance(one, one) == 0
    assert solutions.distance(one, other) == solutions.distance(other, one) > 0.01


def test_a_head_that_does_nothing_costs_nothing() -> None:
    one = torch.rand(2, len(solutions.FEATURES))
    assert solutions.distance(one, torch.cat([one.new_zeros(1, one.shape[1]), one])) == 0


def test_the_best_matching_is_found() -> None:
    one = torch.eye(3, len(solutions.FEATURES))
    assert solutions.distance(one, one[[2, 0, 1]]) == 0
    # one entry of the 21 is off by 1
    assert solutions.distance(one, one[:2]) == pytest.approx((1 / 21) ** 0.5)


def test_what_heads_write_is_their_direct_effect(task) -> None:
    model = build_model(task, SETTINGS, CPU)
    logits, cache = attribution.run(model, task.unseen.tokens)
    effects = attribution.direct_effects(model, cache, task.unseen.io, task.unseen.subject)
    whole = (
        attribution.logit_difference(logits, task.unseen.io, task.unseen.subject)
        .mean()
        .clamp(min=1)
    )
    writes = solutions.describe(model, task.unseen)[:, -2:]
    for head in range(4):
        torch.testing.assert_close(
            writes[head, 0] - writes[head, 1],
            effects[f"L0H{head}"].mean() / whole,
            atol=1e-4,
            rtol=1e-4,
        )


def test_too_many_heads_are_refused() -> None:
    with pytest.raises(ValueError, match="9 heads"):
        solutions.distance(torch.zeros(9, 7), torch.zeros(3, 7))
