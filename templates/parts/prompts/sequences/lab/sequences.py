"""Lists such as "Monday, Tuesday, Wednesday, Thursday, Friday," whose next item everybody knows.

In most pairs the answers are the next item and the last one again, so that the logit difference tells
"next" from "again". Five items: of seven weekdays two are then missing, and that one is missing does
not say which is next.
"""

import random
from collections.abc import Callable, Iterable
from itertools import pairwise, permutations
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab.pairs import Pair, Pairs, Prompt, encode, fill, token_of

LENGTH = 5
BETWEEN = (", ", ",")  # tokenizers that cut digits off a space need the second


class Family(NamedTuple):
    """Items in their order; in a cycle the first one follows the last."""

    items: list[str]
    cycle: bool

    def after(self, item: str, steps: int = 1) -> str:
        """The item so many steps on, round the end."""
        return self.items[(self.items.index(item) + steps) % len(self.items)]

    def runs(self) -> list[list[str]]:
        """Every five items in a row that have a next one."""
        starts = len(self.items) if self.cycle else len(self.items) - LENGTH
        return [
            [self.after(self.items[start], i) for i in range(LENGTH)] for start in range(starts)
        ]


FAMILIES = {
    "numbers": Family([str(digit) for digit in range(10)], False),  # one token each everywhere
    "weekdays": Family(
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], True
    ),
    "months": Family(
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        True,
    ),
    "Roman numerals": Family(
        ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"], False
    ),
}
COLOURS = ["red", "blue", "green", "white", "black", "brown", "orange", "yellow"]

T = TypeVar("T")
Make = Callable[..., list[Pair]]


def shuffled(family: Family, n: int, between: str, seed: int = 0) -> list[Pair]:
    """n pairs of a run and its items shuffled, the last one too. Answers: next, and last again."""
    return _against(family, n, between, seed, lambda run: _shuffles(family, run, last=False))


def last_kept(family: Family, n: int, between: str, seed: int = 0) -> list[Pair]:
    """The same, but the shuffled list ends in the same item as the run."""
    return _against(family, n, between, seed, lambda run: _shuffles(family, run, last=True))


def downward(family: Family, n: int, between: str, seed: int = 0) -> list[Pair]:
    """n pairs of a run and a list that comes down to the same last item."""

    def down(run: list[str]) -> list[list[str]]:
        last = run[-1]
        at = family.items.index(last)
        fits = family.cycle or at + LENGTH <= len(family.items)
        return [[family.after(last, i) for i in reversed(range(LENGTH))]] if fits else []

    return _against(family, n, between, seed, down)


def moved(family: Family, n: int, between: str, seed: int = 0) -> list[Pair]:
    """n pairs of two runs, each in order, two steps or more apart. Answers: what comes next in each."""
    rng = random.Random(seed)
    runs = family.runs()
    near = {0, 1, len(family.items) - 1}
    fitting = [
        (one, other)
        for one in runs
        for other in runs
        if (family.items.index(one[0]) - family.items.index(other[0])) % len(family.items)
        not in near
    ]
    return [
        _pair(one, other, between, family.after(one[-1]), family.after(other[-1]))
        for one, other in _drawn(fitting, n, rng)
    ]


def repeating(n: int, between: str, seed: int = 0) -> list[Pair]:
    """n pairs of a list that repeats, such as "red, blue, pink, red, blue,", and the same shuffled.

    Answers: the third colour, and the last one again. There is no next colour to know.
    """
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        one, two, three = rng.sample(COLOURS, 3)
        order = rng.choice(
            [[one, two, two, three, one], [two, two, three, one, one], [two, three, two, one, one]]
        )
        made.append(_pair([one, two, three, one, two], order, between, three, two))
    return made


def encoded(
    model: TransformerBridge, family: Family | None, make: Make, n: int, seed: int = 0
) -> tuple[Pairs, str]:
    """Pairs of a family in the first style whose items are single tokens, and what stands between items.

    Without a family `make` is `repeating`. Raises ValueError where no style fits.
    """
    failed = ""
    for between in BETWEEN:
        made = make(n, between, seed) if family is None else make(family, n, between, seed)
        try:
            return encode(model, made), between
        except ValueError as error:
            failed = str(error)
    raise ValueError(failed)


def item_ids(model: TransformerBridge, family: Family, between: str) -> Tensor:
    """The token of each item that is one token in this style, in the family's order: [item]."""
    found = [token_of(model, _space(between) + item) for item in family.items]
    return torch.tensor([one for one in found if one is not None], device=model.W_U.device)


def _against(
    family: Family,
    n: int,
    between: str,
    seed: int,
    others: Callable[[list[str]], list[list[str]]],
) -> list[Pair]:
    """n pairs of a run and one of its counterparts."""
    rng = random.Random(seed)
    made = []
    for run in _drawn([run for run in family.runs() if others(run)], n, rng):
        other = rng.choice(others(run))
        made.append(_pair(run, other, between, family.after(run[-1]), run[-1]))
    return made


def _shuffles(family: Family, run: list[str], last: bool) -> list[list[str]]:
    """The orders of a run in which no two neighbours are one step apart, and the last item stays or not."""
    return [
        [*order]
        for order in permutations(run)
        if (order[-1] == run[-1]) == last
        and all(abs(run.index(a) - run.index(b)) > 1 for a, b in pairwise(order))
    ]


def _drawn(all_of: Iterable[T], n: int, rng: random.Random) -> list[T]:
    """n of these, each as often as the others (but for a rest), in random order.

    Raises ValueError where there is none.
    """
    pool = [*all_of]
    if not pool:
        raise ValueError("the family is too short for such lists")
    found: list[T] = []
    while len(found) < n:
        rng.shuffle(pool)
        found += pool
    return found[:n]


def _pair(one: list[str], other: list[str], between: str, right: str, wrong: str) -> Pair:
    clean, corrupted = (_prompt(items, between) for items in (one, other))
    space = _space(between)
    return Pair(clean, corrupted, space + right, space + wrong)


def _prompt(items: list[str], between: str) -> Prompt:
    """A list that ends in a comma. Places: "earlier", "before" and "last", the last items."""
    *earlier, before, last = items
    start = _space(between)
    return fill(
        f"{start}{{earlier}}{between}{{before}}{between}{{last}},",
        earlier=between.join(earlier),
        before=before,
        last=last,
    )


def _space(between: str) -> str:
    return between.removeprefix(",")
