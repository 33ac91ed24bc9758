"""What every task is made of: batches of tokens with targets, and examples that training never sees."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

IGNORE = -100  # the target at positions where no loss is taken (the default of cross_entropy)


class Batch(NamedTuple):
    """tokens [batch, pos] and the token to predict at each position, targets [batch, pos] or [batch]."""

    tokens: Tensor
    targets: Tensor

    def rows(self, index: Tensor | slice) -> "Batch":
        """The examples that an index or mask over the batch selects."""
        return Batch(self.tokens[index], self.targets[index])

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return Batch(self.tokens.to(device), self.targets.to(device))


class Task(Protocol):
    """What training and measuring need to know of a task.

    One that is not about naming the next token adds `loss(logits, targets)`, a scalar to minimise,
    and `score(logits, targets)`, a float that stands in for accuracy: 1 is perfect.
    """

    d_vocab: int
    n_ctx: int
    chance: float

    def train_batch(self) -> Batch:
        """The examples of the next training step."""
        ...

    def held_out(self) -> Batch:
        """Examples that training never sees."""
        ...

    def examples(self, n: int) -> Batch:
        """Training examples to look at."""
        ...

    def show(self, tokens: Tensor) -> str:
        """One example [pos] as text."""
        ...


class FiniteTask:
    """A task with a list of examples, of which a seeded random share is held out.

    Examples with the same number in `groups` [n] are held out together: without it, one whose twin
    is trained on (3 + 5 beside 5 + 3) can be answered from memory.
    With batch_size 0 every step trains on the whole training set.
    """

    def __init__(
        self,
        examples: Batch,
        held_out: float,
        batch_size: int,
        seed: int,
        device: torch.device,
        groups: Tensor | None = None,
    ) -> None:
        n = len(examples.tokens)
        kinds = torch.arange(n) if groups is None else groups.unique(return_inverse=True)[1]
        n_kinds = int(kinds.max()) + 1
        order = torch.randperm(n_kinds, generator=torch.Generator().manual_seed(seed))
        apart = torch.isin(kinds, order[: max(1, round(held_out * n_kinds))])
        shuffled = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
        self._held_out = examples.rows(shuffled[apart[shuffled]]).to(device)
        self.training = examples.rows(shuffled[~apart[shuffled]]).to(device)
        self.batch_size = batch_size
        self.generator = torch.Generator(device).manual_seed(seed)

    def train_batch(self) -> Batch:
        """The whole training set, or a random draw from it."""
        if not self.batch_size:
            return self.training
        tokens = self.training.tokens
        index = torch.randint(
            len(tokens), (self.batch_size,), generator=self.generator, device=tokens.device
        )
        return self.training.rows(index)

    def held_out(self) -> Batch:
        """The examples that were set aside."""
        return self._held_out

    def examples(self, n: int) -> Batch:
        """At most n training examples, to look at; training draws its own."""
        return self.training.rows(slice(n))


class SampledTask:
    """A task with so many possible examples that a fresh draw was never seen before."""

    def __init__(
        self, batch_size: int, seed: int, device: torch.device, n_held_out: int = 512
    ) -> None:
        self.device = device
        self.batch_size = batch_size
        self.generator = torch.Generator(device).manual_seed(seed)
        self._held_out = self.sample(
            n_held_out, torch.Generator(device).manual_seed(seed + 1_000_003)
        )

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n fresh examples, drawn on the device."""
        raise NotImplementedError

    def train_batch(self) -> Batch:
        """A fresh draw."""
        return self.sample(self.batch_size, self.generator)

    def held_out(self) -> Batch:
        """A fixed draw of its own seed."""
        return self._held_out

    def examples(self, n: int) -> Batch:
        """n examples as in training, from a seed of their own: training's draw is not touched."""
        seed = self.generator.initial_seed() + 2_000_003
        return self.sample(n, torch.Generator(self.device).manual_seed(seed))
