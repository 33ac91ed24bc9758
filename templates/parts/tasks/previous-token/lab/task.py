"""The task: independent random tokens; at each position, name the token before it."""

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class PreviousToken(SampledTask):
    """Sequences [context]; the target at position n is the token at n - 1, and position 0 has none.

    Tokens repeat within a sequence as chance has it, so looking for a *different* token won't do.
    The model gets room for more positions than training uses: `of_length` fills them.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        if settings.room < settings.context:
            raise ValueError("room must be at least context")
        self.context = settings.context
        self.n_ctx = settings.room
        self.d_vocab = settings.n_tokens
        self.chance = 1 / self.d_vocab
        super().__init__(settings.batch_size, settings.seed, device)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n sequences of the length that training uses."""
        return self.of_length(self.context, n, generator)

    def of_length(self, length: int, n: int, generator: torch.Generator) -> Batch:
        """n sequences of any length up to n_ctx."""
        tokens = torch.randint(self.d_vocab, (n, length), generator=generator, device=self.device)
        targets = tokens.roll(1, dims=1)
        targets[:, 0] = IGNORE
        return Batch(tokens, targets)

    def show(self, tokens: Tensor) -> str:
        """One sequence as numbers."""
        return " ".join(f"{token:2d}" for token in tokens.tolist())


def make_task(settings: Settings, device: torch.device) -> PreviousToken:
    """The task with these settings, its data on the device."""
    return PreviousToken(settings, device)
