"""Behaviours to choose from. Yours goes into CANDIDATES: everything else in the project follows from it.

A row is two prompts that differ in one word, and the answer to each. Type them as a text has them, by
hand or with `swapped`; an answer begins with its space.
"""

import random
import re
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

from lab.pairs import Pair, Prompt

MOST_WORDS = 2  # with more of them, figures would show all at once
_KEPT_BACK = 3  # of so many rows one is kept back for the test of your prediction


class Row(NamedTuple):
    """Two prompts and the answer to each."""

    clean: str
    corrupted: str
    right: str
    wrong: str


def swapped(
    template: str,
    answers: dict[str, str],
    words: dict[str, Sequence[str]] | None = None,
    n: int = 90,
    seed: int = 0,
) -> list[Row]:
    """n different rows, or all there are: {word} of the template is a key of `answers`, its answer the value.

    Other fields are drawn from `words`, no word twice in a prompt; an answer may name them. Each ordered
    pair of keys comes equally often.
    """
    rng = random.Random(seed)
    made: dict[Row, None] = {}
    keys = [*permutations(answers, 2)]
    for one, other in keys * (n // len(keys) + 1):
        for _ in range(50):  # one that is there already is drawn again
            drawn: dict[str, str] = {}
            for field, choices in (words or {}).items():
                left = [each for each in choices if each not in drawn.values()]
                drawn[field] = rng.choice(left)
            clean, corrupted = (template.format(word=word, **drawn) for word in (one, other))
            right, wrong = (answers[word].format(**drawn) for word in (one, other))
            row = Row(clean, corrupted, right, wrong)
            if row not in made:
                break
        if len(made) < n:
            made[row] = None
    return list(made)


_THINGS = [
    "house",
    "car",
    "table",
    "chair",
    "door",
    "boat",
    "bread",
    "coat",
    "book",
    "lamp",
    "ring",
    "clock",
    "horse",
    "phone",
    "piano",
]
_VERBS = [
    "bought",
    "sold",
    "found",
    "lost",
    "painted",
    "moved",
    "broke",
    "cleaned",
    "wanted",
    "liked",
    "kept",
    "brought",
]
_NAMES = [
    "Tom",
    "Ben",
    "Sam",
    "Max",
    "Jack",
    "Paul",
    "John",
    "Mark",
    "Adam",
    "Luke",
    "Peter",
    "David",
]
_OPPOSITES = ["hot cold", "big small", "short long", "slow fast", "dark light", "old young"]
_BOTH_WAYS = [pair.split() for pair in _OPPOSITES]

CANDIDATES: dict[str, list[Row]] = {
    "correlatives": swapped(
        "{who} {did} {word} the {thing}",
        {"either": " or", "neither": " nor", "both": " and"},
        {"who": ["They", "We", "You"], "did": _VERBS, "thing": _THINGS},
    ),
    "opposites": swapped(
        "The opposite of {word} is",
        {one: f" {other}" for pair in _BOTH_WAYS for one, other in (pair, pair[::-1])},
    ),
    "comparisons": swapped(
        "{one} is {word} than {other}, so the bigger of the two is",
        {"taller": " {one}", "shorter": " {other}"},
        {"one": _NAMES, "other": _NAMES},
    ),
}


def shown(name: str, n: int) -> list[Pair]:
    """The first n pairs of a candidate that are not kept back. Raises as `rows_of` and `paired`."""
    rows = rows_of(name)
    return [paired(row) for i, row in enumerate(rows) if i % _KEPT_BACK != _KEPT_BACK - 1][:n]


def kept_back(name: str) -> list[Pair]:
    """The pairs of a candidate that the notebook does not use. Raises as `rows_of` and `paired`."""
    return [paired(row) for row in rows_of(name)[_KEPT_BACK - 1 :: _KEPT_BACK]]


def rows_of(name: str) -> list[Row]:
    """All rows of a candidate, in an order of no meaning. ValueError for an unknown name or too few."""
    if name not in CANDIDATES:
        raise ValueError(f"no candidate {name!r} in lab/candidates.py: {', '.join(CANDIDATES)}")
    rows = [Row(*row) for row in CANDIDATES[name]]
    if len(rows) < _KEPT_BACK:
        raise ValueError(f"{name!r} has {len(rows)} rows: {_KEPT_BACK} or more are needed")
    return random.Random(0).sample(rows, len(rows))


def paired(row: Row) -> Pair:
    """A row as a pair whose place "changed" is what differs between its prompts.

    ValueError where that is not a run of one or two words in each.
    """
    pieces = [re.findall(r"\s*\S+|\s+$", text) for text in row[:2]]
    clean, corrupted = pieces
    before = _alike(clean, corrupted)
    after = _alike(clean[before:][::-1], corrupted[before:][::-1])
    changed = [len(each) - before - after for each in pieces]
    if not (min(changed) > 0 and max(changed) <= MOST_WORDS):
        raise ValueError(
            f"{row.clean!r} and {row.corrupted!r}: {changed[0]} and {changed[1]} words differ; "
            f"redesign them so that it is a run of 1 to {MOST_WORDS} in each"
        )
    prompts = []
    for text, each in zip(row[:2], pieces, strict=True):
        end = len(text) - sum(map(len, each[len(each) - after :]))
        word = "".join(each[before : len(each) - after])
        prompts.append(Prompt(text, {"changed": (end - len(word.lstrip()), end)}))
    return Pair(prompts[0], prompts[1], row.right, row.wrong)


def word_alone(pair: Pair) -> Pair:
    """A control: each prompt cut down to the words that differ, with the space before them."""

    def alone(prompt: Prompt) -> Prompt:
        start, end = prompt.spans["changed"]
        return Prompt(prompt.text[max(0, start - 1) : end], {})

    return pair._replace(clean=alone(pair.clean), corrupted=alone(pair.corrupted))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces two sequences have in common at their start."""
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n
