"""Lists of problems in TOML, CSV or JSON, read into one structure. Bytes in, tables out, no files.

A list can be anybody's: its size, depth and every value are bounded, and a fault names its line.
"""

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from problembrowser.errors import InvalidList

LIMIT = 4 * 1024 * 1024
MOST_PROBLEMS = 5_000
FORMATS = ("toml", "csv", "json")
LIST_FIELDS = ("models", "tags", "needs", "first_steps", "pitfalls", "see_also", "starter.parts")
FIELDS = (
    *("id", "title", "summary", "category", "section", "difficulty", "starred", "rated_by", "url"),
    *("compute", "coding", *LIST_FIELDS, "known_work", "readings"),
    *("starter.recipe", "starter.parameters", "starter.quick", "starter.full", "starter.covers"),
)

_DEPTH = 8
_KEYS = 100
_MOST_FAULTS = 100
_LONGEST_FAULT = 240
_PARTS_OF_A_KEY = 20

# A place in a list: ("problem", 3, "known_work", 0, "url").
Place = tuple[str | int, ...]

# Strings and comments; nothing here goes back, so that the time grows with the length alone.
_TOML_TEXT = re.compile(
    r'"""(?>[^"\\]+|\\.|"{1,2}(?!"))*+(?:""")?'
    r"|'''(?>[^']+|'{1,2}(?!'))*+(?:''')?"
    r'|"(?>[^"\\\n]+|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+",
    re.DOTALL,
)
_TOML_HEADER = re.compile(r"\s*+(\[\[?)([\w\s.-]++)\]\]?\s*+$")
_TOML_KEY = re.compile(r"\s*+([\w\s.-]++)=")
_LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{_PARTS_OF_A_KEY}}}")
_JSON_TOKEN = re.compile(r'"(?>[^"\\]+|\\.)*+"?|[{}\[\],\n]', re.DOTALL)
# What steers a terminal, turns text around or cannot be written; never part of a problem's words.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
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
    if isinstance(rows := document.data.get("problem"), list) and len(rows) > MOST_PROBLEMS:
        raise InvalidList([f"holds {len(rows):,} problems, {MOST_PROBLEMS:,} at most"])
    if faults := [document.fault(place, what) for place, what in _unfit(document.data)]:
        raise InvalidList(written(faults))
    return document


def written(faults: list[tuple[int, str]]) -> list[str]:
    """Faults in the order of their lines, as people read them."""
    found = [f"line {line}: {what}" if line else what for line, what in sorted(faults)]
    return [
        fault if len(fault) <= _LONGEST_FAULT else f"{fault[:_LONGEST_FAULT]}…" for fault in found
    ]


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"line {line}: is not UTF-8 (byte 0x{content[error.start]:02x})"
        raise InvalidList([f"{what}; save the file as UTF-8"]) from error
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
    skeleton = _TOML_TEXT.sub(_emptied, text)
    # tomllib takes a time that grows with the square of the parts of a key.
    if found := _LONG_KEY.search(skeleton):
        line = skeleton.count("\n", 0, found.start()) + 1
        raise InvalidList([f"line {line}: has a key of more than {_PARTS_OF_A_KEY} parts"])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidList([_toml_fault(str(error))]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidList([_other_fault(error)]) from error
    return Document(data, cache(lambda: _toml_lines(skeleton)))


def _emptied(text: re.Match[str]) -> str:
    """A string of a TOML file without what it says, a comment as nothing; lines stay lines."""
    return "" if text[0][0] == "#" else "_" + "\n" * text[0].count("\n")


def _toml_fault(message: str) -> str:
    what, _, place = message.partition(" (at ")
    line = re.match(r"line (\d+), column \d+", place)
    return f"line {line[1]}: is not TOML: {what}" if line else f"is not TOML: {message}"


def _other_fault(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    return f"holds a value that cannot be read: {str(error)[:80]}"


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
        data = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InvalidList([f"line {error.lineno}: is not JSON: {error.msg}"]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidList([_other_fault(error)]) from error
    if isinstance(data, list):
        return Document({"problem": data}, cache(lambda: _json_lines(text, "problem")))
    if not isinstance(data, dict):
        raise InvalidList(["is neither an object nor a list of objects"])
    return Document(data, cache(lambda: _json_lines(text)))


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


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
    if len(head) > _KEYS:
        raise InvalidList([f"line 1: has {len(head):,} columns, {_KEYS} at most"])
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
        raise InvalidList(faults[:_MOST_FAULTS])
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


def _unfit(data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """The places of what no list may hold: too deep, too wide, not text or a plain number."""
    waiting: list[tuple[Place, Any]] = [((), data)]
    left = _MOST_FAULTS
    while waiting and left:
        place, value = waiting.pop()
        fault = _unfit_value(value, len(place))
        if fault:
            left -= 1
            name = next((part for part in reversed(place) if isinstance(part, str)), "")
            yield place, f"{name[:40]}: {fault}" if name else fault
        elif isinstance(value, dict):
            waiting += [((*place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, n), inner) for n, inner in enumerate(value)]


def _unfit_value(value: Any, depth: int) -> str:
    if isinstance(value, dict | list):
        if depth > _DEPTH:
            return "is nested too deeply"
        wide = isinstance(value, dict) and len(value) > _KEYS
        return f"has {len(value):,} fields, {_KEYS} at most" if wide else ""
    if isinstance(value, str):
        found = _FORBIDDEN.search(value)
        return f"holds the control character U+{ord(found[0]):04X}" if found else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is not a finite number"
    if isinstance(value, int):  # a bool is one too
        return "" if abs(value) < 2**63 else "is too large a number"
    return "" if value is None else "is a date or a time; write it as text, in quotes"
