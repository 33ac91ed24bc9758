"""Each reading key of the notebook, tried on searchers whose way of searching is known."""

import pytest
import torch
from torch.nn import functional as F

from lab import measurement
from lab.settings import QUICK
from lab.task import TreePaths, make_task

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def task() -> TreePaths:
    return make_task(QUICK, CPU)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def test_a_climber_is_right_one_edge_deeper_than_it_climbs_and_blind_beyond(task) -> None:
    parent, goal = task.trees(4000, seeded())
    blind = measurement.by_depth(
        task, measurement.climber(task, parent, goal, -1, seeded()), parent, goal
    )
    for steps in range(task.max_depth):
        chosen = measurement.climber(task, parent, goal, steps, seeded())
        share = measurement.by_depth(task, chosen, parent, goal)
        assert share[: steps + 1] == [1.0] * (steps + 1)
        assert share[steps + 1 :] == pytest.approx(blind[steps + 1 :], abs=0.06)
    assert blind == pytest.approx([0.5] * task.max_depth, abs=0.06)


def test_even_arms_tell_who_climbs_from_who_rules_children_out(task) -> None:
    parent, goal = task.trees(4000, seeded())
    climbs = measurement.climber(task, parent, goal, task.max_depth - 1, seeded())
    rules_out = measurement.eliminator(task, parent, goal, seeded())
    assert measurement.by_depth(task, climbs, parent, goal) == [1.0] * task.max_depth
    share = measurement.by_depth(task, rules_out, parent, goal)
    assert share == pytest.approx([1.0] + [0.5] * (task.max_depth - 1), abs=0.05)
    uneven = make_task(QUICK.but(even_arms=False), CPU)  # here it gets far without climbing
    parent, goal = uneven.trees(4000, seeded())
    rules_out = measurement.eliminator(uneven, parent, goal, seeded())
    assert min(measurement.by_depth(uneven, rules_out, parent, goal)) > 0.7


def test_probes_read_the_ancestor_that_the_stream_holds_and_no_other(task) -> None:
    parent, goal = task.trees(4000, seeded())
    line = task.ancestors(parent, goal)
    stream = torch.stack([F.one_hot(line[:, up], task.n_nodes).float() for up in (0, 1)])
    table = measurement.ancestors_read(task, stream, parent, goal)
    assert table.shape == (2, task.max_depth)
    shape = measurement.shape_of_the_tree(task, parent)[None]
    (last,) = measurement.ancestors_read(task, shape, parent, goal)
    assert table[0, 0] > 0.99 and table[1, 1] > 0.99
    assert (table[0, 1:] < last[1:]).all() and (table[1, 2:] < last[2:]).all()


def test_who_holds_the_answer_alone_is_dark_in_every_other_column(task) -> None:
    parent, goal = task.trees(4000, seeded())
    answer = measurement.truth(task, parent, goal)[0]
    stream = F.one_hot(answer, task.n_nodes).float()[None]
    (row,) = measurement.ancestors_read(task, stream, parent, goal)
    assert row[-1] > 0.99 and row[:-1].max() < 0.4


def test_who_knows_the_shape_of_the_tree_alone_reads_half_of_each_column(task) -> None:
    parent, goal = task.trees(4000, seeded())
    shape = measurement.shape_of_the_tree(task, parent)
    (row,) = measurement.ancestors_read(task, shape[None], parent, goal)
    assert row[1:].tolist() == pytest.approx([0.5] * (task.max_depth - 1), abs=0.08)
    tree = [[0, 0, 0, 1, 1, 3, 0, 6]]  # root 0; 1, 2 and 6 below it, 2 a leaf; 5 three deep
    depth, child = [0, 1, 1, 2, 2, 3, 1, 2], [1, 1, 0, 1, 0, 0, 1, 0]
    found = measurement.shape_of_the_tree(task, torch.tensor(tree)).view(8, -1).argmax(1)
    assert found.tolist() == [2 * d + c for d, c in zip(depth, child, strict=True)]
