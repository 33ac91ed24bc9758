"""The task: a op b = modulo a prime, where op is a token that says what to do."""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, FiniteTask
from lab.settings import Settings

OPERATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


class TwoOperations(FiniteTask):
    """All questions of every operation; tokens [batch, 4] are a, op, b, "=", the answer is at the last.

    The number n is token n, "=" is token `modulus`, the operators follow in the order of OPERATIONS:
    the vocabulary is the same whichever of them are asked, so that models can be compared.
    """

    n_ctx = 4

    def __init__(self, settings: Settings, device: torch.device) -> None:
        p = settings.modulus
        self.modulus = p
        self.operations = list(settings.operations)
        self.d_vocab = p + 1 + len(OPERATIONS)
        parts = [self.questions(operation) for operation in self.operations]
        examples = Batch(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))
        self.chance = examples.targets[:, -1].bincount().max().item() / len(examples.tokens)
        held_out = 1 - settings.train_share
        a, operator, b, _ = examples.tokens.T
        pairs = torch.minimum(a, b) * p + torch.maximum(a, b)
        twins = operator * p**2 + pairs  # a + b and b + a are held out together, as a - b and b - a
        super().__init__(examples, held_out, settings.batch_size, settings.seed, device, twins)

    def operator(self, operation: str) -> int:
        """The token of an operation."""
        return self.modulus + 1 + list(OPERATIONS).index(operation)

    def questions(self, operation: str) -> Batch:
        """Every question of one operation, in the order a * modulus + b: tokens [modulus ** 2, 4]."""
        a, b = torch.cartesian_prod(*[torch.arange(self.modulus)] * 2).T
        op = torch.full_like(a, self.operator(operation))
        tokens = torch.stack([a, op, b, torch.full_like(a, self.modulus)], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, -1] = OPERATIONS[operation](a, b) % self.modulus
        return Batch(tokens, targets)

    def held_out_of(self, operation: str) -> Batch:
        """The held-out questions of one operation."""
        batch = self.held_out()
        return batch.rows(batch.tokens[:, 1] == self.operator(operation))

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Deaf to the operator: where there are two of them, the answer of the first."""
        if len(self.operations) == 1:
            return {}
        first = self.operations[0]

        def deaf(tokens: Tensor) -> Tensor:
            said = OPERATIONS[first](tokens[:, :1], tokens[:, 2:3]) % self.modulus
            return said.expand_as(tokens)

        return {f"{first} whatever the operator": deaf}

    def show(self, tokens: Tensor) -> str:
        """One example as text."""
        a, op, b, _ = tokens.tolist()
        return f"{a} {list(OPERATIONS)[op - self.modulus - 1]} {b} (mod {self.modulus}) ="


def make_task(settings: Settings, device: torch.device) -> TwoOperations:
    """The task with these settings, its data on the device."""
    return TwoOperations(settings, device)
