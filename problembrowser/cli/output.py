"""How verbs speak: stdout is data, stderr is talk."""

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from problembrowser.errors import ProblemBrowserError
from problembrowser.pages.render import clean, width, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from problembrowser.catalogue.problem import Problem

_WIDEST_PAGE = 88
_PIPED_PAGE = 80


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
    import shutil

    return shutil.get_terminal_size().columns
