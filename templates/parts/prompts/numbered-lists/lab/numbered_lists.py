"""Lists such as "4. Find the book\\n5. Buy the old lamp\\n", which call for the number of the next line.

Numbers are digits, each one token everywhere. Where rules are at odds, "last + 1" gives a digit that no
other one gives. No list begins at 1, but for those of `famous`, so that counting lines is wrong.
"""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, TypeVar

from transformer_lens import TransformerBridge

from lab.pairs import Pair, Pairs, Prompt, encode, fill

VERBS = ["Find", "Take", "Keep", "Bring", "Buy", "Move", "Open", "Watch"]
ADJECTIVES = ["old", "red", "new", "small", "long", "good", "dark", "cold"]
NOUNS = ["book", "lamp", "box", "door", "car", "film", "bag", "table", "house", "paper"]
DIGIT_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

Numbers = Sequence[int]
T = TypeVar("T")


class Listing(NamedTuple):
    """A list that ends where the next number is due, and the digit that each rule gives."""

    prompt: Prompt
    said: dict[str, int]


def plain(n: int, n_lines: int, length: int, seed: int = 0) -> list[Listing]:
    """n lists in order with lines of `length` words or more: their rules are `rules`."""
    rng = random.Random(seed)
    starts = _cycled(range(2, 10 - n_lines), n, rng)
    return [
        _listing(range(start, start + n_lines), _lengths(n_lines, length, rng), rng)
        for start in starts
    ]


def raised(n: int, n_lines: int, length: int, seed: int = 0) -> list[Pair]:
    """n pairs of one text with two runs of numbers three apart; either of them comes first in half."""
    rng = random.Random(seed)
    made = []
    for start in _cycled(range(2, 7 - n_lines), n, rng):
        texts = _texts(_lengths(n_lines, length, rng), rng)
        low, high = (range(one, one + n_lines) for one in (start, start + 3))
        made.append((low, high, texts))
    pairs = []
    for number, (low, high, texts) in enumerate(made):
        one, other = (low, high) if number % 2 == 0 else (high, low)
        pairs.append(
            Pair(_prompt(one, texts), _prompt(other, texts), str(one[-1] + 1), str(other[-1] + 1))
        )
    return pairs


def odd(n: int, n_lines: int, length: int, seed: int = 0) -> list[Listing]:
    """n lists whose last number breaks the run, such as 5, 6, 1; in about half it is the largest one.

    The `rules` give different digits, but for "last but one + 1" and "lines + 1", which may agree. Within
    either half each digit that "last + 1" can give comes equally often, but for a rest. ValueError where
    no list fits.
    """
    rng = random.Random(seed)
    fitting: dict[bool, dict[int, list[list[int]]]] = {True: {}, False: {}}
    for start, last in product(range(2, 10), range(9)):
        numbers = [*range(start, start + n_lines - 1), last]
        said = rules(numbers)
        alike = said["last but one + 1"] == said["lines + 1"]
        if max(said.values()) < 10 and len({*said.values(), *numbers}) == 4 + n_lines - alike:
            fitting[last == max(numbers)].setdefault(last + 1, []).append(numbers)
    halves = [
        [(half, answer) for answer in _cycled([*fitting[half]], n, rng)] for half in (True, False)
    ]
    drawn = [one for both in zip(*halves, strict=True) for one in both][:n]
    return [
        _listing(rng.choice(fitting[half][answer]), _lengths(n_lines, length, rng), rng)
        for half, answer in drawn
    ]


def famous(n: int, length: int, last: int = 7, seed: int = 0) -> list[Listing]:
    """n lists of three lines, 1, 2 and `last`. Here going on with the run and counting lines agree."""
    rng = random.Random(seed)
    return [_listing([1, 2, last], _lengths(3, length, rng), rng) for _ in range(n)]


