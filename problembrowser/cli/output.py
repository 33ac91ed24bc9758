"""How verbs speak: stdout is data, stderr is talk."""

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from problembrowser.errors import ProblemBrowserError
from problembrowser.pages.render import clean, width, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from problembrowser.catalogue.problem import Problem

_WIDEST_PAGE = 88
_PIPED_PAGE = 80
_TALK = 4  # lines that follow a table


class Data(NamedTuple):
    """What a program is to read instead of a table: `json` or `csv`, with these fields."""

    kind: str
    fields: tuple[str, ...]


def data(text: str | bytes) -> None:
    """Print to stdout, in bold where a terminal shows it and NO_COLOR does not forbid it.

    Raises ProblemBrowserError where it cannot be written.
    """
    if sys.stdout is None:
        raise ProblemBrowserError("Cannot write the output: stdout is closed.")
    try:
        click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
    except OSError as error:
        if error.errno == errno.EPIPE:  # a reader that left, which click ends the program for
            raise
        raise ProblemBrowserError(f"Cannot write the output: {error.strerror}.") from error


def page(text: str) -> None:
    """Print to stdout, through a pager where a terminal shows fewer lines than that.

    PROBLEMBROWSER_PAGER, else PAGER, names it; an empty one means none.
    """
    if not is_terminal() or text.count("\n") + _TALK < _size().lines or not _pager():
        data(text)
        return
    os.environ["PAGER"] = _pager()
    os.environ.setdefault("LESS", "-FRX")  # colours, and the page stays when it is left
    click.echo_via_pager(text, color=False if os.environ.get("NO_COLOR") else None)


def use_no_pager() -> None:
    """Let `page` print like `data`: what was typed on the command line."""
    os.environ["PROBLEMBROWSER_PAGER"] = ""


def _pager() -> str:
    """The pager's command, "" for none."""
    import shutil

    usual = "less" if shutil.which("less") else "more"
    named = os.environ.get("PROBLEMBROWSER_PAGER", os.environ.get("PAGER", usual)).strip()
    return "" if named == "cat" or os.environ.get("TERM") in (None, "dumb") else named


def path(path: "Path") -> None:
    """Print a path to stdout, with just the bytes that name it: `cd "$(...)"` must find it."""
    exact = os.name != "nt" and not is_terminal()
    data(os.fsencode(path) if exact else clean(str(path)))


def talk(text: str) -> None:
    """Print a line to stderr, broken between words where a terminal is too narrow for it.

    What cannot be said there is not worth failing for.
    """
    text = clean(text)
    if sys.stderr is not None and sys.stderr.isatty() and width(text) > _columns():
        indent = text[: len(text) - len(text.lstrip())]
        text = wrapped(text, _columns(), indent)
    with suppress(OSError):
        click.echo(text, err=True)


def json_of(problems: "Iterable[Problem]") -> None:
    """Print problems as a JSON list of objects."""
    json_list(problem.as_dict() for problem in problems)


def data_of(problems: "Iterable[Problem]", wanted: Data) -> None:
    """Print the wanted fields of problems, or all of them, as JSON or CSV."""
    every = [problem.as_dict() for problem in problems]
    if wanted.kind == "csv":
        from problembrowser.pages import sheet

        fields = wanted.fields or sheet.COLUMNS
        data(sheet.sheet(every, fields))
    elif wanted.fields:
        json_list({field: one[field] for field in wanted.fields} for one in every)
    else:
        json_list(every)


def json_list(objects: Iterable[dict[str, Any]]) -> None:
    """Print a JSON list of objects."""
    import json

    data(json.dumps(list(objects), indent=2, default=str))


def table_width() -> int | None:
    """The columns of the terminal, or None where a program reads."""
    return _columns() if is_terminal() else None


def page_width() -> int:
    """The columns for running text: easy to read, and no wider than the terminal."""
    return min(_columns(), _WIDEST_PAGE) if is_terminal() else _PIPED_PAGE


def is_terminal() -> bool:
    """Whether somebody reads stdout as it is written."""
    return sys.stdout is not None and sys.stdout.isatty()


def _columns() -> int:
    return _size().columns


def _size() -> os.terminal_size:
    import shutil

    return shutil.get_terminal_size()
