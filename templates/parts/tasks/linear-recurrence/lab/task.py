"""The task: x(n) = u x(n-1) + v x(n-2) modulo a prime; from two tokens on, say the next one."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.data import IGNORE, Batch
from lab.settings import Settings


class LinearRecurrence:
    """Every starting pair (a, b), followed for `context` elements; the number n is token n.

    A sequence meets each pair of its cycle sooner or later, so whole cycles are held out: no two
    neighbours of a held-out sequence ever stand side by side in training. The pair (0, 0), which
    never leaves itself, is left out. Chance is one in modulus.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.modulus, self.n_ctx = settings.modulus, settings.context
        self.d_vocab = self.modulus
        self.chance = 1 / self.modulus
        self.rule = (settings.rule[0], settings.rule[1])
        if self.rule[1] % self.modulus == 0:
            raise ValueError("rule[1] must not vanish modulo the modulus")
        self.batch_size = settings.batch_size
        self.generator = torch.Generator(device).manual_seed(settings.seed)
        self.cycles = self._cycles()
        order = torch.randperm(
            len(self.cycles), generator=torch.Generator().manual_seed(settings.seed)
        ).tolist()
        cut = max(1, round((1 - settings.train_share) * len(self.cycles)))
        self.held_out_pairs, self.training_pairs = (
            torch.tensor([pair for one in chosen for pair in self.cycles[one]], device=device)
            for chosen in (order[:cut], order[cut:])
        )
        self.training = self.encode(self.continued(self.training_pairs))
        self._held_out = self.encode(self.continued(self.held_out_pairs))

    def step(self, before: Tensor, last: Tensor) -> Tensor:
        """The element after two others."""
        u, v = self.rule
        return (u * last + v * before) % self.modulus

    def continued(self, pairs: Tensor) -> Tensor:
        """Starting pairs [n, 2] as sequences [n, context + 1]."""
        elements = list(pairs.unbind(1))
        while len(elements) <= self.n_ctx:
            elements.append(self.step(elements[-2], elements[-1]))
        return torch.stack(elements, dim=1)

    def encode(self, sequences: Tensor) -> Batch:
        """Sequences [n, context + 1] as tokens and next tokens; none for the second."""
        targets = sequences[:, 1:].clone()
        targets[:, 0] = IGNORE
        return Batch(sequences[:, :-1], targets)

    def train_batch(self) -> Batch:
        """The sequences from every training pair, or a random draw of them."""
        if not self.batch_size:
            return self.training
        n = len(self.training.tokens)
        index = torch.randint(
            n, (self.batch_size,), generator=self.generator, device=self.generator.device
        )
        return self.training.rows(index)

    def held_out(self) -> Batch:
        """The sequences from every pair of the cycles that were set aside."""
        return self._held_out

    def examples(self, n: int) -> Batch:
        """At most n training sequences, to look at."""
        return self.training.rows(slice(n))

    def turned_seen(self, before: Tensor, last: Tensor) -> Tensor:
        """Whether training has these pairs the other way round, (last, before)."""
        seen = torch.zeros(self.modulus, self.modulus, dtype=torch.bool, device=last.device)
        seen[self.training_pairs[:, 0], self.training_pairs[:, 1]] = True
        return seen[last, before]

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """A table of the training pairs that ignores their order: right on a + b where it has b, a."""
        return {"turned pair, from memory": self._from_turned}

    def _from_turned(self, tokens: Tensor) -> Tensor:
        before, last = tokens[:, :-1], tokens[:, 1:]
        said = torch.where(self.turned_seen(before, last), self.step(last, before), 0)
        return F.pad(said, (1, 0))

    def show(self, tokens: Tensor) -> str:
        """One sequence as numbers."""
        return " ".join(str(token) for token in tokens.tolist())

    def _cycles(self) -> list[list[tuple[int, int]]]:
        """Every pair but (0, 0), grouped by the cycle that it lies on."""
        (u, v), p = self.rule, self.modulus
        left = {(a, b) for a in range(p) for b in range(p)} - {(0, 0)}
        cycles = []
        for pair in sorted(left):
            cycle = []
            while pair in left:
                left.remove(pair)
                cycle.append(pair)
                pair = (pair[1], (u * pair[1] + v * pair[0]) % p)
            if cycle:
                cycles.append(cycle)
        return cycles


def make_task(settings: Settings, device: torch.device) -> LinearRecurrence:
    """The task with these settings, its data on the device."""
    return LinearRecurrence(settings, device)
