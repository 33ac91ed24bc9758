"""Text for a terminal or a pipe: cleaned, measured, cut, wrapped, set in tables. Prints nothing.

Everything that comes out of a list passes through `clean`: lists can be anybody's.
"""

from collections.abc import Mapping, Sequence

import click

from problembrowser.index.index import Row

ELLIPSIS = "…"

_WORDS = ("ID", "LEVEL", "CATEGORY", "COMPUTE", "CODING", "STARTER", "TITLE")
_SHORT = ("ID", "LEVEL", "START", "CODE", "RUN", "TITLE")
_ROOM_FOR_TITLES = 60
_LEVELS = {"A": "A for beginners", "B": "B takes weeks", "C": "C hard", "D": "D very hard"}
_MARKS = {"~": "~ our estimate", "*": "* the author is keen on it", "?": "? nobody rated it"}


def clean(text: str) -> str:
    """The text on one line, with nothing in it that steers a terminal or turns text around."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text
    )


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # 2 ms that hardly a listing needs

    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def cut(text: str, columns: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if width(text) <= columns:
        return text
    end = len(text)
    while end and width(text[:end]) >= columns:
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def wrapped(text: str, columns: int, first: str = "", rest: str | None = None) -> str:
    """The text broken at spaces; the first line begins with `first`, the others with `rest`.

    A word that is longer than a line (an address) stays whole, so that it can be clicked.
    """
    lines, line = [], first
    indent = first if rest is None else rest
    for word in clean(text).split():
        longer = line + word if line in (first, indent) else f"{line} {word}"
        if width(longer) > columns and line not in (first, indent):
            lines.append(line)
            longer = indent + word
        line = longer
    return "\n".join([*lines, line])


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    columns: int | None,
    *,
    drop: Sequence[str] = (),
    room: int = 20,
) -> str:
    """Aligned columns for a terminal so many columns wide; for a pipe (None) plain and uncut.

    The last column takes what is left. Columns named in `drop` go, the first named first, while
    that is less than the longest cell and less than `room`.
    """
    lines = [[clean(cell) for cell in row] for row in rows]
    if columns is None:
        return _aligned(lines)
    lines = [list(headings), *lines]
    wanted = min(max(width(line[-1]) for line in lines), room)
    leaving = list(drop)
    while leaving and _left_over(lines, columns) < wanted:
        place = lines[0].index(leaving.pop(0))
        lines = [line[:place] + line[place + 1 :] for line in lines]
    last = max(_left_over(lines, columns), 1)
    head, _, body = _aligned([[*line[:-1], cut(line[-1], last)] for line in lines]).partition("\n")
    return f"{click.style(head, bold=True)}\n{body}"


def problems(
    rows: Sequence[Row], columns: int | None, where: Mapping[int, str] | None = None
) -> str:
    """The table of a listing, `where` saying which field of a problem was found.

    A terminal that is not wide enough for the words gets short ones.
    """
    places = list((where or {}).values())
    # Where every title has what was searched, it need not be said.
    found = where if where and any(place != "title" for place in places) else None
    if columns is None:
        return table(_WORDS, [_in_words(row) for row in rows], None)
    titles = min(max(width(row.title) for row in rows), _ROOM_FOR_TITLES)
    for headings, cells in ((_WORDS, _in_words), (_WORDS[:2] + _WORDS[3:], _in_fewer_words)):
        head = _with(headings, "MATCH", found is not None)
        lines = [
            _with(cells(row), found[row.position] if found else "", bool(found)) for row in rows
        ]
        if _left_over([head, *lines], columns) >= titles:
            return table(head, lines, columns)
    lines = [
        _with(_in_short(row), found[row.position] if found else "", bool(found)) for row in rows
    ]
    head = _with(_SHORT, "MATCH", found is not None)
    return table(head, lines, columns, drop=("RUN", "CODE", "START"), room=26)


def legend(rows: Sequence[Row], where: Mapping[int, str] | None = None) -> str:
    """What the marks of a listing mean: those that it has."""
    marks = "".join(row.rating for row in rows)
    levels = [meaning for letter, meaning in _LEVELS.items() if letter in marks]
    others = [meaning for mark, meaning in _MARKS.items() if mark in marks]
    said = [f"Levels: {', '.join(levels)}" if levels else "", "; ".join(others)]
    said += ["MATCH work: in known work alone"] if "work" in (where or {}).values() else []
    return f"{'; '.join(filter(None, said))}."


def _in_words(row: Row) -> tuple[str, ...]:
    starter = "starter" if row.starter else "-"
    return (row.id, row.rating, row.category, row.compute, row.coding, starter, row.title)


def _in_fewer_words(row: Row) -> tuple[str, ...]:
    cells = _in_words(row)
    return cells[:2] + cells[3:]


def _in_short(row: Row) -> tuple[str, ...]:
    coding = "med" if row.coding == "medium" else row.coding
    compute = "gpu+" if row.compute == "large-gpu" else row.compute
    return (row.id, row.rating, "yes" if row.starter else "-", coding, compute, row.title)


def _with(cells: tuple[str, ...], place: str, wanted: bool) -> tuple[str, ...]:
    return (*cells[:-1], place, cells[-1]) if wanted else cells


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = _widths(lines)
    return "\n".join(
        "  ".join(
            [
                *(
                    cell + " " * (room - width(cell))
                    for cell, room in zip(line, widths, strict=False)
                ),
                line[-1],
            ]
        )
        for line in lines
    )


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    """The width of every column but the last."""
    return [max(map(width, column)) for column in list(zip(*lines, strict=True))[:-1]]


def _left_over(lines: Sequence[Sequence[str]], columns: int) -> int:
    return columns - sum(each + 2 for each in _widths(lines))
