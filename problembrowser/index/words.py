"""Words: how a text is split and folded for the index, and which known word one is near to."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

# They tell nothing of a problem: every problem is a question, and somebody's idea of a project.
SMALL = frozenset(
    re.findall(
        r"\w+",
        "a about an and any are at be by can challenge challenges cool could did do does find "
        "for from get good gets happen happens how i idea ideas if in interesting into is it its "
        "learn like look made make me mechanistic my of on open or please problem problems project "
        "projects question questions research should show some something study s that the "
        "their them there these they thing things this to topic understand understanding us "
        "use uses using want was we weekend what when where which why with work works "
        "would you your",
    )
)


def words(text: str) -> list[str]:
    """The words of a text, in lower case and as the index splits them."""
    return re.findall(r"[^\W_]+", plain(text).lower())


@cache
def folded(word: str) -> str:
    """A word with a British spelling as the American one, so that either finds both."""
    word = re.sub(r"(..)is(e|ed|es|er|ers|ing|ation|ations)$", r"\1iz\2", word)
    word = re.sub(r"(..l)ys(e|ed|er|ing)$", r"\1yz\2", word)
    # "labelled", not "spelling": with a vowel before the one that the l follows.
    word = re.sub(r"([aeiouy].*[aeiou])ll(ed|ing)$", r"\1l\2", word)
    # Else its stem is "token", which every other problem has.
    word = re.sub(r"^tokeni[sz]", "tokenyz", word)
    return re.sub(r"^(behavi|neighb|col|fav)our", r"\1or", word)


def typed(text: str) -> list[str]:
    return text.replace('"', " ").split()


def plain(text: str) -> str:
    """Text that SQLite takes: what no encoding can hold (a broken argument) becomes a `?`."""
    return text.encode("utf-8", "replace").decode()


def quotations(text: str) -> list[tuple[bool, list[Any]]]:
    """A text cut at its double quotes: (True, words of a quotation) or (False, bare words).

    Bare words come as a list for each thing between spaces: `gpt-2` is `["gpt", "2"]`.
    """
    found: list[tuple[bool, list[Any]]] = []
    for n, part in enumerate(text.split('"')):
        inside = words(part) if n % 2 else [word for word in map(words, part.split()) if word]
        if inside:
            found.append((bool(n % 2), inside))
    return found


def quoted(phrase: Sequence[str]) -> str:
    return f'"{" ".join(map(folded, phrase))}"'


def nearest(text: str, names: Sequence[str], cutoff: float = 0.5) -> list[str]:
    import difflib

    return difflib.get_close_matches(text, names, n=3, cutoff=cutoff)


def did_you_mean(names: Sequence[str], otherwise: str) -> str:
    return f"Did you mean {either(names)}?" if names else f"Type: {otherwise}"


def either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])
