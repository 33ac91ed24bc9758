"""Which few problems to put before somebody, and what speaks for and against each.

Reads nothing but problems. The same answers always get the same picks in the same order.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from problembrowser.catalogue.problem import Problem
from problembrowser.catalogue.scales import CODING, COMPUTE, LETTERS

# hours that somebody has -> the hardest letter that they should look at
HOURS = {16: "A", 72: "B", 200: "C"}
WEEKEND = 48
# what somebody has -> what a problem may run on
HARDWARE: Mapping[str, tuple[str, ...]] = {
    "laptop": COMPUTE[:1],
    "t4": COMPUTE[:2],
    "gpu": COMPUTE[:2],
    "large": COMPUTE,
}
KNOWS = ("nothing", "some", "well")

_RATED = {"post": "rated", "tracker": "rated", "estimate": "by our estimate"}
_WORK = {"B": "weeks", "C": "hard, and more than weeks", "D": "very hard"}
# What takes a transformer apart by its heads, layers and paths: no place to learn what these are.
_INSIDE = {
    *("activation-patching", "path-patching", "direct-logit-attribution", "logit-lens"),
    *("qk-circuit", "ov-circuit", "composition", "k-composition", "q-composition"),
    *("induction-heads", "ioi", "residual-stream", "layernorm", "causal-scrubbing"),
}
# Where a toy, a convnet or the texts that fire a neuron are looked at, not a whole transformer.
_APART = {"superposition", "image-models", "learned-features"}
# Tags of so many kinds of problems that two which share one need have nothing else in common.
_SAYS_LITTLE = {
    *("attention", "attention-heads", "evaluation", "neurons", "toy-models", "training"),
    *("transformer", "weights"),
}


class Person(NamedTuple):
    """Who asks: how much of transformers they know, and the name of their team."""

    knows: str = "some"
    team: str = ""


def hardest(hours: float, knows: str) -> str:
    """The hardest letter for somebody with so many hours; one less for who knows nothing yet."""
    letter = next((one for most, one in HOURS.items() if hours <= most), LETTERS[-1])
    return LETTERS[max(LETTERS.index(letter) - 1, 0)] if knows == KNOWS[0] else letter


def ordered(problems: Sequence[Problem], person: Person) -> list[Problem]:
    """All of these problems, the most fitting first, from as many categories as there are.

    Those with a starter come first in their category. A team's name puts equally good ones in an
    order of its own, so that teams spread over them.
    """
    turns: dict[str, int] = {}
    found = []
    for problem in sorted(problems, key=lambda problem: _fit(problem, person)):
        turns[problem.category] = turns.get(problem.category, 0) + 1
        found.append((turns[problem.category], problem))
    # The sort is stable: the best of every category, then every second best, and so on.
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def reasons(problem: Problem, person: Person) -> Iterator[str]:
    """What speaks for a problem, in a few words each."""
    if problem.starter:
        yield "it has a starter"
    if problem.difficulty and problem.difficulty_max == "A":
        yield f"{_RATED[problem.rated_by]} A"
    if problem.starred:
        yield "the author is keen on it"
    if problem.compute == "cpu":
        yield "a laptop is enough"
    if problem.coding == "low":
        yield "little code"
    if person.knows == KNOWS[0] and _asks_little(problem):
        yield "it asks little of transformers"
    if not problem.known_work and ":" not in problem.id:  # a list of one's own may not have looked
        yield "no published work that we know of"


def objections(problem: Problem, person: Person) -> Iterator[str]:
    """What speaks against a problem, in a few words each."""
    if not problem.starter:
        yield "no starter yet, so the set-up is yours"
    if not problem.difficulty:
        yield "nobody has rated it"
    elif problem.difficulty_max != "A":
        rated = f"{_RATED[problem.rated_by]} {problem.difficulty}"
        yield f"{rated} ({problem.difficulty_max} is {_WORK[problem.difficulty_max]})"
    if problem.compute != "cpu":
        yield "it needs a GPU" if problem.compute == "gpu" else "it needs a large GPU"
    if problem.coding == "high":
        yield "much code"
    if problem.known_work:
        one = len(problem.known_work) == 1
        yield "published work on it" if one else f"{len(problem.known_work)} published works on it"
    if person.knows == KNOWS[0] and _takes_apart(problem):
        yield "it takes a transformer apart"
    if person.knows != KNOWS[-1] and problem.needs:
        first, more = problem.needs[0], len(problem.needs) - 1
        yield f"know first: {first}" + (f" (and {more} more)" if more else "")


def nearest(problem: Problem, others: Sequence[Problem]) -> tuple[Problem, list[str]] | None:
    """Of the others the one most like this problem, and what the two share.

    None where they share no tag that says what is done, or to what. A model alone is not enough:
    a third of the list names GPT-2, and most starters train a model of their own.
    """
    shared = [(other, _shared(problem, other)) for other in others if other.id != problem.id]
    near = max(shared, key=lambda pair: _likeness(problem, *pair), default=None)
    return near if near and near[1] else None


def _fit(problem: Problem, person: Person) -> tuple[object, ...]:
    letters = [LETTERS.index(letter) for letter in problem.difficulty.split("-") if letter]
    level = letters[0] + letters[-1] if letters else 2 * len(LETTERS)
    apart = person.knows == KNOWS[0] and _takes_apart(problem)
    misfit = 2 * level + bool(problem.known_work) + CODING.index(problem.coding) + 4 * apart
    if person.team:
        return problem.starter is None, misfit // 4, _drawn(person.team, problem.id)
    ties = (not problem.starred, CODING.index(problem.coding), COMPUTE.index(problem.compute))
    return problem.starter is None, misfit, *ties


def _drawn(team: str, problem: str) -> bytes:
    """A place in the order that is a team's own: the same on every machine, in every version."""
    import hashlib  # 5 ms that `show` need not pay

    said = f"{' '.join(team.casefold().split())}\n{problem}"
    return hashlib.sha256(said.encode("utf-8", "replace")).digest()


def _asks_little(problem: Problem) -> bool:
    return problem.category in _APART and not _takes_apart(problem)


def _takes_apart(problem: Problem) -> bool:
    return not _INSIDE.isdisjoint(problem.tags)


def _shared(problem: Problem, other: Problem) -> list[str]:
    return [tag for tag in problem.tags if tag in other.tags and tag not in _SAYS_LITTLE]


def _likeness(problem: Problem, other: Problem, shared: Sequence[str]) -> tuple[int, ...]:
    return (
        len(shared),
        len({*problem.models} & {*other.models}),
        other.id in problem.see_also,
        problem.category == other.category,
        problem.section == other.section,
    )
