"""A list of one's own: what it holds, and what makes it valid.

Its problems get the list's name before their id (`mylist:7`). A category with the slug of a bundled
one is that category; new ones come after the bundled ones.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import (
    Category,
    Problem,
    category_from,
    no_such_twins,
    problem_from,
)
from problembrowser.catalogue.tables import LIMIT, MOST_FAULTS, Place
from problembrowser.errors import InvalidList
from problembrowser.lists import printed, readers
from problembrowser.lists.readers import Document
from problembrowser.text import DEVICES, near

COPY_LIMIT = 8 * LIMIT  # what is short as CSV is longer as JSON
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 30
RESERVED = ("all", "bundled", "question")  # what `--source` and ids mean by them
_MOST_CATEGORIES = 100
_FACTS = ("name", "title", "url", "notice", "as_of")
_EMPTY: tuple[Any, ...] = (None, "", (), [], {})
_URL = re.compile(r"https?://[^\s<>\"'\\]+")

Faults = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ProblemList:
    """A valid list; the ids of its problems are without its name. `origin` is where it is from."""

    name: str
    title: str
    url: str
    notice: str
    as_of: str
    categories: tuple[Category, ...]
    problems: tuple[Problem, ...]
    origin: str = ""
    added: str = ""

    def about(self) -> dict[str, str]:
        """What takes the place of `bundled.about` for the problems of this list."""
        notice = self.notice or f"From the list {self.title!r}."
        return {"title": self.title, "url": self.url, "notice": notice, "as_of": self.as_of}

    def as_dict(self) -> dict[str, Any]:
        """The list as `source list --json` prints it."""
        return {
            "name": self.name,
            "title": self.title,
            "url": self.url,
            "problems": len(self.problems),
            "categories": sorted({problem.category for problem in self.problems}),
            "from": self.origin,
            "added": self.added,
        }


def read(content: bytes, kind: str = "", *, name: str = "", otherwise: str = "") -> ProblemList:
    """A valid list. `name` goes before the name that the list gives itself, `otherwise` after it.

    Raises InvalidList with every fault, a hundred at most: line, problem, field.
    """
    document = readers.read(content, kind)
    if "problem" in document.data:
        document.data["problem"] = printed.as_written(document.data["problem"])
    made, faults = _made(document, name, otherwise)
    faults += _faults_of_starters(document, made)
    if faults:
        raise InvalidList(readers.written(faults))
    return made


def fault_of_name(name: str) -> str:
    """What is wrong with the name of a list, or "" if nothing is."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        return (
            f"{name[:40]!r} cannot be a list's name: lower-case letters, digits and hyphens, "
            f"a letter first, at most {_LONGEST_NAME}"
        )
    if name in RESERVED:
        return f"{name!r} cannot be a list's name: it means something else here"
    return f"{name!r} cannot be a list's name: Windows keeps it" if name in DEVICES else ""


