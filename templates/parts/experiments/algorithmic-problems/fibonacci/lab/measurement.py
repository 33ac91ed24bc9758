"""Which of the tokens read the next number of a sequence depends on, and how.

A reader is anything that takes tokens [batch, pos] and gives logits [batch, pos, d_vocab].
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from lab import fourier
from lab.task import LinearRecurrence
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


class Outcomes(NamedTuple):
    """What becomes of the answers when one token is replaced, as shares that add up to 1."""

    rule: float  # the rule applied to the two tokens that now stand last
    as_before: float  # the number that followed before: only other tokens can tell
    neither: float


def replaced(task: LinearRecurrence, tokens: Tensor, at: int, generator: torch.Generator) -> Tensor:
    """Sequences [batch, pos] with the token at one position replaced by another number."""
    shift = torch.randint(
        1, task.modulus, (len(tokens),), generator=generator, device=tokens.device
    )
    tokens = tokens.clone()
    tokens[:, at] = (tokens[:, at] + shift) % task.modulus
    return tokens


def unruly(task: LinearRecurrence, n: int, length: int, generator: torch.Generator) -> Tensor:
    """Numbers [n, length] that follow no rule, each pair of neighbours a held-out one where there is any."""
    may_follow = torch.full((task.modulus, task.modulus), 1e-6, device=generator.device)
    may_follow[task.held_out_pairs[:, 0], task.held_out_pairs[:, 1]] = 1.0
    columns = [may_follow.sum(1).expand(n, -1).multinomial(1, generator=generator)[:, 0]]
    for place in range(1, length):
        weights = may_follow[columns[-1]]
        if place > 1:
            weights.scatter_(1, task.step(columns[-2], columns[-1])[:, None], 0.0)
        columns.append(weights.multinomial(1, generator=generator)[:, 0])
    return torch.stack(columns, dim=1)


def changed(
    task: LinearRecurrence, reader: Reader, tokens: Tensor, generator: torch.Generator
) -> Tensor:
    """Share of answers that change when one token is replaced: [numbers read - 2, distance back].

    nan where there is no token that far back.
    """
    length = tokens.shape[1]
    before = predict(reader, tokens).argmax(-1)
    table = torch.full((length, length), torch.nan)
    for at in range(length):
        after = predict(reader, replaced(task, tokens, at, generator)).argmax(-1)
        for here in range(at, length):
            table[here, here - at] = (after != before)[:, here].float().mean()
    return table[1:]


def outcomes(
    task: LinearRecurrence, reader: Reader, tokens: Tensor, back: int, generator: torch.Generator
) -> Outcomes:
    """What the last answers become when the token so far back is replaced."""
    truth = task.step(tokens[:, -2], tokens[:, -1])
    tokens = replaced(task, tokens, tokens.shape[1] - 1 - back, generator)
    answer = predict(reader, tokens)[:, -1].argmax(-1)
    obeyed = answer == task.step(tokens[:, -2], tokens[:, -1])
    as_before = (answer == truth) & ~obeyed
    shares = (obeyed, as_before, ~obeyed & ~as_before)
    return Outcomes(*(share.float().mean().item() for share in shares))


def shuffled_spectra(weights: Tensor, draws: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [p // 2] of the spectra of rows [p, d] in random orders."""
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(len(weights), generator=generator) for _ in range(draws)]
    spectra = torch.stack([fourier.spectrum(weights[order.to(weights.device)]) for order in orders])
    return spectra.mean(0), spectra.std(0)
