"""How verbs speak: stdout is data, stderr is talk."""

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from problembrowser.pages.render import clean

if TYPE_CHECKING:
    from problembrowser.catalogue.problem import Problem

_WIDEST_PAGE = 88
_PIPED_PAGE = 80


def data(text: str) -> None:
    """Print to stdout, in bold where a terminal shows it and NO_COLOR does not forbid it."""
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def talk(text: str) -> None:
    """Print a line to stderr."""
    click.echo(clean(text), err=True)


def json_of(problems: "Iterable[Problem]") -> None:
    """Print problems as a JSON list of objects."""
    json_list(problem.as_dict() for problem in problems)


def json_list(objects: Iterable[dict[str, Any]]) -> None:
    """Print a JSON list of objects."""
    import json

    data(json.dumps(list(objects), indent=2, default=str))


def table_width() -> int | None:
    """The columns of the terminal, or None where a program reads."""
    return _terminal() if sys.stdout.isatty() else None


def page_width() -> int:
    """The columns for running text: easy to read, and no wider than the terminal."""
    return min(_terminal(), _WIDEST_PAGE) if sys.stdout.isatty() else _PIPED_PAGE


def _terminal() -> int:
    import shutil

    return shutil.get_terminal_size().columns
