"""The trees and paths against a breadth-first search over the text of each example."""

import re

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
FORMATS = ["edges", "pairs", "parents"]


def edges_of(text: str, graph_format: str) -> list[tuple[int, int]]:
    tree = text.split("|")[0]
    numbers = [int(n) for n in re.findall(r"\d+", tree)]
    if graph_format == "parents":
        return [(parent, node) for node, parent in enumerate(numbers) if parent != node]
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def search(edges: list[tuple[int, int]], root: int, goal: int) -> list[int]:
    """The path from root to goal, by breadth-first search over directed edges."""
    paths = [[root]]
    while paths[0][-1] != goal:
        paths += [[*paths[0], child] for parent, child in edges if parent == paths[0][-1]]
        del paths[0]
    return paths[0]


@pytest.mark.parametrize("even_arms", [True, False])
@pytest.mark.parametrize("graph_format", FORMATS)
def test_every_path_is_what_a_search_finds(graph_format, even_arms) -> None:
    settings = QUICK.but(graph_format=graph_format, even_arms=even_arms, batch_size=100)
    task = make_task(settings, CPU)
    batch = task.train_batch()
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        text = task.show(tokens)
        edges = edges_of(text, graph_format)
        assert len(edges) == task.n_nodes - 1
        root, goal = (int(n) for n in re.findall(r"\d+", text.split("|")[1]))
        path = search(edges, root, goal)
        assert targets[targets != IGNORE].tolist() == path[1:]
        written = [int(node) for node in text.split("|")[2].split()]
        assert written == path[1:][: task.max_depth - 1]


def test_a_tree_reads_the_same_in_every_format() -> None:
    tasks = [make_task(QUICK.but(graph_format=one), CPU) for one in FORMATS]
    parent, goal = tasks[0].trees(30, torch.Generator().manual_seed(0))
    texts = [
        [task.show(t) for t in task.encode(parent, goal, torch.Generator()).tokens]
        for task in tasks
    ]
    for same in zip(*texts, strict=True):
        trees = [sorted(edges_of(text, one)) for text, one in zip(same, FORMATS, strict=True)]
        assert trees[0] == trees[1] == trees[2]


def test_every_path_length_is_about_as_common_as_the_others() -> None:
    task = make_task(QUICK, CPU)
    lengths = (task.held_out().targets != IGNORE).sum(1).bincount()
    assert len(lengths) == task.max_depth + 1 and lengths[0] == 0
    assert lengths[1:].min() > 0.7 * lengths[1:].max()


def test_two_arms_are_equally_long_and_the_goal_ends_one_of_them() -> None:
    task = make_task(QUICK.but(even_arms=True), CPU)
    parent, goal = task.trees(300, torch.Generator().manual_seed(4))
    for above, node in zip(parent.tolist(), goal.tolist(), strict=True):
        children = {p: [c for c, q in enumerate(above) if q == p != c] for p in above}
        root = next(p for p, q in enumerate(above) if p == q)
        assert len(children[root]) == 2
        line = ancestors(above, node)
        reached = children[root]
        for _ in line[2:]:
            reached = [child for p in reached for child in children.get(p, [])]
        arms = {next(up for up in ancestors(above, one) if above[up] == root) for one in reached}
        assert node in reached and len(arms) == 2
    with pytest.raises(ValueError, match="do not fit"):
        make_task(QUICK.but(even_arms=True, max_depth=4, n_nodes=8), CPU)


def ancestors(above: list[int], node: int) -> list[int]:
    line = [node]
    while above[line[-1]] != line[-1]:
        line.append(above[line[-1]])
    return line


def test_neither_names_nor_order_of_the_edges_give_the_root_away() -> None:
    task = make_task(QUICK.but(graph_format="pairs"), CPU)
    tokens = task.held_out().tokens
    root = tokens[:, task.choice - 1]
    assert root.bincount(minlength=task.n_nodes).min() > 0.5 * len(root) / task.n_nodes
    first_is_root = (tokens[:, 0] == root).float().mean().item()
    assert first_is_root < 0.6


def test_ancestors_climb_to_the_root() -> None:
    task = make_task(QUICK, CPU)
    parent, goal = task.trees(50, torch.Generator().manual_seed(1))
    line = task.ancestors(parent, goal)
    for row in range(50):
        node = goal[row].item()
        for above in line[row].tolist():
            assert node == above
            node = parent[row, node].item()
        assert parent[row, above] == above


def test_chance_is_what_a_blind_walk_gets_right() -> None:
    task = make_task(QUICK, CPU)
    parent, goal = task.trees(60, torch.Generator().manual_seed(2))
    chances = []
    for above, node in zip(parent.tolist(), goal.tolist(), strict=True):
        while above[node] != node:
            node = above[node]
            chances.append(1 / sum(p == node and p != child for child, p in enumerate(above)))
    assert task.blind_walk(parent, goal) == pytest.approx(sum(chances) / len(chances))
    assert 1 / (task.n_nodes - 1) < task.chance < 0.9


@pytest.mark.parametrize("graph_format", FORMATS)
def test_the_parents_can_be_read_back(graph_format) -> None:
    task = make_task(QUICK.but(graph_format=graph_format), CPU)
    parent, goal = task.trees(50, torch.Generator().manual_seed(3))
    tokens = task.encode(parent, goal, torch.Generator()).tokens
    assert torch.equal(task.parents(tokens), parent)


def test_who_never_climbs_is_right_half_the_time_at_the_root_of_two_even_arms() -> None:
    shares = {}
    for even_arms in (True, False):
        task = make_task(QUICK.but(even_arms=even_arms), CPU)
        tokens, targets = task.held_out()
        (rule,) = task.lazy_rules().values()
        deep = (targets != IGNORE).sum(1) > 1
        shares[even_arms] = (rule(tokens) == targets)[deep, task.choice].float().mean().item()
        below = (task.parents(tokens).gather(1, rule(tokens)[:, task.choice, None]))[:, 0]
        assert torch.equal(below, tokens[:, task.choice - 1])
    assert shares[True] == pytest.approx(0.5, abs=0.06) and shares[False] > 0.75
