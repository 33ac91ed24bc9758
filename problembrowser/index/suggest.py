"""Which few problems to put before somebody, and why these. Reads nothing but problems."""

from collections.abc import Iterator, Sequence

from problembrowser.catalogue.problem import Problem
from problembrowser.catalogue.scales import CODING, COMPUTE, DIFFICULTIES

_RATED = {"post": "rated", "tracker": "rated", "estimate": "by our estimate"}


def picks(problems: Sequence[Problem], number: int) -> list[Problem]:
    """The most approachable of these problems, from as many categories as there are."""
    turns: dict[str, int] = {}
    ordered = []
    for problem in sorted(problems, key=_approachable):
        turns[problem.category] = turns.get(problem.category, 0) + 1
        ordered.append((turns[problem.category], problem))
    # The sort is stable: the best of every category, then every second best, and so on.
    return [problem for _, problem in sorted(ordered, key=lambda pair: pair[0])][:number]


def reasons(problem: Problem) -> Iterator[str]:
    """Why a problem is approachable, in a few words each."""
    if problem.starter:
        yield "it has a starter"
    if problem.difficulty:
        yield f"{_RATED[problem.rated_by]} {problem.difficulty}"
    if problem.starred:
        yield "the author is keen on it"
    if problem.compute == "cpu":
        yield "a laptop is enough"
    if problem.coding == "low":
        yield "little code"
    if not problem.known_work:
        yield "no published work that we know of"


def nearest(problem: Problem, others: Sequence[Problem]) -> Problem | None:
    """Of the others the one most like this problem: of its category, sharing most tags."""
    return max(others, key=lambda other: _likeness(problem, other), default=None)


def _approachable(problem: Problem) -> tuple[object, ...]:
    rated = problem.difficulty in DIFFICULTIES
    return (
        problem.starter is None,
        DIFFICULTIES.index(problem.difficulty) if rated else len(DIFFICULTIES),
        bool(problem.known_work),
        not problem.starred,
        CODING.index(problem.coding),
        COMPUTE.index(problem.compute),
    )


def _likeness(problem: Problem, other: Problem) -> tuple[bool, int]:
    return (
        problem.category == other.category,
        2 * len(set(problem.tags) & set(other.tags)) + (problem.section == other.section),
    )
