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


@pytest.mark.parametrize("graph_format", FORMATS)
def test_every_path_is_what_a_search_finds(graph_format) -> None:
    task = make_task(QUICK.but(graph_format=graph_format, batch_size=100), CPU)
    batch = task.train_batch()
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        text = task.show(tokens)
        edges = edges_of(text, graph_format)
        assert len(edges) == task.n_nodes - 1
        path = [int(node) for node in text.split("|")[2].split()]
        goal = int(text.split("goal")[1].split("|")[0])
        assert path == search(edges, path[0], goal)
        assert targets[targets != IGNORE].tolist() == path[1:]


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


def test_neither_names_nor_order_of_the_edges_give_the_root_away() -> None:
    task = make_task(QUICK.but(graph_format="pairs"), CPU)
    tokens = task.held_out().tokens
    root = tokens[:, task.root_position]
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
