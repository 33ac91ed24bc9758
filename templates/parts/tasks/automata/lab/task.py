"""The task: read the symbols of a finite automaton, say its state after each of them."""

import itertools
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, SampledTask
from lab.settings import Settings

Map = tuple[int, ...]  # where each state goes


def generators(automaton: str, size: int) -> dict[str, Map]:
    """What each symbol does to the states; the first symbol, ".", leaves them alone in every automaton.

    flip-flop: two states, "0" and "1" write them. parity: "1" swaps two states. counter: "+" adds one
    modulo `size`. permutations: the states are the arrangements of `size` objects; "s" swaps the first
    two objects and "c" moves the first to the end, which together generate the symmetric group.
    """
    if automaton == "flip-flop":
        return {".": (0, 1), "0": (0, 0), "1": (1, 1)}
    if automaton in ("parity", "counter"):
        n, symbol = (2, "1") if automaton == "parity" else (size, "+")
        return {".": tuple(range(n)), symbol: tuple((state + 1) % n for state in range(n))}
    arrangements = list(itertools.permutations(range(size)))
    place = {arrangement: state for state, arrangement in enumerate(arrangements)}
    return {
        ".": tuple(range(len(arrangements))),
        "s": tuple(place[(a[1], a[0], *a[2:])] for a in arrangements),
        "c": tuple(place[(*a[1:], a[0])] for a in arrangements),
    }


def closure(maps: list[Map]) -> list[Map]:
    """Every map that some word over the symbols performs: the transformation semigroup."""
    found = {maps[0]: None}
    queue = [maps[0]]
    for done in queue:
        for symbol in maps:
            new = tuple(symbol[state] for state in done)
            if new not in found:
                found[new] = None
                queue.append(new)
    return list(found)


class Automaton(SampledTask):
    """Words tokens [batch, length]; the target at each position is the state after the symbol there.

    Symbol s is token s, state q is token n_symbols + q. Words start in state 0. `chance` is the
    accuracy of the best guess that knows the position and the symbol there, but nothing before it.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        symbols = generators(settings.automaton, settings.size)
        self.symbols = list(symbols)
        self.n_symbols, self.n_states = len(symbols), len(symbols["."])
        self.d_vocab = self.n_symbols + self.n_states
        self.n_ctx = settings.length
        self.last_only = settings.supervision == "last"
        elements = closure(list(symbols.values()))
        place = {element: index for index, element in enumerate(elements)}
        after = [
            [place[tuple(symbol[state] for state in element)] for symbol in symbols.values()]
            for element in elements
        ]
        self.elements = torch.tensor(elements, device=device)  # [n_elements, n_states]
        self.after = torch.tensor(after, device=device)  # [n_elements, n_symbols]
        rest = (1 - settings.ignore_share) / (self.n_symbols - 1)
        shares = [settings.ignore_share] + [rest] * (self.n_symbols - 1)
        self.shares = torch.tensor(shares, device=device)
        self.chance_by_place = self._chance_by_place()  # the same at each position [length]
        self.chance = float(self.chance_by_place[-1 if self.last_only else slice(None)].mean())
        super().__init__(settings.batch_size, settings.seed, device)

    def sample(self, n: int, generator: torch.Generator) -> Batch:
        """n words whose symbols are drawn independently."""
        drawn = self.shares.expand(n, -1).multinomial(self.n_ctx, True, generator=generator)
        return self.encode(drawn)

    def encode(self, words: Tensor) -> Batch:
        """Words [batch, pos] of any length up to n_ctx with the states that they lead to."""
        targets = self.n_symbols + self.elements[self.products(words, words.shape[1]), 0]
        if self.last_only:
            targets[:, :-1] = IGNORE
        return Batch(words, targets)

    def products(self, words: Tensor, window: int) -> Tensor:
        """Which map the last `window` symbols up to each position perform together: [batch, pos] of
        indices into `elements`. Positions before the word count as "."."""
        product = torch.zeros_like(words)
        padded = torch.cat([words.new_zeros(len(words), window - 1), words], dim=1)
        for step in range(window):
            product = self.after[product, padded[:, step : step + words.shape[1]]]
        return product

    def lazy_rules(self) -> dict[str, Callable[[Tensor], Tensor]]:
        """For the flip-flop: who counts all writes, and who sees eight symbols and no more."""
        if self.symbols != [".", "0", "1"]:
            return {}
        return {
            "the more common write": self.more_common_write,
            "the last write of eight symbols": partial(self.last_write, window=8),
        }

    def more_common_write(self, words: Tensor) -> Tensor:
        """What a reader of the flip-flop says [batch, pos] who counts the writes of each kind so far."""
        votes = (words == 2).long() - (words == 1).long()
        return self.n_symbols + (votes.cumsum(1) > 0).long()

    def last_write(self, words: Tensor, window: int) -> Tensor:
        """What one says who sees the last `window` symbols; state 0 where no write is among them."""
        places = torch.arange(words.shape[1], device=words.device)
        last = torch.where(words > 0, places, -1).cummax(dim=1).values
        one = words.gather(1, last.clamp(min=0)) == 2
        return self.n_symbols + (one & (places - last < window) & (last >= 0)).long()

    def show(self, tokens: Tensor) -> str:
        """A word as its symbols."""
        return " ".join(self.symbols[token] for token in tokens.tolist())

    def _chance_by_place(self) -> Tensor:
        """The best guesser's share of right answers [length], worked out from the state probabilities."""
        at = torch.zeros(self.n_states, device=self.shares.device)
        at[0] = 1.0
        moves = self.elements[self.after[0]]  # [n_symbols, n_states]
        best = []
        for _ in range(self.n_ctx):
            joint = torch.zeros(self.n_symbols, self.n_states, device=at.device)
            joint.scatter_add_(1, moves, self.shares[:, None] * at)
            best.append(joint.amax(1).sum())
            at = joint.sum(0)
        return torch.stack(best)


def make_task(settings: Settings, device: torch.device) -> Automaton:
    """The task with these settings, its data on the device."""
    return Automaton(settings, device)