def copy_of(one: ProblemList) -> bytes:
    """The list as JSON, in its own format, with where it came from."""
    data = {
        "copy": {"from": one.origin, "added": one.added},
        "list": {fact: getattr(one, fact) for fact in _FACTS},
        "category": [_full(asdict(category)) for category in one.categories],
        "problem": [_full(asdict(problem)) for problem in one.problems],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def from_copy(content: bytes) -> ProblemList:
    """The list of which `copy_of` made this; raises InvalidList if it was damaged since.

    Recipes are left unchecked: one that a newer version dropped costs a starter, not the list.
    """
    document = readers.read(content, "json", COPY_LIMIT)
    noted = document.data.pop("copy", {})
    made, faults = _made(document, "", "")
    if faults or not isinstance(noted, dict):
        raise InvalidList(readers.written(faults) or ["was damaged"])
    return replace(made, origin=str(noted.get("from", "")), added=str(noted.get("added", "")))


def _made(document: Document, name: str, otherwise: str) -> tuple[ProblemList, Faults]:
    data, faults = document.data, list(_faults_of_shape(document))
    facts, wrong = _facts(_table(data.get("list")))
    faults += [document.fault(("list", *_field(fault)), f"list: {fault}") for fault in wrong]
    name = name or facts["name"] or otherwise
    if fault := fault_of_name(name):
        faults.append(document.fault(("list", "name"), f"list: name: {fault}"))
    categories, wrong_categories = _categories(document)
    only = categories[0].slug if len(categories) == 1 else name
    problems, wrong_problems = _problems(document, only)
    if not faults and not wrong_problems and not problems:
        faults.append((0, "holds no problem"))
    categories, unknown = _with_used(document, categories, problems, only)
    made = ProblemList(
        name=name,
        title=facts["title"] or name,
        url=facts["url"],
        notice=facts["notice"],
        as_of=facts["as_of"],
        categories=tuple(categories),
        problems=tuple(problems),
    )
    return made, faults + wrong_categories + wrong_problems + unknown


def _faults_of_shape(document: Document) -> Iterator[tuple[int, str]]:
    data = document.data
    for key, value in data.items():
        if key not in ("list", "category", "problem"):
            yield document.fault((key,), f"{key[:40]}: is not a part of this format")
        elif key == "list" and not isinstance(value, Mapping):
            yield document.fault((key,), "list: is not a table")
        elif key == "category" and not isinstance(value, Mapping | list):
            yield document.fault((key,), "category: is neither a table nor a list of tables")
        elif key == "category" and len(value) > _MOST_CATEGORIES and isinstance(value, list):
            many = f"{len(value):,}, {_MOST_CATEGORIES} at most"
            yield document.fault((key,), f"category: there are {many}")
        elif key == "problem" and not isinstance(value, list):
            yield document.fault((key,), "problem: is not a list of tables ([[problem]])")


def _facts(data: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    facts, faults = {}, []
    for fact in _FACTS:
        value = data.get(fact, "")
        facts[fact] = value.strip() if isinstance(value, str) else ""
        if not isinstance(value, str) or len(value) > 500:
            faults.append(f"{fact}: is not a text of at most 500 characters")
    if facts["url"] and not _URL.fullmatch(facts["url"]):
        faults.append("url: is not well formed")
    faults += [f"{key[:40]}: is not a field of this table" for key in data if key not in _FACTS]
    return facts, faults


def _categories(document: Document) -> tuple[list[Category], Faults]:
    value = document.data.get("category", [])
    rows = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
    found: list[Category] = []
    faults: Faults = []
    for n, row in enumerate(rows[:_MOST_CATEGORIES]):
        table = dict(_table(row)) | {"number": 0}
        category, wrong = category_from(table)
        place: Place = ("category",) if isinstance(value, Mapping) else ("category", n)
        label = f"category {table.get('slug') or n + 1!s}"
        if category and category.slug.isdigit():
            wrong = [f"slug: {category.slug!r} is a number; -c would take it for another category"]
        faults += [document.fault(place + _field(fault), f"{label}: {fault}") for fault in wrong]
        found += [category] if category and not wrong else []
    for slug in _repeated(category.slug for category in found):
        faults.append((0, f"category {slug}: occurs more than once"))
    return found, faults


def _problems(document: Document, category: str) -> tuple[list[Problem], Faults]:
    rows = document.data.get("problem", [])
    found: list[Problem] = []
    faults: Faults = []
    places: dict[str, int] = {}
    for n, row in enumerate(rows if isinstance(rows, list) else []):
        table = _table(row)
        problem, wrong = problem_from(table, category, "", bundled.resources_by_key())
        if problem and places.setdefault(problem.id.lower(), n) != n:
            wrong = ["id: occurs more than once"]
        label = f"problem {_label(table.get('id'), n)}"
        faults += [
            document.fault(("problem", n, *_field(fault)), f"{label}: {fault}") for fault in wrong
        ]
        found += [problem] if problem and not wrong else []
        if len(faults) >= MOST_FAULTS:
            break
    ids = {problem.id for problem in found}
    for problem in [] if faults else found:  # a problem with a fault is not found
        place = ("problem", places[problem.id.lower()], "see_also")
        label = f"problem {problem.id}"
        faults += [
            document.fault(place, f"{label}: {what}") for what in no_such_twins(problem, ids)
        ]
    return found, faults


def _with_used(
    document: Document, declared: list[Category], problems: Sequence[Problem], otherwise: str
) -> tuple[list[Category], Faults]:
    """The categories that the problems use; a list that declares none gets each that it uses."""
    known = {*_bundled_slugs(), *(category.slug for category in declared)}
    used = dict.fromkeys(problem.category for problem in problems)
    unknown = [slug for slug in used if slug not in known]
    if not declared:
        numbers = [(0, f"category {slug}: is a number") for slug in unknown if slug.isdigit()]
        return [_category(slug) for slug in unknown], numbers
    faults: Faults = []
    for n, row in enumerate(document.data.get("problem", []) if unknown else []):
        slug = _table(row).get("category")
        if len(faults) < MOST_FAULTS and (slug or otherwise) in unknown:
            what = f"there is no {slug!r}{_near(slug, known)}" if slug else "is missing"
            label = f"problem {_label(_table(row).get('id'), n)}"
            faults.append(document.fault(("problem", n, "category"), f"{label}: category: {what}"))
    return declared, faults


def _near(slug: str, known: Iterable[str]) -> str:
    found = near(slug, known)
    return f" (did you mean {found[0]}?)" if found else "; declare it in a [[category]]"


def _category(slug: str) -> Category:
    title = slug.replace("-", " ").capitalize()[:70]
    return Category(slug=slug, number=0, title=title, summary="", advice="", url="")


def _bundled_slugs() -> list[str]:
    # The bundled files are named for their categories; reading them all would take a second.
    return [path.stem for path in bundled.files()]


def _faults_of_starters(document: Document, made: ProblemList) -> Faults:
    if not any(problem.starter for problem in made.problems):
        return []
    from problembrowser.catalogue import recipes

    places = {
        str(_table(row).get("id")).strip(): n for n, row in enumerate(document.data["problem"])
    }
    found = (
        document.fault(
            ("problem", places[problem.id], *_field(fault)), f"problem {problem.id}: {fault}"
        )
        for problem in made.problems
        if problem.starter
        for fault in recipes.faults(problem.starter)
    )
    return list(islice(found, MOST_FAULTS))


def _field(fault: str) -> Place:
    """The place that a fault `known_work.1.url: what` names."""
    parts = fault.partition(":")[0].split(".")
    return tuple(int(part) - 1 if part.isdecimal() else part for part in parts)


def _label(identity: Any, n: int) -> str:
    return str(identity)[:40] if isinstance(identity, str | int) and identity else f"number {n + 1}"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _full(table: dict[str, Any]) -> dict[str, Any]:
    """A table without its empty fields, which a list leaves out."""
    if starter := table.get("starter"):
        table = table | {"starter": _full(starter)}
    return {key: value for key, value in table.items() if value not in _EMPTY}
