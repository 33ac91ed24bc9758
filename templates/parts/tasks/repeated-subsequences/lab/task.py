"""The task: random tokens that repeat; say what comes next as soon as the past determines it."""

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class RepeatedSubsequences(SampledTask):
    """Sequences [context] of distinct random tokens, repeated with a period drawn for each sequence.

    A target stands at each position whose token occurred before: the first copy cannot be predicted.
    The period varies so that no fixed distance back solves the task.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        if 2 * settings.most_period > settings.context or settings.most_period > settings.n_tokens:
            raise ValueError("most_period may be at most half of context, and at most n_tokens")
        self.periods = (settings.least_period, settings.most_period)
        self.n_ctx = settings.context
        self.d_vocab = settings.n_tokens
        self.chance = 1 / settings.least_period  # guess among the tokens seen so far
        super().__init__(settings.batch_size, settings.seed, device)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n sequences with periods drawn evenly from the training range."""
        least, most = self.periods
        period = torch.randint(least, most + 1, (n, 1), generator=generator, device=self.device)
        return self.with_period(period, generator)

    def with_period(self, period: Tensor, generator: torch.Generator) -> Batch:
        """One sequence for each period [n, 1], also for periods that training never uses."""
        scores = torch.rand(len(period), self.d_vocab, generator=generator, device=self.device)
        distinct = scores.argsort(dim=1)
        place = torch.arange(self.n_ctx + 1, device=self.device)
        sequence = distinct.gather(1, place % period)
        seen = place[:-1] >= period
        return Batch(sequence[:, :-1], sequence[:, 1:].masked_fill(~seen, IGNORE))

    def show(self, tokens: Tensor) -> str:
        """One sequence as numbers."""
        return " ".join(str(token) for token in tokens.tolist())


def make_task(settings: Settings, device: torch.device) -> RepeatedSubsequences:
    """The task with these settings, its data on the device."""
    return RepeatedSubsequences(settings, device)
