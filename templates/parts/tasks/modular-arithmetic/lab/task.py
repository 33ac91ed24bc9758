"""The task: a and b -> a + b, a - b or a * b modulo a prime; or the larger one, as a contrast."""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, FiniteTask
from lab.settings import Settings

OPERATIONS: dict[str, tuple[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "add": ("+", lambda a, b: a + b),
    "subtract": ("-", lambda a, b: a - b),
    "multiply": ("*", lambda a, b: a * b),
    "maximum": ("max", torch.maximum),
}


class ModularArithmetic(FiniteTask):
    """All pairs (a, b); with an equals sign tokens [batch, 3] and targets [batch, 3], the answer at
    the last position, without one tokens [batch, 2] and targets [batch].

    The number n is token n, "=" is token `modulus`.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        p = settings.modulus
        self.modulus = p
        self.operation = settings.operation
        self.equals_sign = settings.equals_sign
        self.n_ctx = 3 if self.equals_sign else 2
        self.d_vocab = p + self.equals_sign
        examples = self.encode(self.pairs())
        answers = examples.targets[..., -1] if self.equals_sign else examples.targets
        self.chance = answers.bincount().max().item() / p**2
        held_out = 1 - settings.train_share
        super().__init__(examples, held_out, settings.batch_size, settings.seed, device)

    def pairs(self) -> Tensor:
        """Every (a, b) in the order a * modulus + b: [modulus ** 2, 2]."""
        numbers = torch.arange(self.modulus)
        return torch.cartesian_prod(numbers, numbers)

    def encode(self, pairs: Tensor) -> Batch:
        """Pairs [batch, 2] as tokens, with their answers as targets."""
        answer = OPERATIONS[self.operation][1](pairs[:, 0], pairs[:, 1]) % self.modulus
        if not self.equals_sign:
            return Batch(pairs, answer)
        tokens = torch.cat([pairs, torch.full_like(pairs[:, :1], self.modulus)], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, -1] = answer
        return Batch(tokens, targets)

    def show(self, tokens: Tensor) -> str:
        """One example as text."""
        a, b = tokens[:2].tolist()
        return f"{a} {OPERATIONS[self.operation][0]} {b} (mod {self.modulus}) ="


def make_task(settings: Settings, device: torch.device) -> ModularArithmetic:
    """The task with these settings, its data on the device."""
    return ModularArithmetic(settings, device)
