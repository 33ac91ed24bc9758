"""Unfinished lines of Python such as "total = load(items[index", and which bracket closes next."""

import random
from collections.abc import Callable

from lab.pairs import Pair, Prompt, fill

CLOSES = {"(": ")", "[": "]"}
_FUNCTIONS = ["load", "read", "find", "call", "send", "make", "test", "plot", "push", "draw"]
_VALUES = [
    "a",
    "b",
    "c",
    "x",
    "y",
    "z",
    "name",
    "size",
    "data",
    "key",
    "text",
    "list",
    "line",
    "node",
    "item",
    "path",
]


def closing(text: str) -> str:
    """The bracket that must close next, by a stack. Raises ValueError where none is open."""
    stack = []
    for char in text:
        if char in CLOSES:
            stack.append(char)
        elif char in CLOSES.values() and (not stack or CLOSES[stack.pop()] != char):
            raise ValueError(f"brackets do not match in {text!r}")
    if not stack:
        raise ValueError(f"no bracket is open in {text!r}")
    return CLOSES[stack[-1]]


RULES: dict[str, Callable[[str], str]] = {
    "closes the last opener": lambda text: CLOSES[[char for char in text if char in CLOSES][-1]],
    "closes the first opener": lambda text: CLOSES[next(char for char in text if char in CLOSES)],
    "counts each kind": lambda text: (
        ")" if text.count("(") - text.count(")") >= text.count("[") - text.count("]") else "]"
    ),
    "not the kind closed last": lambda text: _not_closed_last(text),
    "always )": lambda text: ")",
}


def nested(n: int, depth: int, distance: int = 1, seed: int = 0) -> list[Pair]:
    """n pairs with `depth` open brackets, the innermost of another kind in the corrupted prompt.

    `distance` values stand behind it, a comma between them. Places: "opener", the innermost bracket.
    """
    rng = random.Random(seed)
    made = []
    for number in range(n):
        outer = "".join(f"{rng.choice(_FUNCTIONS)}{rng.choice('([')}" for _ in range(depth - 1))
        template = f"{rng.choice(_VALUES)} = {outer}{rng.choice(_FUNCTIONS)}{{opener}}{_list(rng, distance)}"
        made.append(_pair(template, "opener", "(["[:: 1 if number % 2 else -1]))
    return made


def used_up(n: int, seed: int = 0) -> list[Pair]:
    """n pairs with an outer and an inner bracket of different kinds; the inner one is closed in the
    clean prompt only, where a minus stands in the corrupted one.

    Places: "outer", "inner", "closed" (the closing bracket or the minus).
    """
    rng = random.Random(seed)
    made = []
    for number in range(n):
        outer, inner = "([" if number % 2 else "[("
        template = (
            f"{rng.choice(_VALUES)} = {rng.choice(_FUNCTIONS)}{{outer}}{rng.choice(_FUNCTIONS)}"
            f"{{inner}}{rng.choice(_VALUES)}{{closed}} -{rng.choice(_VALUES)}"
        )
        clean, corrupted = (
            fill(template, outer=outer, inner=inner, closed=one) for one in (CLOSES[inner], " -")
        )
        made.append(_answered(clean, corrupted))
    return made


def left_over(n: int, seed: int = 0) -> list[Pair]:
    """n pairs with an outer bracket of another kind in each prompt; the inner one is closed in both."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        inner = "(["[number // 2 % 2]
        template = (
            f"{rng.choice(_VALUES)} = {rng.choice(_FUNCTIONS)}{{outer}}{rng.choice(_FUNCTIONS)}"
            f"{inner}{rng.choice(_VALUES)}{CLOSES[inner]} -{rng.choice(_VALUES)}"
        )
        made.append(_pair(template, "outer", "(["[:: 1 if number % 2 else -1]))
    return made


def _not_closed_last(text: str) -> str:
    """Closes the last bracket if it is an opener, and else the kind that it is not."""
    last = [char for char in text if char in "()[]"][-1]
    return CLOSES.get(last) or "])"[")]".index(last)]


def _pair(template: str, field: str, kinds: str) -> Pair:
    clean, corrupted = (fill(template, **{field: kind}) for kind in kinds)
    return _answered(clean, corrupted)


def _answered(clean: Prompt, corrupted: Prompt) -> Pair:
    """Two prompts with the stack's answer to each."""
    return Pair(clean, corrupted, closing(clean.text), closing(corrupted.text))


def _list(rng: random.Random, n: int) -> str:
    return ", ".join(rng.choice(_VALUES) for _ in range(n))


def right_share(pairs: list[Pair], rule: Callable[[str], str]) -> float:
    """The share of prompts, clean and corrupted, that a rule closes as the stack does."""
    prompts = [prompt.text for pair in pairs for prompt in (pair.clean, pair.corrupted)]
    return sum(rule(text) == closing(text) for text in prompts) / len(prompts)
