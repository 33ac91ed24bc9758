"""A list to edit, written in TOML out of problems that are known here. Prints and reads nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from problembrowser.catalogue.problem import Problem
from problembrowser.lists import printed

_TABLES = ("known_work", "readings")
_HEAD = """\
# A list of problems for `problembrowser source add`. Everything in it may be changed.
# Check it: problembrowser source check FILE"""
_NOTES = '# notes = ""   # what participants should know here: who helps, which data, what counts'


def toml(name: str, title: str, problems: Sequence[Problem]) -> str:
    """The list as TOML, with a place for one's own notes in every problem."""
    rows = printed.as_written([problem.as_dict() for problem in problems])
    facts = {"name": name, "title": title, "notice": f"From the list {title!r}."}
    parts = [_HEAD, "\n".join(["[list]", *_fields(facts)])]
    return "\n\n".join([*parts, *(_problem(row) for row in rows)]) + "\n"


def _problem(row: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in row.items() if key not in (*_TABLES, "starter")}
    notes = [] if plain.get("notes") else [_NOTES]
    blocks = ["\n".join(["[[problem]]", *_fields(plain), *notes])]
    for table in _TABLES:
        blocks += ["\n".join([f"[[problem.{table}]]", *_fields(one)]) for one in row[table]]
    if row["starter"]:
        blocks.append("\n".join(["[problem.starter]", *_fields(row["starter"])]))
    return "\n\n".join(blocks)


def _fields(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if value not in (None, "", [], (), {}):
            yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    """A value as TOML, which writes texts, numbers and flags as JSON does, and tables otherwise."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        inside = [_value(one) for one in value]
        long = sum(map(len, inside)) > 80
        return "[\n    " + ",\n    ".join(inside) + ",\n]" if long else f"[{', '.join(inside)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
