"""Words: how a text is split and folded for the index, and which known word one is near to."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

_SMALL = set(
    re.findall(r"\w+", "a an and are at by do does for from how in is it of on or the to what")
)


def words(text: str) -> list[str]:
    """The words of a text, in lower case and as the index splits them."""
    return re.findall(r"[^\W_]+", plain(text).lower())


@cache
def folded(word: str) -> str:
    """A word with a British spelling as the American one, so that either finds both."""
    word = re.sub(r"(..)is(e|ed|es|er|ers|ing|ation|ations)$", r"\1iz\2", word)
    word = re.sub(r"(..l)ys(e|ed|er|ing)$", r"\1yz\2", word)
    word = re.sub(r"(..)ll(ed|ing)$", r"\1l\2", word)
    return re.sub(r"^(behavi|neighb|col|fav)our", r"\1or", word)


def typed(text: str) -> list[str]:
    return text.replace('"', " ").split()


def plain(text: str) -> str:
    """Text that SQLite takes: what no encoding can hold (a broken argument) becomes a `?`."""
    return text.encode("utf-8", "replace").decode()


def phrases(text: str) -> list[list[str]]:
    """The quoted phrases and bare words of a text, those left out that tell nothing."""
    typed = [words(quoted or bare) for quoted, bare in re.findall(r'"([^"]*)"?|([^\s"]+)', text)]
    telling = [
        phrase for phrase in typed if phrase and not (phrase[0] in _SMALL and not phrase[1:])
    ]
    return telling or [phrase for phrase in typed if phrase]


def quoted(phrase: Sequence[str]) -> str:
    return f'"{" ".join(map(folded, phrase))}"'


def all_of(terms: Iterable[str]) -> str:
    return " AND ".join(terms) or '""'  # which matches nothing


def nearest(text: str, names: Sequence[str], cutoff: float = 0.5) -> list[str]:
    import difflib

    return difflib.get_close_matches(text, names, n=3, cutoff=cutoff)


def did_you_mean(names: Sequence[str], otherwise: str) -> str:
    return f"Did you mean {either(names)}?" if names else f"Type: {otherwise}"


def either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])
