"""Text for a terminal or a pipe: cleaned, measured, cut, wrapped, set in tables. Prints nothing.

Everything that comes out of a list passes through `clean`: lists can be anybody's.
"""

from collections.abc import Sequence

import click

from problembrowser.index.index import Row

ELLIPSIS = "…"


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


def problems(rows: Sequence[Row], columns: int | None) -> str:
    """The table of a listing."""
    return table(
        ("ID", "LEVEL", "CATEGORY", "COMPUTE", "CODING", "STARTER", "TITLE"),
        [
            (
                row.id,
                row.rating,
                row.category,
                row.compute,
                row.coding,
                "starter" if row.starter else "-",
                row.title,
            )
            for row in rows
        ],
        columns,
        drop=("CATEGORY", "CODING", "COMPUTE", "STARTER"),
        room=60,
    )


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
