"""The task: START 44 40 15 MID 2 1 0 END -> 15 40 44."""

from collections.abc import Callable
from itertools import permutations

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings


class PermuteList(SampledTask):
    """Tokens [batch, pos]: START, list, MID, indices, END, the output without its last element.

    The number n is token n, the index i is token `first_index` + i, then START, MID and END: an
    index 2 and a number 2 have nothing in common. Some orders are for held-out examples alone.
    Chance is the accuracy of naming one of the list's own numbers at random.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_numbers, self.list_length = settings.n_numbers, settings.list_length
        self.inverse = settings.inverse
        self.first_index = self.n_numbers
        self.start = self.first_index + self.list_length
        self.mid, self.end = self.start + 1, self.start + 2
        self.d_vocab = self.end + 1
        self.n_ctx = 3 * self.list_length + 2
        self.chance = 1 / self.list_length
        orders = torch.tensor(list(permutations(range(self.list_length))))
        shuffled = torch.randperm(
            len(orders), generator=torch.Generator().manual_seed(settings.seed)
        )
        cut = settings.held_out_orders
        if not 0 < cut < len(orders):
            raise ValueError(
                f"held_out_orders must leave some of the {len(orders)} orders to train on"
            )
        self.unseen_orders = orders[shuffled[:cut]].to(device)
        self.seen_orders = orders[shuffled[cut:]].to(device)
        super().__init__(settings.batch_size, settings.seed, device)
        n = len(self._held_out.tokens)
        generator = torch.Generator(device).manual_seed(settings.seed + 1_000_003)
        self._held_out = self.with_orders(self.unseen_orders, n, generator)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n fresh lists, in orders that training may use."""
        return self.with_orders(self.seen_orders, n, generator)

    def with_orders(self, orders: Tensor, n: int, generator: torch.Generator) -> Batch:
        """n fresh lists, each in one of some orders [n_orders, list_length], drawn evenly."""
        pick = torch.randint(len(orders), (n,), generator=generator, device=self.device)
        keys = torch.rand(n, self.n_numbers, generator=generator, device=self.device)
        return self.encode(keys.argsort(dim=1)[:, : self.list_length], orders[pick])

    def source(self, orders: Tensor) -> Tensor:
        """For each output place the slot of the list that it is read from: [..., list_length]."""
        return orders.argsort(-1) if self.inverse else orders

    def encode(self, numbers: Tensor, orders: Tensor) -> Batch:
        """Lists [n, list_length] to be written in orders [n, list_length]."""
        answer = numbers.gather(1, self.source(orders))
        start, mid, end = (
            torch.full_like(numbers[:, :1], token) for token in (self.start, self.mid, self.end)
        )
        indices = orders + self.first_index
        tokens = torch.cat([start, numbers, mid, indices, end, answer[:, :-1]], dim=1)
        targets = torch.full_like(tokens, IGNORE)
        targets[:, -self.list_length :] = answer
        return Batch(tokens, targets)

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """A rule that reads no index, and is right whenever one number is left."""
        return {"the first slot not yet written": self._first_slot_left}

    def _first_slot_left(self, tokens: Tensor) -> Tensor:
        n, out = self.list_length, 2 * self.list_length + 2
        numbers, said = tokens[:, 1 : n + 1], tokens.clone()
        for place in range(n):
            written = tokens[:, out + 1 : out + 1 + place]
            left = (numbers[:, :, None] != written[:, None]).all(-1)
            said[:, out + place] = numbers.gather(1, left.int().argmax(1, keepdim=True))[:, 0]
        return said

    def name(self, token: int) -> str:
        """One token as text; indices have a #."""
        special = {self.start: "START", self.mid: "MID", self.end: "END"}
        index = token - self.first_index
        return special.get(token) or (f"#{index}" if index >= 0 else str(token))

    def show(self, tokens: Tensor) -> str:
        """One example [pos] as text."""
        return " ".join(self.name(token) for token in tokens.tolist())


def make_task(settings: Settings, device: torch.device) -> PermuteList:
    """The task with these settings, its data on the device."""
    return PermuteList(settings, device)
