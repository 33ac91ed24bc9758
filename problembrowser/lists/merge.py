"""How lists of one's own join the bundled list, and what changed between two copies of one."""

from collections.abc import Sequence
from dataclasses import replace

from problembrowser.catalogue.bundled import Catalogue
from problembrowser.catalogue.problem import sort_key
from problembrowser.lists.own import ProblemList


def merged(bundled: Catalogue, lists: Sequence[ProblemList]) -> Catalogue:
    """The bundled list with others after it, in the order of their names."""
    categories = {category.slug: category for category in bundled.categories}
    problems = list(bundled.problems)
    number = max((category.number for category in bundled.categories), default=0)
    for one in sorted(lists, key=lambda one: one.name):
        for category in one.categories:
            if category.slug not in categories:
                number += 1
                categories[category.slug] = replace(category, number=number)
        problems += [
            replace(
                problem,
                id=f"{one.name}:{problem.id}",
                url=problem.url or one.url,
                see_also=tuple(f"{one.name}:{twin}" for twin in problem.see_also),
            )
            for problem in sorted(one.problems, key=lambda problem: sort_key(problem.id))
        ]
    return Catalogue(tuple(categories.values()), tuple(problems))


def changes(before: ProblemList, now: ProblemList) -> dict[str, list[str]]:
    """The ids of the problems that are new, gone and changed, under these three words."""
    old = {problem.id: problem for problem in before.problems}
    new = {problem.id: problem for problem in now.problems}
    return {
        "new": [key for key in new if key not in old],
        "gone": [key for key in old if key not in new],
        "changed": [key for key in new if key in old and old[key] != new[key]],
    }
