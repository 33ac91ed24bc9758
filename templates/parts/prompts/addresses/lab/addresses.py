"""Names such as "From: John Smith <", behind which an e-mail address begins: john, a separator, smith.

First names and surnames are one token capitalised behind a space, and one in lower case without a space;
which of them are so depends on the tokenizer, and `people` takes those alone.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from transformer_lens import TransformerBridge

from lab.pairs import Pair, Pairs, Prompt, encode, fill, token_of

FIRST_NAMES = [
    *("John", "Mary", "Anna", "Sam", "Eric", "Alan", "Amy", "Ben", "Bill", "Dan", "Don", "Fred"),
    *("Gary", "Greg", "Ian", "Jack", "Jen", "Jon", "Ken", "Lee", "Nick", "Patrick", "Phil", "Ray"),
    *("Rick", "Rob", "Roy", "Ryan", "Stan", "Ted", "Tim", "Tom"),
]
SURNAMES = [
    *(
        "Brown",
        "Smith",
        "Green",
        "White",
        "Black",
        "King",
        "Young",
        "Hill",
        "Wood",
        "Stone",
        "Cook",
    ),
    *("Hunter", "Fox", "Wolf", "Bell", "Ford", "Cross", "Price", "Long", "Short", "Rich", "Bush"),
    *("Lane", "Park", "Walker", "Gray", "Rice", "Berry", "West", "North", "Moon", "Field", "Banks"),
]
SEPARATORS = ("_", ".")


class Person(NamedTuple):
    """A first name and a surname, capitalised."""

    first: str
    surname: str


def known(model: TransformerBridge, names: Sequence[str]) -> list[str]:
    """The names that are one token in both forms. ValueError for fewer than eight."""
    found = [
        name
        for name in names
        if None not in (token_of(model, f" {name}"), token_of(model, name.lower()))
    ]
    if len(found) < 8:
        raise ValueError(f"of {len(names)} names this model has {len(found)} as one token")
    return found


def people(model: TransformerBridge, n: int, seed: int = 0) -> list[Person]:
    """n people, first names as equally often as can be. ValueError as `known`."""
    rng = random.Random(seed)
    firsts, surnames = known(model, FIRST_NAMES), known(model, SURNAMES)
    drawn: list[str] = []
    while len(drawn) < n:
        drawn += rng.sample(firsts, len(firsts))
    return [Person(first, rng.choice(surnames)) for first in drawn[:n]]


def prompt(first: str, second: str, bracket: str = "<", written: str = "") -> Prompt:
    """Two names before a bracket. Places: "word 1", "word 2"; the address goes on at the end."""
    template = f"From: {{word 1}} {{word 2}} {bracket}{written}"
    return fill(template, **{"word 1": first, "word 2": second})


def asked(model: TransformerBridge, prompts: Sequence[Prompt]) -> Pairs:
    """Prompts as tokens, each paired with itself. ValueError where one does not fit the tokenizer."""
    pairs = encode(model, [Pair(one, one, "a", "b") for one in prompts])
    if pairs.dropped:
        raise ValueError(f"names do not fit this model's tokenizer: {pairs.dropped}")
    return pairs


def other_name(some: Sequence[Person]) -> list[Pair]:
    """Each person beside one of another first name, in lower case the answers; two in a row share
    the other name, and have surnames of their own."""
    made = []
    for number, (first, surname) in enumerate(some):
        start = 2 * (number // 2) + 2
        others = [
            one.first for one in [*some[start:], *some] if one.first not in _of_two(some, number)
        ]
        other = others[0]
        made.append(
            Pair(prompt(first, surname), prompt(other, surname), first.lower(), other.lower())
        )
    return made


def other_bracket(some: Sequence[Person]) -> list[Pair]:
    """Each person before the bracket of an address and before a round one. Answers: the first name in
    lower case and as it was."""
    return [
        Pair(prompt(*one), prompt(*one, bracket="("), one.first.lower(), one.first) for one in some
    ]


def other_separator(some: Sequence[Person]) -> list[Pair]:
    """Each person whose first name is written already, below an address of another person with one
    separator or the other. Place: "separator". Either comes first in half of the pairs."""
    made = []
    for number, (first, surname) in enumerate(some):
        above = some[number - 1]
        both = [
            fill(
                "From: {above 1} {above 2} <{mail 1}{separator}{mail 2}@mail.com>\n"
                "From: {word 1} {word 2} <{mail}",
                **{"above 1": above.first, "above 2": above.surname, "separator": separator},
                **{"mail 1": above.first.lower(), "mail 2": above.surname.lower()},
                **{"word 1": first, "word 2": surname, "mail": first.lower()},
            )
            for separator in SEPARATORS
        ]
        answers = list(SEPARATORS)
        if number % 2:
            both.reverse()
            answers.reverse()
        made.append(Pair(both[0], both[1], answers[0], answers[1]))
    return made


def _of_two(some: Sequence[Person], number: int) -> set[str]:
    """The first names of a person and of the neighbour with whom the other name is shared."""
    start = 2 * (number // 2)
    return {one.first for one in some[start : start + 2]}
