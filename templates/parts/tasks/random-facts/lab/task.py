"""The task: remember one random bit for each pair of tokens."""

import torch
from torch import Tensor

from lab.data import Batch, FiniteTask
from lab.settings import Settings


def balanced_bits(n: int, generator: torch.Generator) -> Tensor:
    """A random table [n, n] of bits whose rows and columns each hold n // 2 ones, for an even n.

    With as many ones everywhere no token says anything about the bit by itself. Begins with a striped
    table and trades bits between random pairs of rows (the curveball algorithm, Strona et al. 2014).
    """
    if n % 2:
        raise ValueError(f"a table of {n} rows cannot be balanced: use an even number")
    table = (torch.arange(n)[:, None] + torch.arange(n)) % 2
    for _ in range(10 * n):
        one, other = torch.randperm(n, generator=generator)[:2].tolist()
        differ = (table[one] != table[other]).nonzero()[:, 0]
        mixed = differ[torch.randperm(len(differ), generator=generator)]
        bits = table[one, differ].clone()
        table[one, mixed], table[other, mixed] = bits, 1 - bits
    return table


class RandomFacts(FiniteTask):
    """Facts (a, b) -> bit: tokens [batch, 2], targets [batch] of 0 or 1.

    Little can be deduced, so the test of a model is recall: `held_out` gives the stored facts
    themselves. `unseen` gives the facts that training never shows; the balance alone gives some of them away.
    """

    n_ctx = 2
    n_answers = 2
    chance = 0.5

    def __init__(self, settings: Settings, device: torch.device) -> None:
        n = settings.n_tokens
        self.d_vocab = n
        self.table = balanced_bits(n, torch.Generator().manual_seed(settings.seed))
        numbers = torch.arange(n)
        every_fact = Batch(torch.cartesian_prod(numbers, numbers), self.table.flatten())
        share, size = settings.unseen_share, settings.batch_size
        super().__init__(every_fact, share, size, settings.seed, device)

    def held_out(self) -> Batch:
        """The stored facts: what is asked of a memory is what was put into it."""
        return self.training

    def unseen(self) -> Batch:
        """The facts that were never shown."""
        return self._held_out

    def filled_in_by_balance(self) -> float:
        """The accuracy on the facts never shown of a guesser that knows how many ones each row and column
        lacks, and takes the mean of the two shares; a tie counts half."""
        n, unseen = self.d_vocab, self.unseen()
        lacking = torch.zeros(2, n, device=unseen.tokens.device)
        for side, tokens in enumerate(unseen.tokens.T):
            ones = torch.zeros(n, device=tokens.device).index_add(0, tokens, unseen.targets.float())
            lacking[side] = ones / tokens.bincount(minlength=n).clamp_min(1)
        said = lacking[0, unseen.tokens[:, 0]] + lacking[1, unseen.tokens[:, 1]] - 1
        right = (said > 0) == (unseen.targets > 0)
        return torch.where(said == 0, 0.5, right.float()).mean().item()

    def show(self, tokens: Tensor) -> str:
        """One example as text."""
        a, b = tokens.tolist()
        return f"fact ({a}, {b}):"


def make_task(settings: Settings, device: torch.device) -> RandomFacts:
    """The task with these settings, its data on the device."""
    return RandomFacts(settings, device)
