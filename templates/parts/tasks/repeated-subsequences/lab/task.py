"""The task: a list of random tokens, then parts of it again; say what comes next as soon as the past tells."""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class RepeatedSubsequences(SampledTask):
    """Sequences [context]: a list of distinct tokens, then parts of the list until the context is full.

    A part begins at a random place of the list and runs to its end, so a token that is not the last
    of the list is followed by the same token each time. Targets stand where such a token comes again.
    `chance` is the accuracy of naming a random token of the list.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        if 2 * settings.most_length > settings.context or settings.most_length > settings.n_tokens:
            raise ValueError("most_length may be at most half of context, and at most n_tokens")
        if not 3 <= settings.least_length <= settings.most_length:
            raise ValueError("least_length must be at least 3 and at most most_length")
        self.lengths = (settings.least_length, settings.most_length)
        self.n_ctx = settings.context
        self.d_vocab = settings.n_tokens
        super().__init__(settings.batch_size, settings.seed, device)
        tokens, targets = self._held_out
        seen = first_of_its_kind(tokens).cumsum(1)  # distinct tokens so far
        self.chance = (1 / seen[targets != IGNORE]).mean().item()

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n sequences whose lists have lengths drawn evenly from the training range."""
        least, most = self.lengths
        length = torch.randint(least, most + 1, (n, 1), generator=generator, device=self.device)
        return self.of_length(length, generator)

    def of_length(self, length: Tensor, generator: torch.Generator) -> Batch:
        """One sequence for each list length [n, 1], also for lengths that training never uses."""
        drawn = torch.rand(len(length), self.d_vocab, generator=generator, device=self.device)
        place = self._places(length, generator)
        tokens = drawn.argsort(dim=1).gather(1, place)
        position = torch.arange(self.n_ctx, device=self.device)
        asked = (position >= length) & (place[:, :-1] < length - 1)
        return Batch(tokens[:, :-1], tokens[:, 1:].masked_fill(~asked, IGNORE))

    def _places(self, length: Tensor, generator: torch.Generator) -> Tensor:
        """For each position, and one more, the place of its token in the list: [n, n_ctx + 1]."""
        n, more = len(length), self.n_ctx + 1
        start = torch.rand(n, more, generator=generator, device=self.device) * (length - 1)
        ends = length + (length - start.long()).cumsum(1)  # the position after each part
        position = torch.arange(more, device=self.device).expand(n, -1).contiguous()
        part = torch.searchsorted(ends, position, right=True)
        return torch.where(position < length, position, length - ends.gather(1, part) + position)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """A rule that never asks what followed the current token."""
        return {"the token not seen for longest": oldest}

    def show(self, tokens: Tensor) -> str:
        """One sequence as numbers."""
        return " ".join(str(token) for token in tokens.tolist())


def first_of_its_kind(tokens: Tensor) -> Tensor:
    """Where in tokens [batch, pos] a token stands for the first time: bool [batch, pos]."""
    same = tokens[:, :, None] == tokens[:, None, :]
    return ~same.tril(-1).any(-1)


def oldest(tokens: Tensor) -> Tensor:
    """At each position the token, of those so far, that was not seen for longest: [batch, pos]."""
    n = tokens.shape[1]
    position = torch.arange(n, device=tokens.device)
    same = tokens[:, None, :] == tokens[:, :, None]  # [batch, token of position i, position j]
    upto = position[None, :] <= position[:, None]  # [now, j]
    last = torch.where(same[:, None] & upto[None, :, None], position, -1).amax(-1)
    last = last.masked_fill(last < 0, n)  # tokens yet to come: [batch, now, i]
    return tokens.gather(1, last.argmin(-1))


def make_task(settings: Settings, device: torch.device) -> RepeatedSubsequences:
    """The task with these settings, its data on the device."""
    return RepeatedSubsequences(settings, device)
