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

    The number n is token n, "=" is token `modulus`. With `mirrors_together` (a, b) and (b, a) are held
    out together: whoever remembers one of them knows the other.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        p = settings.modulus
        self.modulus = p
        self.operation = settings.operation
        self.equals_sign = settings.equals_sign
        self.n_ctx = 3 if self.equals_sign else 2
        self.d_vocab = p + self.equals_sign
        pairs = self.pairs()
        examples = self.encode(pairs)
        answers = examples.targets[..., -1] if self.equals_sign else examples.targets
        self.chance = answers.bincount().max().item() / p**2
        super().__init__(
            examples,
            1 - settings.train_share,
            settings.batch_size,
            settings.seed,
            device,
            groups=pairs.amin(1) * p + pairs.amax(1) if settings.mirrors_together else None,
        )

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

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Three that need no modulus: do without it, remember the mirror image of a trained pair, or both."""
        plain, p = OPERATIONS[self.operation][1], self.modulus
        first, second = self.training.tokens[:, 0], self.training.tokens[:, 1]
        known = torch.zeros(p, p, dtype=torch.long, device=first.device)
        answers = self.training.targets[..., -1] if self.equals_sign else self.training.targets
        known[second, first] = -answers % p if self.operation == "subtract" else answers

        def never_wraps(tokens: Tensor) -> Tensor:
            said = plain(tokens[:, :1], tokens[:, 1:2]).clamp(0, p - 1)
            return said.expand_as(tokens)

        def mirror(tokens: Tensor) -> Tensor:
            return known[tokens[:, :1], tokens[:, 1:2]].expand_as(tokens)

        has_mirror = torch.zeros(p, p, dtype=torch.bool, device=first.device)
        has_mirror[second, first] = True

        def either(tokens: Tensor) -> Tensor:
            seen = has_mirror[tokens[:, :1], tokens[:, 1:2]]
            return torch.where(seen, mirror(tokens), never_wraps(tokens))

        rules: dict[str, Callable[[Tensor], Tensor]] = {"its mirror image, if trained on": mirror}
        if self.operation != "maximum":  # where nothing wraps anyway
            rules["the same without the modulus"] = never_wraps
            held_out = self.held_out().tokens
            if has_mirror[held_out[:, 0], held_out[:, 1]].any():
                rules["its mirror image, else without the modulus"] = either
        return rules

    def show(self, tokens: Tensor) -> str:
        """One example as text."""
        a, b = tokens[:2].tolist()
        return f"{a} {OPERATIONS[self.operation][0]} {b} (mod {self.modulus}) ="


def make_task(settings: Settings, device: torch.device) -> ModularArithmetic:
    """The task with these settings, its data on the device."""
    return ModularArithmetic(settings, device)
