"""The choice at the root: who climbs from the goal, who rules out children, who guesses.

Trees are parents [batch, node], the root being its own, and goals [batch], as `TreePaths.trees` gives.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lab import probes
from lab.task import TreePaths
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


def roots(parent: Tensor) -> Tensor:
    """The root of each tree: [batch]."""
    return (parent == torch.arange(parent.shape[1], device=parent.device)).long().argmax(1)


def truth(task: TreePaths, parent: Tensor, goal: Tensor) -> tuple[Tensor, Tensor]:
    """The child of the root that leads to each goal, and how deep the goal is: two [batch]."""
    path = task.path(parent, goal)
    return path[:, 1], (path != task.end).sum(1) - 1


def first_choices(
    task: TreePaths, reader: Reader, parent: Tensor, goal: Tensor, seed: int = 0
) -> Tensor:
    """The first step that a model takes from the root: [batch]. The seed orders the edges."""
    shuffled = torch.Generator(parent.device).manual_seed(seed)
    tokens = task.encode(parent, goal, shuffled).tokens
    return predict(reader, tokens)[:, task.choice].argmax(-1)


def by_depth(task: TreePaths, chosen: Tensor, parent: Tensor, goal: Tensor) -> list[float]:
    """The share of right choices at the root for goals 1, 2, ... max_depth deep; nan for none."""
    right, depth = truth(task, parent, goal)
    return [
        (chosen == right)[depth == d].float().mean().item() for d in range(1, task.max_depth + 1)
    ]


def climber(
    task: TreePaths, parent: Tensor, goal: Tensor, steps: int, generator: torch.Generator
) -> Tensor:
    """Climbs so many edges from the goal; if no child of the root is met, takes a child at random."""
    line, root = task.ancestors(parent, goal), roots(parent)
    chosen = _any_child(_children(parent), generator)
    for up in range(min(steps, task.max_depth - 1), -1, -1):
        met = (parent.gather(1, line[:, up, None])[:, 0] == root) & (line[:, up] != root)
        chosen = torch.where(met, line[:, up], chosen)
    return chosen


def eliminator(task: TreePaths, parent: Tensor, goal: Tensor, generator: torch.Generator) -> Tensor:
    """Takes the goal if it is a child of the root, else a child that is no leaf: it never climbs."""
    below = _children(parent)
    has_children = torch.zeros_like(below).scatter(1, parent, True)
    kept = below & has_children
    chosen = _any_child(torch.where(kept.any(1, keepdim=True), kept, below), generator)
    return torch.where(below.gather(1, goal[:, None])[:, 0], goal, chosen)


def shape_of_the_tree(task: TreePaths, parent: Tensor) -> Tensor:
    """How deep each node is and whether it is a leaf, one-hot, with nothing of a goal: [batch, features]."""
    nodes = torch.arange(parent.shape[1], device=parent.device).expand_as(parent)
    line = task.ancestors(parent.repeat_interleave(parent.shape[1], dim=0), nodes.flatten())
    depth = (line[:, 1:] != line[:, :-1]).sum(1).view_as(parent)
    has_children = torch.zeros_like(parent).scatter(1, parent, 1)
    return F.one_hot(2 * depth + has_children, 2 * task.max_depth + 2).flatten(1).float()


def ancestors_read(task: TreePaths, stream: Tensor, parent: Tensor, goal: Tensor) -> Tensor:
    """Accuracy [layer, steps up] of probes for the goal and its ancestors below the root.

    Among the deepest goals alone, so that the last column is the answer and no other is.
    stream [layer, batch, d_model] is the residual stream where the first choice is made.
    """
    line, depth = task.ancestors(parent, goal), truth(task, parent, goal)[1]
    deepest = depth == task.max_depth
    return torch.tensor(
        [
            [
                probes.probe_accuracy(layer[deepest], line[deepest, up])
                for up in range(task.max_depth)
            ]
            for layer in stream
        ]
    )


def _children(parent: Tensor) -> Tensor:
    """Which nodes are children of the root: [batch, node]."""
    root = roots(parent)[:, None]
    return (parent == root) & (torch.arange(parent.shape[1], device=parent.device) != root)


def _any_child(among: Tensor, generator: torch.Generator) -> Tensor:
    return among.float().multinomial(1, generator=generator)[:, 0]
