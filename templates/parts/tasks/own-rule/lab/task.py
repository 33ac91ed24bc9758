"""The task: random symbols; after each of them, what a rule says about those read so far."""

from collections.abc import Callable
from string import ascii_lowercase

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.rules import RULES, Answers, most_frequent
from lab.settings import Settings


class OwnRule(SampledTask):
    """Sequences [length] of independent random symbols, with answers from `asked_from` on.

    Symbols and answers share one vocabulary. Chance is the share of the most frequent answer.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        if settings.rule not in RULES:
            raise ValueError(
                f"no rule {settings.rule!r} in lab/rules.py; there are {', '.join(RULES)}"
            )
        self.rule = RULES[settings.rule]
        self.n_symbols, self.n_ctx = settings.n_symbols, settings.length
        self.asked_from = settings.asked_from
        self.d_vocab = max(settings.n_symbols, settings.length) + 1
        super().__init__(settings.batch_size, settings.seed, device)
        answers = self._held_out.targets[:, self.asked_from - 1 :]
        self.chance = most_frequent(answers)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n fresh sequences."""
        at = (n, self.n_ctx)
        tokens = torch.randint(self.n_symbols, at, generator=generator, device=self.device)
        return self.encode(tokens)

    def encode(self, tokens: Tensor) -> Batch:
        """Symbols [batch, pos], of your own making too, with what the rule says about them."""
        targets = self.rule.answer(tokens, self.n_symbols)
        targets[:, : self.asked_from - 1] = IGNORE
        return Batch(tokens, targets)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """The shortcuts that the rule names."""

        def bound(shortcut: Answers) -> Callable[[Tensor], Tensor]:
            return lambda tokens: shortcut(tokens, self.n_symbols)

        return {name: bound(shortcut) for name, shortcut in self.rule.shortcuts.items()}

    def read(self, text: str) -> Tensor:
        """A sequence [1, pos] from letters: "abcb"."""
        return torch.tensor(
            [[ascii_lowercase.index(letter) for letter in text]], device=self.device
        )

    def say(self, answer: int) -> str:
        """An answer as text: a letter, "-" for none, or a number where the rule counts."""
        if not self.rule.names_a_symbol:
            return str(answer)
        return ascii_lowercase[answer] if answer < self.n_symbols else "-"

    def show(self, tokens: Tensor) -> str:
        """One sequence as letters."""
        return "".join(ascii_lowercase[token] for token in tokens.tolist())


def make_task(settings: Settings, device: torch.device) -> OwnRule:
    """The task with these settings, its data on the device."""
    return OwnRule(settings, device)
