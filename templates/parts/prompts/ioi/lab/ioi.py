"""Indirect object identification: "When Mary and John went to the store, John gave a drink to" Mary.

The task of Interpretability in the Wild (Wang et al. 2022), https://arxiv.org/abs/2211.00593. The
subject S is the name that stands twice, the indirect object IO the one that stands once. Each sentence
comes with either name first, and each name is as often IO as S.
"""

import random

from lab.pairs import Pair, Prompt, fill

NAMES = [
    "Mary",
    "John",
    "Tom",
    "James",
    "Dan",
    "Martin",
    "Amy",
    "Anna",
    "Kate",
    "Paul",
    "Mark",
    "Alice",
    "Peter",
    "David",
    "Sarah",
    "Laura",
    "Jack",
    "Emily",
    "Robert",
    "Michael",
    "Lucy",
    "Simon",
    "George",
    "Helen",
]
PLACES = ["store", "park", "school", "office", "station", "market", "hospital", "church"]
THINGS = ["drink", "book", "ring", "letter", "key", "ball", "coat", "map"]
TEMPLATES = [
    "When {one} and {two} went to the {place}, {again} gave a {thing} to",
    "After {one} and {two} met at the {place}, {again} handed a {thing} to",
    "While {one} and {two} were at the {place}, {again} passed a {thing} to",
    "Yesterday {one} and {two} walked to the {place}, and {again} offered a {thing} to",
]


def swapped(n: int, seed: int = 0) -> list[Pair]:
    """n pairs in which the other name is repeated in the corrupted prompt, so that the answer flips.

    Places: "io", "s1", "s2" by their role in the clean prompt.
    """
    return [
        Pair(
            _sentence(one, one.subject),
            _sentence(one, one.other),
            f" {one.other}",
            f" {one.subject}",
        )
        for one in _drawn(n, seed)
    ]


def unrepeated(n: int, seed: int = 0) -> list[Pair]:
    """The same prompts, but in the corrupted one a third name stands at "s2": no name is repeated,
    and nothing in it says which of the two is the answer."""
    return [
        Pair(
            _sentence(one, one.subject),
            _sentence(one, one.third),
            f" {one.other}",
            f" {one.subject}",
        )
        for one in _drawn(n, seed)
    ]


class _Drawn:
    """What one prompt is made of."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.template = TEMPLATES[number // 2 % len(TEMPLATES)]
        self.subject_first = number % 2 == 0
        self.subject, self.other, self.third = rng.sample(NAMES, 3)
        self.place, self.thing = rng.choice(PLACES), rng.choice(THINGS)


def _drawn(n: int, seed: int) -> list[_Drawn]:
    rng = random.Random(seed)
    return [_Drawn(number, rng) for number in range(n)]


def _sentence(one: _Drawn, again: str) -> Prompt:
    """The sentence with a name said again, its places named by role."""
    first, second = (one.subject, one.other) if one.subject_first else (one.other, one.subject)
    prompt = fill(
        one.template, one=first, two=second, place=one.place, thing=one.thing, again=again
    )
    roles = ("s1", "io") if one.subject_first else ("io", "s1")
    names = {"one": roles[0], "two": roles[1], "again": "s2"}
    return Prompt(
        prompt.text, {names[field]: span for field, span in prompt.spans.items() if field in names}
    )
