"""The task: read a tree, a root and a goal; write the path from the root to the goal."""

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class TreePaths(SampledTask):
    """A tree as tokens, then `goal root` and the path from the root to the goal.

    The formats of a tree with n nodes, names and edges shuffled for every example:
    - "edges": each edge u>v is one token out of n * n, n - 1 tokens in random order;
    - "pairs": each edge is two tokens, u then v, edges in random order;
    - "parents": token i is the parent of node i, the root is its own parent, n tokens.
    Nodes are tokens 0 to n - 1, then "end", which fills the context after the goal and is never a
    target; edge u>v is token n + 1 + n * u + v. Path lengths are drawn evenly.
    `chance` is the accuracy of a walk that knows the tree and takes a child at random.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        n = settings.n_nodes
        if settings.max_depth >= n:
            raise ValueError("max_depth must be below n_nodes: a path visits each node once")
        self.n_nodes, self.max_depth, self.format = n, settings.max_depth, settings.graph_format
        self.end = n
        self.d_vocab = n + 1 + (n * n if self.format == "edges" else 0)
        self.tree_tokens = {"edges": n - 1, "pairs": 2 * (n - 1), "parents": n}[self.format]
        self.root_position = self.tree_tokens + 1  # here the second node of the path is predicted
        self.n_ctx = self.root_position + self.max_depth + 1
        super().__init__(settings.batch_size, settings.seed, device, n_held_out=1024)
        self.chance = self.blind_walk(*self.trees(4096, torch.Generator(device).manual_seed(0)))

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n trees, each with a goal whose depth is drawn evenly from 1 to max_depth."""
        parent, goal = self.trees(n, generator)
        return self.encode(parent, goal, generator)

    def trees(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Parents [n, n_nodes] (the root's is itself) and goals [n] of random trees.

        A spine of the drawn depth is laid first, so that the goal is that deep; every other node hangs
        below an earlier one that is not too deep. Names are shuffled at the end.
        """
        nodes, device = self.n_nodes, self.device
        depth = torch.randint(1, self.max_depth + 1, (n,), generator=generator, device=device)
        parent = torch.zeros(n, nodes, dtype=torch.long, device=device)
        depths = torch.zeros(n, nodes, dtype=torch.long, device=device)
        for node in range(1, nodes):
            allowed = depths[:, :node] < self.max_depth
            chosen = allowed.float().multinomial(1, generator=generator)[:, 0]
            above = torch.where(node <= depth, node - 1, chosen)
            parent[:, node] = above
            depths[:, node] = depths.gather(1, above[:, None])[:, 0] + 1
        name = torch.rand(n, nodes, generator=generator, device=device).argsort(1)
        renamed = torch.empty_like(parent).scatter_(1, name, name.gather(1, parent))
        return renamed, name.gather(1, depth[:, None])[:, 0]

    def encode(self, parent: Tensor, goal: Tensor, generator: torch.Generator) -> Batch:
        """Trees with parents [batch, n_nodes] and goals [batch] as tokens, the path as targets."""
        path = self.path(parent, goal)
        tree = self._tree(parent, generator)
        tokens = torch.cat([tree, goal[:, None], path], dim=1)
        following = torch.cat([path[:, 1:], path.new_full((len(path), 1), self.end)], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, self.root_position :] = following.masked_fill(following == self.end, IGNORE)
        return Batch(tokens, targets)

    def ancestors(self, parent: Tensor, goal: Tensor) -> Tensor:
        """The goal, its parent, its grandparent ... [batch, max_depth + 1]; the root repeats itself."""
        line = [goal]
        for _ in range(self.max_depth):
            line.append(parent.gather(1, line[-1][:, None])[:, 0])
        return torch.stack(line, dim=1)

    def blind_walk(self, parent: Tensor, goal: Tensor) -> float:
        """The share of right choices on the paths to the goals, if each child is as likely to be taken."""
        line = self.ancestors(parent, goal)
        children = torch.zeros_like(parent).scatter_add_(1, parent, torch.ones_like(parent))
        children -= (parent == torch.arange(self.n_nodes, device=self.device)).long()
        right = (
            1 / children.gather(1, line[:, 1:]).float()
        )  # taken below the parent, grandparent ...
        return right[line[:, :-1] != line[:, 1:]].mean().item()

    def path(self, parent: Tensor, goal: Tensor) -> Tensor:
        """Root to goal [batch, max_depth + 1], filled up with "end"."""
        line = self.ancestors(parent, goal).flip(1)
        is_root = line == line[:, :1]
        start = is_root.sum(1, keepdim=True) - 1  # the root stands several times: begin at its last
        place = start + torch.arange(line.shape[1], device=line.device)
        return line.gather(1, place.clamp(max=self.max_depth)).masked_fill(
            place > self.max_depth, self.end
        )

    def _tree(self, parent: Tensor, generator: torch.Generator) -> Tensor:
        if self.format == "parents":
            return parent
        n, nodes = parent.shape
        child = torch.rand(n, nodes, generator=generator, device=parent.device)
        is_root = parent == torch.arange(nodes, device=parent.device)
        order = child.masked_fill(is_root, 2.0).argsort(1)[:, :-1]  # the root has no edge above it
        above = parent.gather(1, order)
        if self.format == "edges":
            return nodes + 1 + nodes * above + order
        return torch.stack([above, order], dim=2).flatten(1)

    def show(self, tokens: Tensor) -> str:
        """An example as text, up to the end of the path."""
        n, row = self.n_nodes, tokens.tolist()
        tree = row[: self.tree_tokens]
        if self.format == "edges":
            words = [f"{(t - n - 1) // n}>{(t - n - 1) % n}" for t in tree]
        elif self.format == "pairs":
            words = [f"{u} {v}," for u, v in zip(tree[::2], tree[1::2], strict=False)]
        else:
            words = [str(t) for t in tree]
        path = [str(t) for t in row[self.root_position :] if t != self.end]
        return f"{' '.join(words)} | goal {row[self.tree_tokens]} | {' '.join(path)}"


def make_task(settings: Settings, device: torch.device) -> TreePaths:
    """The task with these settings, its data on the device."""
    return TreePaths(settings, device)
