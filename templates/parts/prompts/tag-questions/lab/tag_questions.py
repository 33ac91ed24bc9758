"""Tag questions such as "I think the queen could be late, couldn't", whose subject decides the pronoun.

The verb is one that looks the same with every subject: "is" beside "are" would give the number away.
Only in the contrasts of "she" and "he" does it say "is" as well.
"""

import random
from collections.abc import Callable

from lab.pairs import Pair, fill

SHE, HE, IT, THEY = " she", " he", " it", " they"
_WOMEN = [
    "Lisa", "Mary", "Anna", "Sarah", "Emily", "Laura", "Alice", "Susan",
    "Karen", "Helen", "Julia", "Emma", "Kate", "Jane", "Amy", "Lucy",
]  # fmt: skip
_MEN = [
    "Kevin", "John", "Paul", "Peter", "David", "Mark", "Robert", "James",
    "Michael", "Simon", "George", "Martin", "Tom", "Jack", "Dan", "Brian",
]  # fmt: skip
_FEMALE = ["mother", "sister", "aunt", "queen", "woman", "girl", "daughter", "wife"]
_MALE = ["father", "brother", "uncle", "king", "man", "boy", "son", "husband"]
_KIN = [("sister", "brother"), ("mother", "father"), ("daughter", "son")]
_OTHERS = (["king", "prince", "knight"], ["queen", "princess", "bride"])
_OBJECTS = ["car", "train", "boat", "letter", "table", "machine", "ship", "clock"]

_LEADS = ["I think", "You know", "I guess", "Yes,"]
_AUXILIARIES = ["could", "should", "would"]
_ENDINGS = [
    "be here by noon",
    "get there in time",
    "be seen from the road",
    "be of great help",
    "stay here for a while",
]
_IS = ["is a great cook", "is a fine singer", "is a good neighbour", "is on the way"]


def names(n: int, seed: int = 0) -> list[Pair]:
    """n pairs of a woman's name and a man's: " she" and " he"."""
    return _made(n, seed, lambda rng: (rng.choice(_WOMEN), rng.choice(_MEN)), (SHE, HE), "", _IS)


def she_he(n: int, seed: int = 0) -> list[Pair]:
    """The same with nouns: the queen, the king."""
    nouns = [*zip(_FEMALE, _MALE, strict=True)]
    return _made(n, seed, lambda rng: rng.choice(nouns), (SHE, HE), "the ", _IS)


def it_she(n: int, seed: int = 0) -> list[Pair]:
    """n pairs of a thing and a woman: " it" and " she"."""
    return _made(n, seed, lambda rng: (rng.choice(_OBJECTS), rng.choice(_FEMALE)), (IT, SHE))


def they_he(n: int, seed: int = 0) -> list[Pair]:
    """n pairs of men and one of them: " they" and " he"."""
    nouns = [noun for noun in _MALE if noun != "man"]
    return _made(n, seed, lambda rng: _with_plural(rng.choice(nouns)), (THEY, HE))


def they_it(n: int, seed: int = 0) -> list[Pair]:
    """n pairs of things and one of them: " they" and " it"."""
    return _made(n, seed, lambda rng: _with_plural(rng.choice(_OBJECTS)), (THEY, IT))


CONTRASTS: dict[str, Callable[..., list[Pair]]] = {
    "she or he": she_he,
    "it or she": it_she,
    "they or he": they_he,
    "they or it": they_it,
}


def past_another(n: int, seed: int = 0) -> list[Pair]:
    """n pairs such as "the sister of the king": the subject's gender is swapped, the other person stays.

    Places: "other" too. As often a woman stands between as a man.
    """
    rng = random.Random(seed)
    made = []
    for number in range(n):
        other, auxiliary = rng.choice(_OTHERS[number % 2]), rng.choice(_AUXILIARIES)
        template = (
            f"{rng.choice(_LEADS)} the {{subject}} of the {{other}} {auxiliary} "
            f"{rng.choice(_ENDINGS)}{{comma}}{{tag}}'t"
        )
        clean, corrupted = (
            fill(template, subject=one, other=other, comma=",", tag=f" {auxiliary}n")
            for one in rng.choice(_KIN)
        )
        made.append(Pair(clean, corrupted, SHE, HE))
    return made


def other_is_woman(pair: Pair) -> bool:
    """Whether the other person of a pair of `past_another` is a woman."""
    return pair.clean.text[slice(*pair.clean.spans["other"])] in _OTHERS[1]


def _made(
    n: int,
    seed: int,
    subjects: Callable[[random.Random], tuple[str, str]],
    answers: tuple[str, str],
    article: str = "the ",
    more: list[str] | None = None,
) -> list[Pair]:
    """n pairs with two subjects; every second with one of `more` in place of "could ..."."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        auxiliary = rng.choice(_AUXILIARIES)
        said, tag = f"{auxiliary} {rng.choice(_ENDINGS)}", f" {auxiliary}n"
        if more and number % 2:
            said, tag = rng.choice(more), " isn"
        template = f"{rng.choice(_LEADS)} {article}{{subject}} {said}{{comma}}{{tag}}'t"
        clean, corrupted = (
            fill(template, subject=one, comma=",", tag=tag) for one in subjects(rng)
        )
        made.append(Pair(clean, corrupted, *answers))
    return made


def _with_plural(noun: str) -> tuple[str, str]:
    return f"{noun}s", noun
