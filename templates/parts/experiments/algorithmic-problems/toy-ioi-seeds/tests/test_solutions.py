"""The distance between solutions against changes that must not matter, and against brute force."""

from itertools import permutations

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


def test_the_cheapest_matching_is_that_of_brute_force() -> None:
    for seed in range(5):
        costs = torch.rand(5, 5, generator=torch.Generator().manual_seed(seed))
        by_hand = min(sum(costs[i, p] for i, p in enumerate(one)) for one in permutations(range(5)))
        assert solutions.cheapest_matching(costs) == pytest.approx(float(by_hand))


def test_other_weights_are_another_solution(task) -> None:
    one, other = (
        solutions.describe(build_model(task, SETTINGS.but(seed=seed), CPU), task.unseen)
        for seed in (0, 1)
    )
    assert solutions.distance(one, one) == 0
    assert solutions.distance(one, other) == pytest.approx(solutions.distance(other, one))
    assert solutions.distance(one, other) > 0.01


def test_one_number_off_by_one_is_a_distance_of_one() -> None:
    one = torch.eye(3, len(solutions.FEATURES))
    assert solutions.distance(one, one[[2, 0, 1]]) == 0
    assert solutions.distance(one, one[:2]) == pytest.approx(1)


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
    with pytest.raises(ValueError, match="17 heads"):
        solutions.distance(torch.zeros(17, 7), torch.zeros(3, 7))
