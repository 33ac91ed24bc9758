"""HTML such as "<b><i>some text</", and which tag is to be closed there.

Any of the names may stand inside any other, and each pair has a twin with the two swapped: a habit of
closing one name before another is right in half of them.
"""

import random
import re
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import NamedTuple

from transformer_lens import TransformerBridge

from lab.pairs import Pair, fill, token_of

NAMES = ["b", "i", "u", "em", "code", "small", "strong", "font", "span", "sub"]
_TEXTS = ["some text", "more news", "the end", "old books", "two words", "good day"]

# "><" is one token of many models: what stands behind a name belongs to the layout.
LAYOUTS = {
    "two open": "<{outer}{behind_outer}{inner}{behind_inner}TEXT</",
    "one closed between": (
        "<{outer}{behind_outer}{closed}>x</{closer}><{inner}{behind_inner}TEXT</"
    ),
    "one closed last": ("<{outer}{behind_outer}{inner}{behind_inner}{closed}>x</{closer}>TEXT</"),
}


class Document(NamedTuple):
    """The names in a prompt by their role, and the prompt with its twin, outer and inner swapped."""

    outer: str
    inner: str
    closed: str  # "" where there are two tags alone
    pair: Pair


def documents(layout: str, n: int, names: Sequence[str] = NAMES, seed: int = 0) -> list[Document]:
    """n documents of a layout, both orders of two names equally often. KeyError for another layout."""
    rng = random.Random(seed)
    made: list[Document] = []
    while len(made) < n:
        one, other, third = rng.sample(list(names), 3)
        text = rng.choice(_TEXTS)
        made += [document(layout, *both, third, text) for both in ((one, other), (other, one))]
    return made[:n]


def every_order(names: Sequence[str] = NAMES, text: str = _TEXTS[0]) -> list[Document]:
    """Two open tags, in every ordered pair of names."""
    return [document("two open", *both, "", text) for both in permutations(names, 2)]


def document(layout: str, outer: str, inner: str, closed: str, text: str) -> Document:
    """One document; KeyError for another layout."""
    template = LAYOUTS[layout].replace("TEXT", text)
    third = closed if "{closed}" in template else ""
    others = {"closed": third, "closer": third} if third else {}
    others["behind_outer"] = "><"
    others["behind_inner"] = "><" if "{behind_inner}{closed}" in template else ">"
    prompts = [
        fill(template, outer=first, inner=second, **others)
        for first, second in ((outer, inner), (inner, outer))
    ]
    return Document(outer, inner, third, Pair(prompts[0], prompts[1], inner, outer))


def open_tag(text: str) -> str:
    """The innermost tag that is open, by a stack. ValueError where tags do not match or none is open."""
    stack: list[str] = []
    for slash, name in re.findall(r"<(/?)([a-z]+)>", text):
        if not slash:
            stack.append(name)
        elif not stack or stack.pop() != name:
            raise ValueError(f"tags do not match in {text!r}")
    if not stack:
        raise ValueError(f"no tag is open in {text!r}")
    return stack[-1]


# What sees less than a stack: which name each of them closes.
RULES: dict[str, Callable[[str], str]] = {
    "the last name": lambda text: re.findall(r"</?([a-z]+)>", text)[-1],
    "the last one opened": lambda text: re.findall(r"<([a-z]+)>", text)[-1],
    "the latest that stands once": lambda text: _latest_single(text),
    "what was closed last, else the last name": lambda text: (
        re.findall(r"</([a-z]+)>", text) or re.findall(r"<([a-z]+)>", text)
    )[-1],
    "the first name": lambda text: re.findall(r"<([a-z]+)>", text)[0],
}


def _latest_single(text: str) -> str:
    """The latest name that stands once, opened or closed."""
    found = re.findall(r"</?([a-z]+)>", text)
    return [name for name in found if found.count(name) == 1][-1]


def right_share(made: Sequence[Document], rule: Callable[[str], str]) -> float:
    """The share of prompts, and of their twins, in which a rule closes the tag that a stack closes."""
    texts = [prompt.text for one in made for prompt in one.pair[:2]]
    return sum(rule(text) == open_tag(text) for text in texts) / len(texts)


def usable(model: TransformerBridge, names: Sequence[str] = NAMES) -> list[str]:
    """The names that are one token for this model. ValueError for fewer than three."""
    found = [name for name in names if token_of(model, name) is not None]
    if len(found) < 3:
        raise ValueError(f"of {', '.join(names)} this model has {len(found)} as one token")
    return found
