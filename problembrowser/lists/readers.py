"""Lists of problems in TOML, CSV or JSON, read into one structure. Bytes in, tables out, no files.

A list can be anybody's: its size, depth and every value are bounded, and a fault names its line.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from problembrowser.catalogue import tables
from problembrowser.catalogue.tables import LIMIT, MOST_FAULTS, MOST_KEYS, MOST_PROBLEMS, Place
from problembrowser.errors import InvalidList

FORMATS = ("toml", "csv", "json")
LIST_FIELDS = ("models", "tags", "needs", "first_steps", "pitfalls", "see_also", "starter.parts")
FIELDS = (
    *("id", "title", "summary", "category", "section", "difficulty", "starred", "rated_by", "url"),
    *("compute", "coding", *LIST_FIELDS, "known_work", "readings", "notes"),
    *("starter.recipe", "starter.parameters", "starter.quick", "starter.full", "starter.covers"),
)

_TOML_HEADER = re.compile(r"\s*+(\[\[?)([\w\s.-]++)\]\]?\s*+$")
_TOML_KEY = re.compile(r"\s*+([\w\s.-]++)=")
_JSON_TOKEN = re.compile(r'"(?>[^"\\]+|\\.)*+"?|[{}\[\],\n]', re.DOTALL)
_YES, _NO = {"true", "yes", "y", "1"}, {"false", "no", "n", "0"}


@dataclass(frozen=True, slots=True)
class Document:
    """What a list says, not yet checked, and where it says so."""

    data: dict[str, Any]
    lines: Callable[[], Mapping[Place, int]]  # only found out if there is a fault

    def fault(self, place: Place, what: str) -> tuple[int, str]:
        """A fault with the line of its place, or of the nearest that encloses it."""
        lines = self.lines()
        while place and place not in lines:
            place = place[:-1]
        return lines.get(place, 0), what


def read(content: bytes, kind: str = "", limit: int = LIMIT) -> Document:
    """Read a list; the format is guessed where `kind` names none of FORMATS.

    Raises InvalidList.
    """
    if len(content) > limit:
        raise InvalidList([f"is too large: {limit // 1024:,} KiB at most"])
    text = _text(content)
    kind = kind if kind in FORMATS else _guess(text)
    document = {"toml": _toml, "csv": _csv, "json": _json}[kind](text)
    if faults := [document.fault(place, what) for place, what in tables.unfit(document.data)]:
        raise InvalidList(written(faults))
    return document


def written(faults: list[tuple[int, str]]) -> list[str]:
    """Faults in the order of their lines, as people read them."""
    return tables.bounded([f"line {n}: {what}" if n else what for n, what in sorted(faults)])


def _text(content: bytes) -> str:
    text = tables.text(content)
    if text.lstrip()[:1] == "<":
        raise InvalidList(["is a web page, no list; give the address of the file itself"])
    return text


def _guess(text: str) -> str:
    start = text.lstrip()[:200]
    if start.startswith("{") or re.match(r"\[\s*[{\]]", start):
        return "json"
    first = start.partition("\n")[0].lower()
    return "csv" if {"id", "title"} <= set(re.split(r"[\s\",;]+", first)) else "toml"


def _toml(text: str) -> Document:
    return Document(tables.toml(text), cache(lambda: _toml_lines(tables.skeleton(text))))


def _toml_lines(skeleton: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    depth = 0
    for number, line in enumerate(skeleton.split("\n"), start=1):
        header = None if depth else _TOML_HEADER.match(line)
        if header:
            table = _table_place(_parts(header[2]), header[1] == "[[", counts)
            lines.setdefault(table, number)
            continue
        if not depth and (key := _TOML_KEY.match(line)):
            lines[table + _parts(key[1])] = number
        depth += sum(map(line.count, "[{")) - sum(map(line.count, "]}"))
    return lines


def _parts(key: str) -> Place:
    return tuple(part.strip() for part in key.split("."))


def _table_place(parts: Place, another: bool, counts: dict[Place, int]) -> Place:
    """The place of a table; `counts` numbers the tables of each array so far."""
    place: Place = ()
    for n, part in enumerate(parts, start=1):
        place += (part,)
        if another and n == len(parts):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place += (counts[place],)
    return place


def _json(text: str) -> Document:
    try:
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        raise InvalidList([f"line {error.lineno}: is not JSON: {error.msg}"]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidList([tables.unreadable(error)]) from error
    if isinstance(data, list):
        return Document({"problem": data}, cache(lambda: _json_lines(text, "problem")))
    if not isinstance(data, dict):
        raise InvalidList(["is neither an object nor a list of objects"])
    return Document(data, cache(lambda: _json_lines(text)))


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        key = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise InvalidList([f"has the key {key[:40]!r} twice in one object"])
    return made


def _json_lines(text: str, *inside: str) -> dict[Place, int]:
    """The line of each key and of each object; the text is valid JSON."""
    lines: dict[Place, int] = {}
    place: list[str | int] = [*inside]
    key_next = [False]
    line = 1
    for token in (match[0] for match in _JSON_TOKEN.finditer(text)):
        line += token == "\n"
        if token == "[":
            place.append(0)
            key_next.append(False)
        elif token == "{":
            lines.setdefault(tuple(place), line)
            place.append("")
            key_next.append(True)
        elif token in "]}":
            place.pop()
            key_next.pop()
        elif token == "," and isinstance(place[-1], int):
            place[-1] += 1
        elif token == ",":
            key_next[-1] = True
        elif key_next[-1] and token != "\n":
            place[-1] = json.loads(token) if "\\" in token else token[1:-1]
            lines[tuple(place)] = line
            key_next[-1] = False
    return lines


def _csv(text: str) -> Document:
    rows = _csv_rows(text)
    head = next(rows, (1, []))[1]
    if len(head) > MOST_KEYS:
        raise InvalidList([f"line 1: has {len(head):,} columns, {MOST_KEYS} at most"])
    names = [re.sub(r"[ -]+", "_", name.strip().lower()) for name in head]
    if faults := list(_faults_of_header(names)):
        raise InvalidList([f"line 1: {fault}" for fault in faults])
    problems: list[dict[str, Any]] = []
    lines: dict[Place, int] = {}
    faults = []
    for line, cells in rows:
        if len(cells) > len(names):
            faults.append(f"line {line}: has {len(cells)} cells, the first row has {len(names)}")
        if any(cell.strip() for cell in cells):
            lines["problem", len(problems)] = line
            problems.append(_from_cells(dict(zip(names, cells, strict=False))))
        if len(problems) > MOST_PROBLEMS:
            raise InvalidList([f"holds more than {MOST_PROBLEMS:,} problems"])
    if faults:
        raise InvalidList(faults[:MOST_FAULTS])
    return Document({"problem": problems}, lambda: lines)


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it begins on."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidList([f"line {line}: is not CSV: {error}"]) from error
        yield line, row


def _faults_of_header(names: list[str]) -> Iterator[str]:
    for name in ("id", "title", "summary"):
        if name not in names:
            yield f"{name}: has no column"
    for name in dict.fromkeys(names):
        if name not in FIELDS:
            yield f"{name[:40] or 'a column'}: is not a field of a problem"
        elif names.count(name) > 1:
            yield f"{name}: has more than one column"


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    problem: dict[str, Any] = {}
    for name, cell in cells.items():
        if cell.strip():
            table, _, inner = name.rpartition(".")
            target = problem.setdefault(table, {}) if table else problem
            target[inner] = _from_cell(name, cell.strip())
    return problem


def _from_cell(name: str, cell: str) -> Any:
    if name in LIST_FIELDS:
        return _items(cell)
    if name == "starred":
        return cell.lower() in _YES if cell.lower() in _YES | _NO else cell
    if name == "known_work":
        return [_work(item, ("title", "url", "year", "settled")) for item in _items(cell)]
    if name == "readings":
        return [_reading(item) for item in _items(cell)]
    if name == "starter.covers":
        return [_value(item) for item in _items(cell)]
    if name in ("starter.parameters", "starter.quick", "starter.full"):
        pairs = (item.partition("=") for item in _items(cell))
        return {key.strip(): _value(value.strip()) for key, _, value in pairs}
    return cell


def _items(cell: str) -> list[str]:
    """The items of a cell: one a line, or in one line separated by semicolons."""
    items = cell.splitlines() if "\n" in cell else cell.split(";")
    return [item.strip() for item in items if item.strip()]


def _work(item: str, fields: Sequence[str]) -> dict[str, Any]:
    """Known work written as `title | url | year | what it settled`."""
    cells = [cell.strip() for cell in item.split("|", len(fields) - 1)]
    work: dict[str, Any] = dict(zip(fields, cells, strict=False))
    if re.fullmatch(r"\d{4}", work.get("year", "")):
        work["year"] = int(work["year"])
    return work


def _reading(item: str) -> dict[str, Any]:
    """A reading written as `key | why`, `title | url | why` or `title | url | year | why`."""
    bars = item.count("|")
    if bars < 2:
        return _work(item, ("resource", "why"))
    dated = bars > 2 and re.fullmatch(r"\s*\d{4}\s*", item.split("|")[2])
    return _work(item, ("title", "url", "year", "why") if dated else ("title", "url", "why"))


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text
