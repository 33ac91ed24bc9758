"""The generator against counting the names of each prompt with Python's Counter."""

from collections import Counter

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


@pytest.mark.parametrize(("subject_last", "orders"), [(True, {0, 1}), (False, {0, 1, 2})])
def test_the_answer_is_the_name_that_occurs_once(subject_last: bool, orders: set[int]) -> None:
    task = make_task(QUICK.but(subject_last=subject_last), CPU)
    seen = set()
    for tokens, targets in zip(*[part.tolist() for part in task.train_batch()], strict=True):
        names = [token for token in tokens if token < task.n_names]
        count = Counter(names)
        assert sorted(count.values()) == [1, 2]
        once = min(count, key=lambda name: count[name])
        assert targets == [IGNORE] * (task.n_ctx - 1) + [once]
        assert tokens[0] == task.start and tokens[-1] == task.end
        assert all(
            task.n_names <= token < task.start for token in tokens[1:-1] if token not in names
        )
        seen.add(names.index(once))
    assert seen == orders


def test_roles_point_at_the_names_they_are_about() -> None:
    task = make_task(QUICK.but(subject_last=False), CPU)
    one = task.unseen
    at = one.tokens.gather(1, one.places)
    assert torch.equal(at, torch.stack([one.subject, one.io, one.subject], 1))
    assert (one.places[:, 0] < one.places[:, 2]).all()
    assert torch.equal((one.places[:, [0, 2]] < one.places[:, 1:2]).sum(1), one.order)


def test_a_pair_of_names_is_either_trained_on_or_held_out() -> None:
    task = make_task(QUICK.but(n_names=8), CPU)

    def pairs(tokens: torch.Tensor) -> set[frozenset[int]]:
        return {frozenset(t for t in row if t < task.n_names) for row in tokens.tolist()}

    trained = set().union(*[pairs(task.train_batch().tokens) for _ in range(5)])
    held_out = pairs(task.held_out().tokens)
    assert not trained & held_out
    assert len(trained | held_out) == 8 * 7 / 2


def test_names_stand_at_every_inner_place() -> None:
    task = make_task(QUICK, CPU)
    assert set(task.unseen.places.flatten().tolist()) == set(range(1, task.n_ctx - 1))
