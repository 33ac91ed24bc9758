"""The rules to choose from. Yours goes into RULES: everything else in the project follows from it.

A rule is written twice: `plain`, for one sequence, so obvious that nobody doubts it, and `answer`,
for a batch and every prefix at once, on the device. A test compares the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Answers = Callable[
    [Tensor, int], Tensor
]  # (tokens [batch, pos], n_symbols) -> answers [batch, pos]


@dataclass(frozen=True)
class Rule:
    """What to answer after each prefix of a sequence of symbols, and what could be mistaken for it.

    `shortcuts` are the cheapest guesses you can think of: a model that is no better than the best
    of them has not learned the rule. `roles` mark keys [batch, pos] as seen from the last position,
    given the tokens and its answer [batch, 1]: groups that your two candidate algorithms would
    attend to differently. Each key has exactly one role.
    """

    says: str
    plain: Callable[[list[int], int], int]
    answer: Answers
    shortcuts: Mapping[str, Answers]
    roles: Mapping[str, Callable[[Tensor, Tensor], Tensor]]
    names_a_symbol: bool = True  # else the answer is a number


def occurrences(tokens: Tensor) -> Tensor:
    """How often the symbol at i occurs up to and with t: [batch, t, i], 0 where i is after t."""
    same = tokens[:, :, None] == tokens[:, None, :]
    return same.cumsum(1).tril()


def first_unique(tokens: Tensor, n_symbols: int) -> Tensor:
    """The first symbol that occurs exactly once so far; n_symbols where there is none."""
    once = occurrences(tokens) == 1
    named = tokens.gather(1, once.float().argmax(-1))
    return named.masked_fill(~once.any(-1), n_symbols)


def most_common(tokens: Tensor, n_symbols: int) -> Tensor:
    """The symbol that occurs most often so far; of those that tie, the one seen last."""
    count = occurrences(tokens).flip(-1)
    latest = tokens.shape[1] - 1 - count.argmax(-1)
    return tokens.gather(1, latest)


def depth(tokens: Tensor, n_symbols: int) -> Tensor:
    """How many brackets are open: even symbols open one, odd ones close one, if any is open."""
    balance = (1 - 2 * (tokens % 2)).cumsum(1)
    lowest = balance.cummin(1).values.clamp(max=0)
    return balance - lowest


def opened_minus_closed(tokens: Tensor, n_symbols: int) -> Tensor:
    """The shortcut that forgets that a closing bracket needs an open one."""
    return (1 - 2 * (tokens % 2)).cumsum(1).clamp(min=0)


def current(tokens: Tensor, n_symbols: int) -> Tensor:
    """The symbol just read."""
    return tokens


def very_first(tokens: Tensor, n_symbols: int) -> Tensor:
    """The first symbol of all."""
    return tokens[:, :1].expand_as(tokens)


def newest_unique(tokens: Tensor, n_symbols: int) -> Tensor:
    """The *last* symbol that occurs exactly once so far: the same count, the other end."""
    once = (occurrences(tokens) == 1).flip(-1)
    latest = tokens.shape[1] - 1 - once.float().argmax(-1)
    return tokens.gather(1, latest).masked_fill(~once.any(-1), n_symbols)


def first_not_current(tokens: Tensor, n_symbols: int) -> Tensor:
    """The first symbol that differs from the one just read."""
    different = (tokens[:, :, None] != tokens[:, None, :]).tril()
    named = tokens.gather(1, different.float().argmax(-1))
    return named.masked_fill(~different.any(-1), n_symbols)


def _times(tokens: Tensor) -> Tensor:
    return occurrences(tokens)[:, -1]


def _plain_first_unique(symbols: list[int], n_symbols: int) -> int:
    return next((one for one in symbols if symbols.count(one) == 1), n_symbols)


def _plain_most_common(symbols: list[int], n_symbols: int) -> int:
    return max(reversed(symbols), key=symbols.count)


def _plain_depth(symbols: list[int], n_symbols: int) -> int:
    stack: list[int] = []
    for symbol in symbols:
        if symbol % 2 == 0:
            stack.append(symbol)
        elif stack:
            stack.pop()
    return len(stack)


RULES = {
    "first-unique": Rule(
        says="the first symbol that occurs exactly once so far",
        plain=_plain_first_unique,
        answer=first_unique,
        shortcuts={
            "current symbol": current,
            "very first symbol": very_first,
            "first that is not the current": first_not_current,
            "last unique symbol": newest_unique,
        },
        roles={
            "the answer": lambda tokens, answer: tokens == answer,
            "unique, but later": lambda tokens, answer: (_times(tokens) == 1) & (tokens != answer),
            "one of several copies": lambda tokens, answer: _times(tokens) > 1,
        },
    ),
    "majority": Rule(
        says="the most common symbol so far, of those that tie the one seen last",
        plain=_plain_most_common,
        answer=most_common,
        shortcuts={"current symbol": current, "very first symbol": very_first},
        roles={
            "copy of the answer": lambda tokens, answer: tokens == answer,
            "another, as common": lambda tokens, answer: (
                (_times(tokens) == _times(tokens).amax(1, keepdim=True)) & (tokens != answer)
            ),
            "less common": lambda tokens, answer: (
                _times(tokens) < _times(tokens).amax(1, keepdim=True)
            ),
        },
    ),
    "brackets": Rule(
        says="how many brackets are open (even symbols open, odd ones close)",
        plain=_plain_depth,
        answer=depth,
        shortcuts={"opened minus closed, at least 0": opened_minus_closed},
        roles={
            "opens, never closed": lambda tokens, answer: _never_closed(tokens),
            "opens, closed later": lambda tokens, answer: (
                (tokens % 2 == 0) & ~_never_closed(tokens)
            ),
            "closes": lambda tokens, answer: tokens % 2 == 1,
        },
        names_a_symbol=False,
    ),
}


def _never_closed(tokens: Tensor) -> Tensor:
    """Opening brackets after which the depth stays where they raised it, or above: [batch, pos]."""
    level = depth(tokens, 0)
    lowest_from_here = level.flip(1).cummin(1).values.flip(1)
    return (tokens % 2 == 0) & (lowest_from_here >= level)


def most_frequent(answers: Tensor) -> float:
    """The share of the most frequent one of some answers: what guessing without looking gets."""
    return F.one_hot(answers.flatten()).float().mean(0).max().item()


def accuracy_of(guess: Tensor, answer: Tensor, among: Tensor | None = None) -> float:
    """The share of answers that a guess gets right, of all of them or of those in a mask."""
    right = (guess == answer).float()
    return right.mean().item() if among is None else right[among].mean().item()


def hard(rule: Rule, tokens: Tensor, n_symbols: int) -> Tensor:
    """Where every shortcut of a rule is wrong: [batch, pos]."""
    answer = rule.answer(tokens, n_symbols)
    return torch.stack(
        [guess(tokens, n_symbols) != answer for guess in rule.shortcuts.values()]
    ).all(0)
