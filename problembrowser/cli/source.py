"""The verb `source`: lists of one's own."""

import shlex
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import click

from problembrowser.cli import output
from problembrowser.cli.options import (
    DEFAULT_LIST,
    as_json,
    complete_id,
    complete_list,
    find_problem,
    not_empty,
)
from problembrowser.errors import InvalidList, Redirected
from problembrowser.index import index
from problembrowser.text import without_password

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


_Result = TypeVar("_Result")

_allow_host = click.option(
    *("--allow-host", "hosts"),
    multiple=True,
    callback=lambda ctx, param, values: tuple(not_empty(ctx, param, each) for each in values),
    metavar="HOST",
    help="Follow redirects to this host, too. Repeatable.",
)


def _complete_where(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The lists that come along whose names begin so, and files."""
    from click.shell_completion import CompletionItem

    from problembrowser.lists import sources

    names = [name for name in sources.bundled() if name.startswith(incomplete)]
    # The file first: bash forgets what stands before one.
    return [
        CompletionItem(incomplete, type="file"),
        *(CompletionItem(name, help="comes along") for name in names),
    ]


@click.group("source")
def source_command() -> None:
    """Lists of problems beside the bundled one: yours, or one that comes along.

    A list is a TOML, CSV or JSON file, or the address of one. Its problems get
    its name before their id, and every other verb works on them.

    \b
    Examples:
      problembrowser source add open-problems-2025
      problembrowser source example > my-list.toml
      problembrowser source check my-list.toml
      problembrowser source add my-list.toml
      problembrowser show my-list:1
    """


@source_command.command("add")
@click.argument(
    "where", callback=not_empty, metavar="FILE|URL|NAME", shell_complete=_complete_where
)
@click.option(
    "--name", callback=not_empty, help="What to call it, instead of what it calls itself."
)
@_allow_host
def add_command(where: str, name: str | None, hosts: tuple[str, ...]) -> None:
    """Add a list, or bring the copy of one up to date.

    Keeps a copy and prints the list's name. Later changes of the original
    count when you add it again.

    \b
    Examples:
      problembrowser source add open-problems-2025
      problembrowser source add my-list.toml
      problembrowser source add https://example.org/list.csv --name example
    """
    from problembrowser.lists import sources

    again = f"problembrowser source add {shlex.quote(without_password(where))}"
    again += f" --name {name}" if name else ""
    added, allowed = _following(lambda more: sources.add(where, name or "", more), hosts, again)
    one, changes = added.found, added.changes
    output.data(one.name)
    output.talk(f"{one.title}: {_number(len(one.problems), 'problem')} from {one.origin}")
    if changes is not None:
        said = [f"{len(ids)} {word} ({_few(ids)})" for word, ids in changes.items() if ids]
        output.talk(f"Since you added it last: {', '.join(said) or 'nothing changed'}.")
    output.talk(f"See them: problembrowser list --source {one.name}")
    output.talk(f"After a change of the original: {again}{_options(allowed)}")


@source_command.command("list")
@as_json
def list_command(as_json: bool) -> None:
    """List the lists that were added.

    \b
    Examples:
      problembrowser source list
      problembrowser source list --json
    """
    from problembrowser.lists import sources
    from problembrowser.pages.render import table

    stored = sources.stored()
    if as_json:
        output.json_list(one.as_dict() for one in stored.lists)
    elif stored.lists:
        rows = [
            (one.name, str(len(one.problems)), one.added, one.origin, one.title)
            for one in stored.lists
        ]
        headings = ("NAME", "PROBLEMS", "ADDED", "FROM", "TITLE")
        drop = ("FROM", "ADDED", "PROBLEMS")
        output.data(table(headings, rows, output.table_width(), drop=drop))
    for name in stored.damaged:
        output.talk(f"{name}: the copy is damaged. Add it again, or: source remove {name}")
    left = sorted({*sources.bundled()} - {one.name for one in stored.lists})
    if left and not as_json:
        output.talk(f"Comes along: problembrowser source add {' or '.join(left)}")


@source_command.command("remove")
@click.argument("name", shell_complete=complete_list)
def remove_command(name: str) -> None:
    """Forget a list; its original and your projects stay.

    \b
    Example:
      problembrowser source remove my-list
    """
    from problembrowser.lists import sources

    sources.remove(name)
    output.talk(f"Removed {name}.")


@source_command.command("check")
@click.argument("where", callback=not_empty, metavar="FILE|URL", shell_complete=_complete_where)
@_allow_host
@click.pass_context
def check_command(ctx: click.Context, where: str, hosts: tuple[str, ...]) -> None:
    """Check a list before you add it.

    Prints one line for each fault: line, problem, field, what is wrong. Exits
    with 1 when there is any.

    \b
    Example:
      problembrowser source check my-list.toml
    """
    from problembrowser.lists import sources
    from problembrowser.pages.render import clean

    try:
        again = f"problembrowser source check {shlex.quote(without_password(where))}"
        found, _ = _following(lambda more: sources.check(where, more), hosts, again)
    except InvalidList as error:
        shown = without_password(where)
        output.data("\n".join(clean(f"{shown}: {fault}") for fault in error.faults))
        ctx.exit(1)
    output.talk(f"No faults in {_number(len(found.problems), 'problem')} of the list {found.name}.")
    bare = sum(problem.starter is None for problem in found.problems)
    if bare:
        output.talk(f"{_number(bare, 'problem')} without a starter.")


@source_command.command("new")
@click.argument("name")
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=complete_id)
@click.option("--title", callback=not_empty, help="What the list is called; NAME otherwise.")
@click.option("--force", is_flag=True, help="Write over a file of that name.")
def new_command(name: str, ids: tuple[str, ...], title: str | None, force: bool) -> None:
    """Write a list to edit, out of problems that are known here.

    Writes NAME.toml and prints its path. Every problem has a place for notes to
    your participants, which `show` prints.

    \b
    Examples:
      problembrowser source new our-event 3.5 3.16 9.20
      problembrowser source add our-event.toml
      PROBLEMBROWSER_LIST=our-event problembrowser list
    """
    from pathlib import Path

    from problembrowser.errors import SourceError
    from problembrowser.lists import curated, own

    if fault := own.fault_of_name(name):
        raise SourceError(f"{fault}.")
    known = index.connect()
    found = {one.id: one for one in (find_problem(known, text) for text in ids)}
    path = Path(f"{name}.toml")
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(curated.toml(name, title or name, [*found.values()]))
    except FileExistsError as error:
        raise SourceError(f"{path} exists already.", "Use --force to write over it.") from error
    except OSError as error:
        raise SourceError(f"Cannot write {path}: {error.strerror}.") from error
    output.path(path.absolute())
    output.talk(f"Edit it, then: problembrowser source add {path}")
    output.talk(f"So that your participants see it first: export {DEFAULT_LIST}={name}")


@source_command.command("example")
@click.option(
    *("--format", "kind"),
    type=click.Choice(("toml", "csv", "json")),
    default="toml",
    show_default=True,
    help="TOML has comments and is best to write by hand.",
)
def example_command(kind: str) -> None:
    """Print a small list to start from.

    \b
    Examples:
      problembrowser source example > my-list.toml
      problembrowser source example --format csv > my-list.csv
    """
    from problembrowser.lists import sources

    output.data(sources.example(kind).rstrip("\n"))


def _following(
    work: Callable[[tuple[str, ...]], _Result], hosts: tuple[str, ...], command: str
) -> tuple[_Result, tuple[str, ...]]:
    """What work with hosts returns, and those hosts: the user is asked about others, or told."""
    while True:
        try:
            return work(hosts), hosts
        except Redirected as error:
            more = (*hosts, error.host)
            if not _may_ask() or not click.confirm(
                f"The list has moved to {error.host}. Read it from there?", err=True
            ):
                hint = f"If you trust it: {command}{_options(more)}"
                raise Redirected(error.message, hint, error.host) from error
            hosts = more


def _may_ask() -> bool:
    # Not stdout: a script may keep the list's name.
    return all(one is not None and one.isatty() for one in (sys.stdin, sys.stderr))


def _options(hosts: Iterable[str]) -> str:
    return "".join(f" --allow-host {shlex.quote(host)}" for host in hosts)


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _few(ids: Iterable[str]) -> str:
    shown = list(ids)
    return ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "")
