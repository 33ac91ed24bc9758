"""Text for people: tables, the page of a problem, the guide. Returns strings, prints nothing.

Everything that comes out of a list passes through `clean`: lists can be anybody's.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from problembrowser.problem import Category, KnownWork, Problem

ELLIPSIS = "…"
PAGE = 88

_COMPUTE = {
    "cpu": "cpu: a laptop is enough",
    "gpu": "gpu: a Colab T4 is enough",
    "large-gpu": "large-gpu: more than 16 GB of GPU memory",
}
_RATED_BY = {
    "post": "rated in the post",
    "tracker": "from a community tracker, which may have flattened a range or dropped a star",
    "estimate": "our estimate, no source rates it",
}
_STAR = {
    True: "starred: the author is especially keen on it",
    False: "not starred by the author",
    None: "unknown whether the author starred it",
}


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
    return sum(_columns(char) for char in text)


def cut(text: str, columns: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if width(text) <= columns:
        return text
    room = columns - 1
    kept = ""
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        kept += char
    return kept.rstrip() + ELLIPSIS


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
        return "\n".join(_line(line, _widths(lines)) for line in lines)
    lines = [list(headings), *lines]
    wanted = min(max(width(line[-1]) for line in lines), room)
    left = [heading for heading in drop if heading in headings]
    while left and _left_over(lines, columns) < wanted:
        place = lines[0].index(left.pop(0))
        lines = [line[:place] + line[place + 1 :] for line in lines]
    last = max(_left_over(lines, columns), 1)
    widths = _widths(lines)
    head, *body = [_line([*line[:-1], cut(line[-1], last)], widths) for line in lines]
    return "\n".join([click.style(head, bold=True), *body])


def problems(found: Sequence[Problem], columns: int | None) -> str:
    """The table of a listing."""
    return table(
        ("ID", "LEVEL", "CATEGORY", "COMPUTE", "CODING", "STARTER", "TITLE"),
        [
            (
                problem.id,
                problem.rating,
                problem.category,
                problem.compute,
                problem.coding,
                "starter" if problem.starter else "-",
                problem.title,
            )
            for problem in found
        ],
        columns,
        drop=("CATEGORY", "CODING", "COMPUTE", "STARTER"),
        room=60,
    )


def categories(
    found: Sequence[Category], tallies: Mapping[str, tuple[int, int, int]], columns: int | None
) -> str:
    """The table of the categories."""
    return table(
        ("N", "PROBLEMS", "A", "STARTER", "CATEGORY", "TITLE"),
        [
            (
                str(category.number),
                *map(str, tallies.get(category.slug, (0, 0, 0))),
                category.slug,
                category.title,
            )
            for category in found
        ],
        columns,
        drop=("TITLE", "PROBLEMS", "STARTER"),
        room=29,
    )


def page(
    problem: Problem, about: Mapping[str, Any], resources: Sequence[Mapping[str, Any]], columns: int
) -> str:
    """All that is known of a problem, in the order in which somebody decides."""
    return "\n\n".join(
        part
        for part in (
            click.style(_wrapped(f"{problem.id}  {problem.title}", columns), bold=True),
            _wrapped(problem.summary, columns),
            _facts(problem, about, columns),
            _section("Have first", _bullets(problem.needs, columns)),
            _section("First steps", _numbered(problem.first_steps, columns)),
            _section("Pitfalls", _bullets(problem.pitfalls, columns)),
            _section("Known work", _known_work(problem.known_work, about, columns)),
            _section("Read and watch", _resources(resources, columns)),
            _wrapped(about["notice"] + f" (As of {about['as_of']}.)", columns),
        )
        if part
    )


def next_step(problem: Problem) -> str:
    """What to type after reading the page of a problem."""
    if problem.starter:
        return f"To start a project on it: problembrowser new {problem.id}"
    return (
        "It has no starter yet. Nearest that have one: "
        f"problembrowser list --starter -c {problem.category}"
    )


def guide(
    about: Mapping[str, Any],
    found: Sequence[Category],
    resources: Sequence[Mapping[str, Any]],
    columns: int,
) -> str:
    """How to choose for a weekend, then a paragraph for every category."""
    scale = [f"{letter}  {meaning}" for letter, meaning in about["scale"].items()]
    return "\n\n".join(
        (
            _section("Choosing for a weekend", _bullets(about["weekend"], columns)),
            _section("Levels", [_wrapped(line, columns, "  ", "     ") for line in scale]),
            _section(
                "Categories",
                [
                    _wrapped(
                        f"{category.number}  {category.slug}: {category.advice}",
                        columns,
                        "  ",
                        "     ",
                    )
                    for category in found
                ],
            ),
            _section("Read and watch", _resources(resources, columns)),
            _wrapped(about["notice"] + f" (As of {about['as_of']}.)", columns),
        )
    )


def guide_to(category: Category, resources: Sequence[Mapping[str, Any]], columns: int) -> str:
    """What one category is, how it suits a weekend, and what to read for it."""
    return "\n\n".join(
        part
        for part in (
            click.style(_wrapped(f"{category.number}  {category.title}", columns), bold=True),
            _wrapped(category.summary, columns),
            _section("For a weekend", [_wrapped(category.advice, columns, "  ")]),
            _section("Read and watch", _resources(resources, columns)),
            _section("The post", [f"  {clean(category.url)}"] if category.url else []),
        )
        if part
    )


def suggestion(problem: Problem, reasons: Iterable[str], columns: int) -> str:
    """A suggested problem, and why."""
    return "\n".join(
        (
            click.style(_wrapped(f"{problem.id}  {problem.title}", columns), bold=True),
            _wrapped(problem.summary, columns, "  "),
            _wrapped(f"Why: {', '.join(reasons)}.", columns, "  "),
        )
    )


def _facts(problem: Problem, about: Mapping[str, Any], columns: int) -> str:
    meaning = "; ".join(
        f"{letter} is {about['scale'][letter]}"
        for letter in dict.fromkeys((problem.difficulty_min, problem.difficulty_max))
        if letter
    )
    section = f", {problem.section}" if problem.section else ""
    known = "no" if problem.starter is None else f"yes, {problem.starter.recipe}"
    facts = {
        "Level": f"{problem.rating}: {_RATED_BY[problem.rated_by]}; {meaning}"
        if problem.difficulty
        else "not rated",
        "Star": _STAR[problem.starred],
        "Compute": _COMPUTE[problem.compute],
        "Coding": problem.coding,
        "Models": ", ".join(problem.models) or "none to download",
        "Starter": known,
        "Category": problem.category + section,
        "Tags": ", ".join(problem.tags),
        "Post": problem.url,
    }
    return "\n".join(
        _wrapped(value, columns, f"{name:<10}", " " * 10) for name, value in facts.items() if value
    )


def _known_work(works: Sequence[KnownWork], about: Mapping[str, Any], columns: int) -> list[str]:
    if not works:
        nothing = f"We know of none as of {about['as_of']}. Search before you start."
        return [_wrapped(nothing, columns, "  ")]
    return [
        "\n".join(
            (
                _wrapped(f"{work.year}  {work.title}", columns, "  ", "        "),
                _wrapped(work.settled, columns, "        "),
                f"        {clean(work.url)}",
            )
        )
        for work in sorted(works, key=lambda work: (work.year, work.title))
    ]


def _resources(resources: Sequence[Mapping[str, Any]], columns: int) -> list[str]:
    return [
        "\n".join(
            (
                _wrapped(
                    ": ".join(filter(None, (resource["name"], resource.get("what", "")))),
                    columns,
                    "  - ",
                    "    ",
                ),
                f"    {clean(resource['url'])}",
            )
        )
        for resource in resources
    ]


def _section(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([click.style(heading, bold=True), *lines]) if lines else ""


def _bullets(texts: Iterable[str], columns: int) -> list[str]:
    return [_wrapped(text, columns, "  - ", "    ") for text in texts]


def _numbered(texts: Iterable[str], columns: int) -> list[str]:
    return [_wrapped(text, columns, f"  {n}. ", "     ") for n, text in enumerate(texts, start=1)]


def _wrapped(text: str, columns: int, first: str = "", rest: str | None = None) -> str:
    """The text broken at spaces by display width; a word that is too long (an address) stays whole."""
    lines = [first]
    rest = first if rest is None else rest
    started = False
    for word in clean(text).split():
        if started and width(lines[-1]) + 1 + width(word) > columns:
            lines.append(rest)
            started = False
        lines[-1] += f" {word}" if started else word
        started = True
    return "\n".join(lines)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(width, column)) for column in zip(*lines, strict=True)]


def _left_over(lines: Sequence[Sequence[str]], columns: int) -> int:
    return columns - sum(each + 2 for each in _widths(lines)[:-1])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (room - width(cell)) for cell, room in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
