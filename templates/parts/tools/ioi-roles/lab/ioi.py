"""Who is who in an IOI prompt: S is named twice, IO once, and IO is the answer.

In IOI sentences S comes last, so "the other name than the last one" is right without any search for a
repetition. With all three orders (IO S S, S IO S, S S IO) no rule of that kind is right on more than two
thirds of the prompts, for one order of the three is always against it.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings

ORDERS = ["IO S S", "S IO S", "S S IO"]


class Prompts(NamedTuple):
    """Prompts with the roles in them. END is the last position."""

    tokens: Tensor  # [batch, pos]
    subject: Tensor  # [batch], a token
    io: Tensor  # [batch], a token: the right answer
    places: Tensor  # [batch, 3], where S first, IO, and S again stand
    order: Tensor  # [batch], how many mentions of S come before IO: an index of ORDERS

    def batch(self) -> Batch:
        """The prompts with the answer as the target at END."""
        targets = torch.full_like(self.tokens, IGNORE)
        targets[:, -1] = self.io
        return Batch(self.tokens, targets)

    def with_first_mention(self, instead: Tensor) -> Tensor:
        """The tokens with another one, [batch], in place of the first S: nobody is named twice."""
        return self.tokens.scatter(1, self.places[:, :1], instead[:, None])

    def with_second_mention(self, instead: Tensor) -> Tensor:
        """The same in place of S again."""
        return self.tokens.scatter(1, self.places[:, 2:], instead[:, None])


def cast(
    frames: Tensor, slots: Tensor, pairs: Tensor, orders: int, generator: torch.Generator
) -> Prompts:
    """Give out the roles: names from `pairs` [n_pairs, 2] go to the three slots [batch, 3], given in
    the order of reading, of frames [batch, pos], in one of the first `orders` of ORDERS."""
    n = len(frames)
    draw = {"generator": generator, "device": frames.device}
    names = pairs[torch.randint(len(pairs), (n,), **draw)]
    swapped = torch.randint(2, (n, 1), **draw)
    subject, io = names.gather(1, swapped)[:, 0], names.gather(1, 1 - swapped)[:, 0]
    order = torch.randint(orders, (n,), **draw)
    s_first, s_again = (order == 0).long(), 2 - (order == 2).long()  # which of the three slots
    places = slots.gather(1, torch.stack([s_first, order, s_again], 1))
    tokens = frames.scatter(1, places, torch.stack([subject, io, subject], 1))
    return Prompts(tokens, subject, io, places, order)


def third_names(prompts: Prompts, n_names: int, generator: torch.Generator) -> Tensor:
    """For each prompt a random name that it does not hold: [batch]. Names are the tokens below `n_names`."""
    low, high = torch.stack([prompts.subject, prompts.io]).sort(0).values
    third = torch.randint(n_names - 2, (len(low),), generator=generator, device=low.device)
    third = third + (third >= low).long()
    return third + (third >= high).long()


def blind_rules(n_names: int) -> dict[str, Callable[[Tensor], Tensor]]:
    """Rules that look for no repetition, by name: functions from tokens [batch, pos] with three names in
    each row to the name that they say, the same at every position."""

    def named(tokens: Tensor) -> Tensor:
        """The three names in the order of reading: [batch, 3]."""
        first_three = (tokens >= n_names).long().argsort(dim=1, stable=True)[:, :3]
        return tokens.gather(1, first_three)

    def this(tokens: Tensor, which: int) -> Tensor:
        return named(tokens)[:, which, None].expand_as(tokens)

    def other(tokens: Tensor, which: int) -> Tensor:
        three = named(tokens)
        differs = (three != three[:, which, None]).long().argmax(1, keepdim=True)
        return three.gather(1, differs).expand_as(tokens)

    found: dict[str, Callable[[Tensor], Tensor]] = {}
    for which, word in enumerate(("first", "second", "last")):
        found[f"the {word} name"] = partial(this, which=which)
        found[f"the other name than the {word}"] = partial(other, which=which)
    return found


class IOITask(SampledTask):
    """Prompts with names, of which whole pairs are held out. Name n is token n. Chance is a guess between
    the two names of the prompt."""

    chance = 0.5

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_names = settings.n_names
        self.orders = 2 if settings.subject_last else 3
        pairs = torch.combinations(torch.arange(self.n_names))
        mixed = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(settings.seed))
        cut = max(1, round(settings.held_out_share * len(pairs)))
        self.held_out_pairs, self.train_pairs = pairs[mixed].to(device).tensor_split([cut])
        super().__init__(settings.batch_size, settings.seed, device)
        seeded = torch.Generator(device).manual_seed(settings.seed + 1)
        self.unseen = self.prompts(512, seeded, self.held_out_pairs)

    def prompts(self, n: int, generator: torch.Generator, pairs: Tensor) -> Prompts:
        """n prompts with names from `pairs` [n_pairs, 2], either of which may be the subject."""
        raise NotImplementedError

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n prompts with names from the training pairs."""
        return self.prompts(n, generator, self.train_pairs).batch()

    def held_out(self) -> Batch:
        """512 prompts with pairs of names that training never sees together."""
        return self.unseen.batch()

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """Rules that look for no repetition."""
        return blind_rules(self.n_names)

    def rules_right(self) -> dict[str, float]:
        """How often each of them is right on the held-out prompts."""
        tokens, io = self.unseen.tokens, self.unseen.io
        return {
            name: (rule(tokens)[:, -1] == io).float().mean().item()
            for name, rule in self.lazy_rules().items()
        }

    def with_third_name(self, prompts: Prompts, generator: torch.Generator) -> Tensor:
        """The tokens with a third name in place of the first S, [batch, pos]: nobody is repeated, so
        neither name is the answer. (The IOI paper, Wang et al. 2022, replaces the second S.)"""
        return prompts.with_first_mention(third_names(prompts, self.n_names, generator))

    def without_repetition(self, prompts: Prompts) -> dict[str, Tensor]:
        """The tokens with a third name in place of one of the two S, [batch, pos], by roles' names of
        the place. The third names are the same in both."""
        seeded = torch.Generator(self.device).manual_seed(0)
        third = third_names(prompts, self.n_names, seeded)
        return {
            "S first": prompts.with_first_mention(third),
            "S again": prompts.with_second_mention(third),
        }
