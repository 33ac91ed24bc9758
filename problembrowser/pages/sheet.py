"""Problems as CSV, in the columns that `source add` reads. Prints nothing.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`, and a list can be anybody's: such a
cell gets an apostrophe in front, which spreadsheets take to mean text. `--json` has it as it is.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from problembrowser.pages.render import clean

# All that a list may hold of a problem.
COLUMNS = (
    *("id", "title", "summary", "category", "section", "difficulty", "starred", "rated_by", "url"),
    *("models", "compute", "coding", "tags", "needs", "first_steps", "pitfalls", "known_work"),
    *("readings", "see_also", "starter"),
)
_STARTER = ("recipe", "parts", "parameters", "quick", "full", "covers")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(problems: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> str:
    """The CSV of these fields of problems as `Problem.as_dict` gives them, with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_columns(fields))
    writer.writerows([_safe(cell) for cell in _cells(one, fields)] for one in problems)
    return text.getvalue().rstrip("\n")


def _columns(fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        if field == "starter":
            yield from (f"starter.{name}" for name in _STARTER)
        else:
            yield field


def _cells(problem: Mapping[str, Any], fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        if field == "starter":
            starter = problem["starter"] or {}
            yield from (_cell(starter.get(name)) for name in _STARTER)
        else:
            yield _cell(problem[field])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _items(f"{name}={json.dumps(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return _items(_item(each) for each in value)
    return clean(str(value))


def _item(value: Any) -> str:
    """One of several: the parts of a known work or a reading stand between bars."""
    if not isinstance(value, dict):
        return clean(str(value))
    names = [name for name in ("title", "url", "year", "settled", "why") if value.get(name)]
    return " | ".join(clean(str(value[name])) for name in names)


def _items(items: Iterable[str]) -> str:
    """One a line where a semicolon would cut one in two; else in one line."""
    every = list(items)
    if len(every) == 1:
        return every[0].replace(";", ",")  # nothing else tells the reader that it is one
    return ("\n" if any(";" in item for item in every) else "; ").join(every)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
