"""What the best guesser gets who knows less than the task asks: the lines that a model has to beat.

A model that does no better than one of these may do just that. Each is fitted on training examples
and scored on held-out ones, like the model.
"""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from lab.data import IGNORE, Batch, Task

Rule = Callable[[Tensor], Tensor]


def blind_guessers(task: Task, n: int = 20_000) -> dict[str, float]:
    """Held-out accuracy of guessers that see one thing at most, the best of each kind, best first.

    They see nothing, the place of the answer, or one token at a fixed place or distance, of which
    they name the most common answer or a copy. A task may add `lazy_rules()`: by name, functions from
    tokens [batch, pos] to the token that the rule says at each position [batch, pos].
    """
    known, asked = _Queries(task.examples(n)), _Queries(task.held_out())
    best: dict[str, tuple[float, str]] = {}
    for kind, which, right in _scores(known, asked):
        best[kind] = max(best.get(kind, (0.0, "")), (right, which))
    found = {f"{kind}{which}": right for kind, (right, which) in best.items()}
    rules: Mapping[str, Rule] = getattr(task, "lazy_rules", dict)()
    found |= {name: asked.score_rule(rule) for name, rule in rules.items()}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


class _Queries:
    """The places of a batch where an answer is asked: row, pos and answer, [n] each."""

    def __init__(self, batch: Batch) -> None:
        tokens, targets = batch
        if targets.dim() == 1:  # one answer an example: asked at the last position
            only = torch.full_like(tokens, IGNORE)
            only[:, -1] = targets
            targets = only
        self.tokens = tokens
        self.row, self.pos = (targets != IGNORE).nonzero(as_tuple=True)
        self.answer = targets[self.row, self.pos]

    def at(self, place: Tensor) -> Tensor:
        """The token at a place [n] of each query's example; -1 where there is none yet."""
        there = (place >= 0) & (place <= self.pos)
        return torch.where(there, self.tokens[self.row, place.clamp(min=0)], -1)

    def score(self, said: Tensor) -> float:
        """The share of answers that are what was said [n]."""
        return (said == self.answer).float().mean().item()

    def score_rule(self, rule: Rule) -> float:
        """The same for a rule that says something at every position."""
        return self.score(rule(self.tokens)[self.row, self.pos])


def _scores(known: _Queries, asked: _Queries) -> Iterator[tuple[str, str, float]]:
    """Kind of guesser, which of its kind, held-out accuracy."""
    zero = torch.zeros_like
    yield (
        "the most common answer",
        "",
        asked.score(_fitted(known, zero(known.pos), zero(asked.pos), asked)),
    )
    yield (
        "the most common answer at its place",
        "",
        asked.score(_fitted(known, known.pos, asked.pos, asked)),
    )
    for n in range(known.tokens.shape[1]):
        for fixed, place in ((True, f"position {n}"), (False, f"the token {n} back")):
            mine = known.at(torch.full_like(known.pos, n) if fixed else known.pos - n)
            its = asked.at(torch.full_like(asked.pos, n) if fixed else asked.pos - n)
            wide = int(max(mine.max(), its.max())) + 2
            keys = (known.pos * wide + mine + 1, asked.pos * wide + its + 1)
            yield "the most common answer by ", place, asked.score(_fitted(known, *keys, asked))
            yield "a copy of ", place, asked.score(its)


def _fitted(known: _Queries, key: Tensor, its_key: Tensor, asked: _Queries) -> Tensor:
    """For each query the most common answer of the examples with its key; the overall one if none."""
    answers = int(max(known.answer.max(), asked.answer.max())) + 1
    keys = int(max(key.max(), its_key.max())) + 1
    counts = torch.bincount(key * answers + known.answer, minlength=keys * answers)
    table = counts.view(keys, answers)
    overall = known.answer.bincount().argmax()
    return torch.where(table.sum(1) > 0, table.argmax(1), overall)[its_key]
