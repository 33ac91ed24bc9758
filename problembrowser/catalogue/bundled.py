"""The bundled list: one TOML file a category, read and validated here and nowhere else.

The files are for people to edit; everything that runs often reads the index instead.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from problembrowser.catalogue import recipes, tables
from problembrowser.catalogue.problem import (
    Category,
    Problem,
    category_from,
    no_such_twins,
    problem_from,
    sort_key,
)
from problembrowser.catalogue.tables import MOST_FAULTS
from problembrowser.errors import InvalidList
from problembrowser.files import read

HERE = Path(__file__).parent
PROBLEMS = HERE / "problems"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole list: its categories and its problems, each in the order of its number."""

    categories: tuple[Category, ...]
    problems: tuple[Problem, ...]


def files() -> list[Path]:
    """The TOML files that the bundled list is made of."""
    return sorted(PROBLEMS.glob("*.toml"))


def load(paths: Iterable[Path] | None = None) -> Catalogue:
    """Read category files (the bundled ones unless told otherwise).

    Raises InvalidList with every fault found, a hundred at most: file, problem id, field.
    """
    categories: list[Category] = []
    problems: list[Problem] = []
    faults: list[str] = []
    for path in files() if paths is None else paths:
        category, found, wrong = read_file(path)
        categories += [category] if category else []
        problems += found
        for one in found if len(wrong) < MOST_FAULTS else ():
            # Of the bundled ones the tests make every project: the files need no second look.
            wrong += [f"problem {one.id}: {fault}" for fault in _of_starter(one, paths is not None)]
        faults += [f"{path.name}: {fault}" for fault in wrong]
    if paths is None:  # a file alone may name problems of the others
        faults += _of_twins(problems)
    faults += _repeated("id", (problem.id for problem in problems))
    faults += _repeated("category", (category.slug for category in categories))
    if faults:
        raise InvalidList(tables.bounded(faults))
    return Catalogue(
        tuple(sorted(categories, key=lambda category: category.number)),
        tuple(sorted(problems, key=lambda problem: sort_key(problem.id))),
    )


def read_file(path: Path) -> tuple[Category | None, list[Problem], list[str]]:
    """The category and the problems of one file, with its faults (`problem id: field: what`)."""
    try:
        data = tables.toml(tables.text(read(path, tables.LIMIT)))
    except OSError as error:
        return None, [], [f"cannot be read: {error.strerror}"]
    except InvalidList as error:
        return None, [], error.faults
    if unfit := [what for _, what in tables.unfit(data, trusted=True)]:
        return None, [], unfit
    faults = [f"{key[:40]}: is not a part of this format" for key in data if key not in _PARTS]
    category, wrong = category_from(_table(data.get("category")))
    faults += [f"category: {fault}" for fault in wrong]
    problems = []
    for number, row in enumerate(_rows(data.get("problem")), start=1):
        problem, wrong = problem_from(
            row,
            category.slug if category else "",
            category.url if category else "",
            resources_by_key(),
        )
        label = str(row.get("id") or f"number {number}")[:40]
        faults += [f"problem {label}: {fault}" for fault in wrong]
        if len(faults) >= MOST_FAULTS:
            break
        problems += [problem] if problem else []
    return category, problems, faults


@cache
def about() -> dict[str, Any]:
    """What is known of the list as a whole: where it is from, how dated, what its levels mean."""
    return tomllib.loads((HERE / "about.toml").read_text(encoding="utf-8"))


@cache
def glossary() -> tuple[dict[str, Any], ...]:
    """The terms that a notebook may use: `term`, `means`, and `also`, its other forms."""
    data = tomllib.loads((HERE / "glossary.toml").read_text(encoding="utf-8"))
    return tuple(data["term"])


@cache
def resources() -> tuple[dict[str, Any], ...]:
    """What to read or watch: `key`, `name`, `url`, and `for`, category slugs (or `everyone`)."""
    data = tomllib.loads((HERE / "resources.toml").read_text(encoding="utf-8"))
    return tuple(data["resource"])


def resources_by_key() -> dict[str, dict[str, Any]]:
    """The same by the key that the readings of a problem name."""
    return {resource["key"]: resource for resource in resources()}


_PARTS = {"category", "problem"}


def _of_starter(problem: Problem, whole: bool) -> list[str]:
    """What is wrong with the recipe, parts and parameters of a problem's starter."""
    return recipes.faults(problem.starter, whole=whole) if problem.starter else []


def _of_twins(problems: Iterable[Problem]) -> list[str]:
    problems = list(problems)
    ids = {problem.id for problem in problems}
    return [f"problem {one.id}: {fault}" for one in problems for fault in no_such_twins(one, ids)]


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    for row in value if isinstance(value, list) else []:
        yield _table(row)


def _repeated(what: str, names: Iterable[str]) -> list[str]:
    return [f"{what} {name} occurs {n} times" for name, n in Counter(names).items() if n > 1]
