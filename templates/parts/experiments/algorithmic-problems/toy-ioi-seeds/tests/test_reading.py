"""What the figures are said to show, on models of which it is known, each with a decoy."""

import planted_ioi
import pytest
import torch

from lab import solutions
from lab.model import build_model
from lab.roles import PLACES
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
SMALL = QUICK.but(n_names=8)


@pytest.fixture(scope="module")
def task():
    return make_task(SMALL, CPU)


def meeting(model, task) -> torch.Tensor | None:
    return solutions.where_they_meet(model, task.unseen, task.without_repetition(task.unseen))


def test_a_distance_of_nothing_is_the_same_heads_in_another_order(task) -> None:
    model = build_model(task, SMALL.but(n_layers=1, n_heads=4, initializer_range=0.5), CPU)
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
    assert solutions.distance(before, after) < 1e-3


def test_two_stories_are_far_apart_and_idle_heads_bring_them_no_nearer(task) -> None:
    marked, counted = (
        solutions.describe(plant(task), task.unseen)
        for plant in (planted_ioi.noticed_at_s_again, planted_ioi.counted_at_end)
    )
    apart = solutions.distance(marked, counted)
    assert apart > 1
    wider = solutions.describe(planted_ioi.noticed_at_s_again(task, n_heads=4), task.unseen)
    assert len(wider) == 8
    assert solutions.distance(wider, counted) == pytest.approx(apart, abs=0.01)
    assert solutions.distance(wider, marked) < 0.01


def test_one_model_is_at_the_floor_and_two_stories_are_not(task) -> None:
    marked, counted = (
        plant(task) for plant in (planted_ioi.noticed_at_s_again, planted_ioi.counted_at_end)
    )
    floors = [solutions.floor(one, task.unseen) for one in (marked, counted)]
    apart = solutions.distance(*(solutions.describe(one, task.unseen) for one in (marked, counted)))
    assert max(floors) < 0.3 < apart / 3


def test_untrained_models_are_near_each_other_though_they_share_no_head(task) -> None:
    one, other = (
        solutions.describe(build_model(task, SMALL.but(seed=seed), CPU), task.unseen)
        for seed in (0, 1)
    )
    marked = solutions.describe(planted_ioi.noticed_at_s_again(task), task.unseen)
    assert solutions.distance(one, other) < 0.3 * solutions.distance(one, marked)


def test_the_place_with_nearly_all_is_where_the_mentions_meet(task) -> None:
    for plant, here in (
        (planted_ioi.noticed_at_s_again, "S again"),
        (planted_ioi.counted_at_end, "END"),
    ):
        lost = dict(zip(PLACES, meeting(plant(task), task), strict=True))
        assert lost.pop(here) > 0.9
        assert max(abs(float(share)) for share in lost.values()) < 0.1


def test_a_run_that_reads_one_mention_has_no_row(task) -> None:
    two_orders = make_task(SMALL.but(subject_last=True), CPU)
    assert meeting(planted_ioi.last_name_is_s(two_orders), two_orders) is None
    for blind in (
        planted_ioi.last_name_is_s,
        planted_ioi.first_name_is_s,
        planted_ioi.first_name_is_carried,
    ):
        assert meeting(blind(task), task) is None
    assert meeting(build_model(two_orders, SMALL, CPU), two_orders) is None
