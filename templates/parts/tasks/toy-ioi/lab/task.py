"""The task: START ... A ... B ... A ... END -> B. Two names, one of them twice; say the other one."""

from typing import NamedTuple

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class Prompts(NamedTuple):
    """Prompts with the roles in them. The subject S is the name mentioned twice, IO the other one."""

    tokens: Tensor  # [batch, pos]
    subject: Tensor  # [batch], a token
    io: Tensor  # [batch], a token: the right answer
    places: Tensor  # [batch, 3], where S first, IO, and S again stand
    order: Tensor  # [batch], how many mentions of S come before IO: 0 is BAA, 1 is ABA, 2 is AAB

    def batch(self) -> Batch:
        """The prompts with the answer as the target at END, the last position."""
        targets = torch.full_like(self.tokens, IGNORE)
        targets[:, -1] = self.io
        return Batch(self.tokens, targets)


class ToyIOI(SampledTask):
    """Names at random places among random fillers. Held out are pairs of names, not only prompts.

    Name n is token n; then come the fillers, START and END. Chance is the accuracy of a guess between
    the two names of the prompt, which takes no notice of which of them is repeated.
    """

    chance = 0.5

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_names, self.n_fillers = settings.n_names, settings.n_fillers
        self.n_ctx = settings.context
        self.orders = 2 if settings.subject_last else 3
        self.start, self.end = self.n_names + self.n_fillers, self.n_names + self.n_fillers + 1
        self.d_vocab = self.end + 1
        pairs = torch.combinations(torch.arange(self.n_names))
        pairs = pairs[
            torch.randperm(len(pairs), generator=torch.Generator().manual_seed(settings.seed))
        ]
        cut = max(1, round(settings.held_out_share * len(pairs)))
        self.held_out_pairs, self.train_pairs = pairs[:cut].to(device), pairs[cut:].to(device)
        super().__init__(settings.batch_size, settings.seed, device)
        self.unseen = self.prompts(
            512, torch.Generator(device).manual_seed(settings.seed + 1), self.held_out_pairs
        )

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n prompts with names from the training pairs."""
        return self.prompts(n, generator, self.train_pairs).batch()

    def held_out(self) -> Batch:
        """512 prompts with pairs of names that training never sees together."""
        return self.unseen.batch()

    def prompts(self, n: int, generator: torch.Generator, pairs: Tensor) -> Prompts:
        """n prompts with names from `pairs` [n_pairs, 2], either of which may be the subject."""
        draw = {"generator": generator, "device": self.device}
        names = pairs[torch.randint(len(pairs), (n,), **draw)]
        swapped = torch.randint(2, (n, 1), **draw)
        subject, io = names.gather(1, swapped)[:, 0], names.gather(1, 1 - swapped)[:, 0]
        slots = 1 + torch.rand(n, self.n_ctx - 2, **draw).argsort(1)[:, :3].sort(1).values
        order = torch.randint(self.orders, (n,), **draw)
        s_first = (order == 0).long()  # the index among the three slots
        s_again = 2 - (order == 2).long()
        places = slots.gather(1, torch.stack([s_first, order, s_again], 1))
        tokens = torch.randint(self.n_names, self.start, (n, self.n_ctx), **draw)
        tokens[:, 0], tokens[:, -1] = self.start, self.end
        tokens = tokens.scatter(1, places, torch.stack([subject, io, subject], 1))
        return Prompts(tokens, subject, io, places, order)

    def show(self, tokens: Tensor) -> str:
        """One prompt as text: names n0, n1, ..., fillers as dots."""
        words = {self.start: "START", self.end: "END"}
        return " ".join(
            f"n{token}" if token < self.n_names else words.get(token, ".")
            for token in tokens.tolist()
        )


def make_task(settings: Settings, device: torch.device) -> ToyIOI:
    """The task with these settings, its data on the device."""
    return ToyIOI(settings, device)
