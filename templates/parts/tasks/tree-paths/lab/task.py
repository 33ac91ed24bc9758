"""The task: read a tree, its root and a goal; write the path from the root to the goal."""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class TreePaths(SampledTask):
    """A tree as tokens, then `root goal` and the path from the root to the goal.

    The formats of a tree with n nodes, names and edges shuffled for every example:
    - "edges": each edge u>v is one token out of n * n, n - 1 tokens in random order;
    - "pairs": each edge is two tokens, u then v, edges in random order;
    - "parents": token i is the parent of node i, the root is its own parent, n tokens.
    Nodes are tokens 0 to n - 1, then "end", which fills the context after the path and is never a
    target; edge u>v is token n + 1 + n * u + v. The goal is as often 1 as 2 ... as `max_depth` deep.
    `chance` is the accuracy of a walk that knows the tree and takes a child at random.

    Where `even_arms` is set the root has two children, each heading an arm as long as the other, and the
    goal ends one of them. Whatever nodes are left hang below the arms. Both arms are drawn alike, so a
    rule that does not link the goal with its arm takes the right child half the time.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        n = settings.n_nodes
        if settings.max_depth >= n:
            raise ValueError("max_depth must be below n_nodes: a path visits each node once")
        self.n_nodes, self.max_depth, self.format = n, settings.max_depth, settings.graph_format
        self.end = n
        self.d_vocab = n + 1 + (n * n if self.format == "edges" else 0)
        self.tree_tokens = {"edges": n - 1, "pairs": 2 * (n - 1), "parents": n}[self.format]
        self.even_arms = settings.even_arms
        if self.even_arms and 2 * self.max_depth >= n:
            raise ValueError("two arms of max_depth nodes and a root do not fit into n_nodes")
        self.choice = self.tree_tokens + 1  # the goal stands here, and the first step is predicted
        self.n_ctx = self.choice + self.max_depth
        super().__init__(settings.batch_size, settings.seed, device, n_held_out=1024)
        self.chance = self.blind_walk(*self.trees(4096, torch.Generator(device).manual_seed(0)))

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n trees, each with a goal whose depth is drawn evenly from 1 to max_depth."""
        parent, goal = self.trees(n, generator)
        return self.encode(parent, goal, generator)

    def trees(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Parents [n, n_nodes] (the root's is itself) and goals [n] of random trees.

        A spine of the drawn depth is laid first, or two arms of it, so that the goal is that deep. Every
        other node hangs below an earlier one that is not too deep. Names are shuffled at the end.
        """
        nodes, device = self.n_nodes, self.device
        arms = 1 + self.even_arms
        depth = torch.randint(1, self.max_depth + 1, (n,), generator=generator, device=device)
        parent = torch.zeros(n, nodes, dtype=torch.long, device=device)
        depths = torch.zeros(n, nodes, dtype=torch.long, device=device)
        for node in range(1, nodes):
            allowed = depths[:, :node] < self.max_depth
            if self.even_arms:  # a third child of the root would be an arm of its own
                allowed &= depths[:, :node] > 0
                allowed |= ~allowed.any(1, keepdim=True)
            chosen = allowed.float().multinomial(1, generator=generator)[:, 0]
            above = torch.where(node <= arms * depth, max(0, node - arms), chosen)
            parent[:, node] = above
            depths[:, node] = depths.gather(1, above[:, None])[:, 0] + 1
        name = torch.rand(n, nodes, generator=generator, device=device).argsort(1)
        renamed = torch.empty_like(parent).scatter_(1, name, name.gather(1, parent))
        return renamed, name.gather(1, arms * depth[:, None])[:, 0]

    def encode(self, parent: Tensor, goal: Tensor, generator: torch.Generator) -> Batch:
        """Trees with parents [batch, n_nodes] and goals [batch] as tokens, the path as targets."""
        path = self.path(parent, goal)
        tree = self._tree(parent, generator)
        tokens = torch.cat([tree, path[:, :1], goal[:, None], path[:, 1:-1]], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, self.choice :] = path[:, 1:].masked_fill(path[:, 1:] == self.end, IGNORE)
        return Batch(tokens, targets)

    def ancestors(self, parent: Tensor, goal: Tensor) -> Tensor:
        """The goal, its parent, its grandparent ... [batch, max_depth + 1]; the root repeats itself."""
        line = [goal]
        for _ in range(self.max_depth):
            line.append(parent.gather(1, line[-1][:, None])[:, 0])
        return torch.stack(line, dim=1)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Walks down and never climbs: to the goal if it hangs right below, else to no leaf."""
        return {"the goal, else a child that is no leaf": self._rule_out_leaves}

    def _rule_out_leaves(self, tokens: Tensor) -> Tensor:
        parent, nodes = self.parents(tokens), torch.arange(self.n_nodes, device=tokens.device)
        has_children = torch.zeros_like(parent).scatter(1, parent, 1)
        here = tokens.clone()
        here[:, self.choice] = tokens[
            :, self.choice - 1
        ]  # at the goal one still stands at the root
        below = (parent[:, None] == here[..., None]) & (nodes != here[..., None])
        goal = nodes == tokens[:, self.choice, None]
        return (below * (1 + has_children + 2 * goal)[:, None]).argmax(-1)

    def parents(self, tokens: Tensor) -> Tensor:
        """The parent of every node [batch, n_nodes] as the tree in tokens [batch, pos] has it."""
        tree, n = tokens[:, : self.tree_tokens], self.n_nodes
        if self.format == "parents":
            return tree
        above, node = (tree[:, ::2], tree[:, 1::2])
        if self.format == "edges":
            above, node = (tree - n - 1) // n, (tree - n - 1) % n
        parent = torch.arange(n, device=tokens.device).repeat(
            len(tokens), 1
        )  # the root keeps itself
        return parent.scatter(1, node, above)

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
        root, goal = row[self.tree_tokens], row[self.choice]
        path = [str(t) for t in row[self.choice + 1 :] if t != self.end]
        return f"{' '.join(words)} | root {root} goal {goal} | {' '.join(path)}"


def make_task(settings: Settings, device: torch.device) -> TreePaths:
    """The task with these settings, its data on the device."""
    return TreePaths(settings, device)
