"""Tables out of a file that anybody may have written: its size, depth and every value are bounded.

Text in, tables out, no files. Every fault is an InvalidList.
"""

import math
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from problembrowser.errors import InvalidList

LIMIT = 4 * 1024 * 1024
MOST_PROBLEMS = 5_000
MOST_FAULTS = 100
MOST_KEYS = 100

_DEPTH = 8
_LONGEST_FAULT = 240
_PARTS_OF_A_KEY = 20

# A place in a file: ("problem", 3, "known_work", 0, "url").
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
_LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{_PARTS_OF_A_KEY}}}")
# What steers a terminal, turns text around or cannot be written; never part of a problem's words.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def text(content: bytes) -> str:
    """The text of a file that should be UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"line {line}: is not UTF-8 (byte 0x{content[error.start]:02x})"
        raise InvalidList([f"{what}; save the file as UTF-8"]) from error


def toml(text: str) -> dict[str, Any]:
    """What a TOML file says, not yet checked."""
    bare = skeleton(text)
    # tomllib takes a time that grows with the square of the parts of a key.
    if found := _LONG_KEY.search(bare):
        line = bare.count("\n", 0, found.start()) + 1
        raise InvalidList([f"line {line}: has a key of more than {_PARTS_OF_A_KEY} parts"])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidList([_toml_fault(str(error))]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidList([unreadable(error)]) from error


def skeleton(text: str) -> str:
    """A TOML file without what its strings and comments say; its lines stay where they are."""
    return _TOML_TEXT.sub(_emptied, text)


def unreadable(error: Exception) -> str:
    """The fault of a value that a parser stumbled over."""
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    return f"holds a value that cannot be read: {str(error)[:80]}"


def unfit(data: dict[str, Any], *, trusted: bool = False) -> Iterator[tuple[Place, str]]:
    """The places of what no list may hold: too many problems, too deep, too wide, odd values.

    Control characters are a fault unless the texts are `trusted`.
    """
    if isinstance(rows := data.get("problem"), list) and len(rows) > MOST_PROBLEMS:
        yield (), f"holds {len(rows):,} problems, {MOST_PROBLEMS:,} at most"
        return
    waiting: list[tuple[Place, Any]] = [((), data)]
    left = MOST_FAULTS
    while waiting and left:
        place, value = waiting.pop()
        fault = "" if trusted and isinstance(value, str) else _unfit_value(value, len(place))
        if fault:
            left -= 1
            name = next((part for part in reversed(place) if isinstance(part, str)), "")
            yield place, f"{name[:40]}: {fault}" if name else fault
        elif isinstance(value, dict):
            waiting += [((*place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, n), inner) for n, inner in enumerate(value)]


def bounded(faults: list[str]) -> list[str]:
    """As many faults as somebody reads, each of them a line."""
    return [
        fault if len(fault) <= _LONGEST_FAULT else f"{fault[:_LONGEST_FAULT]}…"
        for fault in faults[:MOST_FAULTS]
    ]


def _emptied(text: re.Match[str]) -> str:
    return "" if text[0][0] == "#" else "_" + "\n" * text[0].count("\n")


def _toml_fault(message: str) -> str:
    what, _, place = message.partition(" (at ")
    line = re.match(r"line (\d+), column \d+", place)
    return f"line {line[1]}: is not TOML: {what}" if line else f"is not TOML: {message}"


def _unfit_value(value: Any, depth: int) -> str:
    if isinstance(value, dict | list):
        if depth > _DEPTH:
            return "is nested too deeply"
        wide = isinstance(value, dict) and len(value) > MOST_KEYS
        return f"has {len(value):,} fields, {MOST_KEYS} at most" if wide else ""
    if isinstance(value, str):
        found = _FORBIDDEN.search(value)
        return f"holds the control character U+{ord(found[0]):04X}" if found else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is not a finite number"
    if isinstance(value, int):  # a bool is one too
        return "" if abs(value) < 2**63 else "is too large a number"
    return "" if value is None else "is a date or a time; write it as text, in quotes"