def with_digit(n: int, n_lines: int, seed: int = 0) -> tuple[list[Listing], list[Listing]]:
    """n lists in order with a digit inside the last line, and the same with its name in letters.

    To the rules comes "digit inside + 1", another digit than any of them and than those in the list.
    """
    rng = random.Random(seed)
    fitting = []
    for start, inside in product(range(2, 10 - n_lines), range(1, 9)):
        numbers = [*range(start, start + n_lines)]
        taken = {*numbers, *rules(numbers).values()}
        if not taken & {inside, inside + 1}:
            fitting.append((numbers, inside))
    made: tuple[list[Listing], list[Listing]] = ([], [])
    for numbers, inside in _cycled(fitting, n, rng):
        texts = _texts([3] * n_lines, rng)
        verb, rest = texts[-1].split(" ", 1)
        for some, word in zip(made, (str(inside), DIGIT_WORDS[inside]), strict=True):
            prompt = _prompt(numbers, [*texts[:-1], f"{verb} page {word} and {rest}"])
            some.append(Listing(prompt, rules(numbers) | {"digit inside + 1": inside + 1}))
    return made


def rules(numbers: Numbers) -> dict[str, int]:
    """What each rule says next."""
    return {
        "last + 1": numbers[-1] + 1,
        "last but one + 1": numbers[-2] + 1,
        "last but one + 2": numbers[-2] + 2,
        "lines + 1": len(numbers) + 1,
        "last again": numbers[-1],
    }


def constant_share(listings: Sequence[Listing], rule: str) -> float:
    """The share of lists in which a rule gives the digit that it gives most often."""
    return max(Counter(one.said[rule] for one in listings).values()) / len(listings)


def asked(model: TransformerBridge, listings: Sequence[Listing]) -> Pairs:
    """The lists as tokens, each paired with itself. ValueError where one does not fit the tokenizer."""
    pairs = encode(model, [Pair(one.prompt, one.prompt, "1", "2") for one in listings])
    if pairs.dropped:
        raise ValueError(f"lists do not fit this model's tokenizer: {pairs.dropped}")
    return pairs


def _listing(numbers: Numbers, lengths: Numbers, rng: random.Random) -> Listing:
    return Listing(_prompt(numbers, _texts(lengths, rng)), rules(numbers))


def _prompt(numbers: Numbers, texts: Sequence[str]) -> Prompt:
    """The lines. Places: "number i", "stop i", "newline i", counted back from the last line, which is 0.

    The last newline is the end, and has no other name.
    """
    template = ""
    words: dict[str, str] = {}
    for back, (number, text) in enumerate(zip(reversed(numbers), reversed(texts), strict=True)):
        newline = f"{{newline {back}}}" if back else "\n"
        template = f"{{number {back}}}{{stop {back}}} {text}{newline}{template}"
        words |= {f"number {back}": str(number), f"stop {back}": "."}
        if back:
            words[f"newline {back}"] = "\n"
    return fill(template, **words)


def _texts(lengths: Numbers, rng: random.Random) -> list[str]:
    """One line for each length: so many words."""
    return [_text(length, rng) for length in lengths]


def _text(length: int, rng: random.Random) -> str:
    """A line such as "Find the old book and the lamp", of `length` words, three or more."""
    n_nouns, n_adjectives = length // 3, length % 3
    things = []
    for number, noun in enumerate(rng.sample(NOUNS, n_nouns)):
        some = rng.sample(ADJECTIVES, n_adjectives) if number == 0 else []
        things.append(" ".join(["the", *some, noun]))
    return f"{rng.choice(VERBS)} {' and '.join(things)}"


def _lengths(n_lines: int, length: int, rng: random.Random) -> list[int]:
    """Lengths of lines, up to two words more than `length`, in random order: distances differ from list
    to list, and the whole list's length does not."""
    return rng.sample([length + line % 3 for line in range(n_lines)], n_lines)


def _cycled(items: Sequence[T], n: int, rng: random.Random) -> list[T]:
    """n of these in random order, each as often as the others but for a rest. ValueError if none fits."""
    if not items:
        raise ValueError("with so many lines no list of one-digit numbers keeps the rules apart")
    found: list[T] = []
    while len(found) < n:
        found += rng.sample(items, len(items))
    return found[:n]
