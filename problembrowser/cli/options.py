"""Options and arguments that several verbs share, and how the shell completes them."""

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from problembrowser.catalogue.scales import CODING, COMPUTE, LETTERS
from problembrowser.cli import output
from problembrowser.errors import NotFound, ProblemBrowserError
from problembrowser.index import index
from problembrowser.index.index import Filter, Index

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from problembrowser.catalogue.problem import Problem

# field of Filter -> the option that sets it
FILTERS = {
    "categories": "--category",
    "difficulties": "--difficulty",
    "max_difficulty": "--max-difficulty",
    "compute": "--compute",
    "coding": "--coding",
    "tags": "--tag",
    "starred": "--starred",
    "no_known_work": "--no-known-work",
    "starter": "--starter",
    "source": "--source",
}

DEFAULT_LIST = "PROBLEMBROWSER_LIST"  # an organiser's: participants then need no --source

Command = Callable[..., Any]


def not_empty(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The text of an option: `--name "$UNSET"` is an oversight, not a wish for the default."""
    if value is not None and not value.strip():
        raise click.BadParameter("It is empty.", ctx, param)
    return value


def complete_id(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The ids that begin so, with their titles."""
    return _items(lambda known: known.beginning_with(incomplete))


def complete_category(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The categories whose slug begins so, with their titles."""
    return _items(
        lambda known: [
            (category.slug, category.title)
            for category in known.categories()
            if category.slug.startswith(incomplete.lower())
        ]
    )


def complete_tag(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The tags that begin so, the most frequent first, with how many problems have each."""
    return _items(
        lambda known: [
            (tag, f"{number} problem" + "s" * (number != 1))
            for tag, number in known.tags()
            if tag.startswith(incomplete.lower())
        ]
    )


def complete_list(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The lists that were added whose names begin so, with their titles."""
    return _items(
        lambda known: [
            (name, title) for name, title in known.lists().items() if name.startswith(incomplete)
        ]
    )


def _complete_source(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    words = {index.BUNDLED: "the list that comes along", index.EVERY: "every list"}
    return [
        *complete_list(ctx, param, incomplete),
        *(CompletionItem(one, help=words[one]) for one in words if one.startswith(incomplete)),
    ]


def find_problem(known: Index, text: str) -> "Problem":
    """The problem that somebody names: of the event's list, where there is one, before others.

    Raises NotFound. `bundled:3.5` is the one of the bundled list, whatever the event's has.
    """
    name, _, rest = text.strip().partition(":")
    if rest and name == index.BUNDLED:
        return known.get(rest)
    default = os.environ.get(DEFAULT_LIST, "").strip()
    if default and not rest and default not in (index.BUNDLED, index.EVERY):
        with suppress(NotFound):
            return known.get(f"{default}:{name}")
    return known.get(text)


def say_what_to_loosen(
    known: Index, wanted: Filter, text: str = "", names: Mapping[str, str] = FILTERS
) -> None:
    """Say of each filter that was set how many problems there would be without it."""
    defaults = Filter._field_defaults
    without = {
        option: known.count(wanted._replace(**{field: defaults[field]}), text)
        for field, option in names.items()
        if getattr(wanted, field) != defaults[field]
    }
    helpful = [f"{option} ({number})" for option, number in without.items() if number]
    if helpful:
        output.talk(f"No problem fits. Without {' or without '.join(helpful)} there would be some.")
    elif without:
        output.talk(f"No problem fits. Leave out more than one of {', '.join(without)}.")
    else:
        output.talk("There are no problems.")


def filtered(command: Command) -> Command:
    """Gives a command the options of Filter, as one argument `wanted`."""

    @functools.wraps(command)
    def with_filter(**values: Any) -> Any:
        fields = {name: values.pop(name) for name in FILTERS}
        given = {name: value for name, value in fields.items() if value is not None}
        return command(wanted=Filter(**given), **values)

    for option in reversed(_OPTIONS):
        with_filter = option(with_filter)
    return with_filter


def _items(find: Callable[[Index], Iterable[tuple[str, str]]]) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    try:
        return [CompletionItem(value, help=title) for value, title in find(index.connect())]
    except ProblemBrowserError:  # a shell has no place to show it
        return []


class Listing(click.Command):
    """A command whose `--json` and `--csv` may be followed by the fields that are wanted."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Makes `--json title,tags` one argument, and `--json` alone one with an empty value."""
        takes_words = any(isinstance(one, click.Argument) for one in self.params)
        return super().parse_args(ctx, list(_joined(args, takes_words)))


def as_data(command: Command) -> Command:
    """Gives a command `--json` and `--csv` as one argument `as_data`, None for people."""

    @functools.wraps(command)
    def with_data(**values: Any) -> Any:
        given = {kind: values.pop(f"{kind}_fields") for kind in ("json", "csv")}
        wanted = [(kind, text) for kind, text in given.items() if text is not None]
        if len(wanted) > 1:
            raise click.UsageError("Give either --json or --csv.")
        return command(as_data=output.Data(*wanted[0]) if wanted else None, **values)

    for kind, what in (("csv", "CSV, in the columns of a list."), ("json", "a JSON list.")):
        with_data = click.option(
            f"--{kind}",
            f"{kind}_fields",
            metavar="[FIELD,...]",
            callback=_fields,
            help=f"Print {what}",
        )(with_data)
    return with_data


def _joined(args: Sequence[str], takes_words: bool) -> Iterator[str]:
    waiting = ""
    for n, arg in enumerate(args):
        if waiting:
            fits = not arg.startswith("-") and (not takes_words or _are_fields(arg))
            yield f"{waiting}={arg if fits else ''}"
            waiting = ""
            if fits:
                continue
        if arg == "--":
            yield from args[n:]
            return
        if arg in ("--json", "--csv"):
            waiting = arg
        else:
            yield arg
    if waiting:
        yield f"{waiting}="


def _are_fields(text: str) -> bool:
    """Whether a word that could be one to search for, or an id, is a list of fields."""
    names = text.split(",")
    return all(name in _every_field() for name in names) or (
        len(names) > 1 and any(name in _every_field() for name in names)
    )


def _every_field() -> tuple[str, ...]:
    from dataclasses import fields

    from problembrowser.catalogue.problem import Problem

    names = [field.name for field in fields(Problem)]
    return (*names, "difficulty_min", "difficulty_max")


def _fields(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    for name in names:
        if name not in _every_field():
            every = ", ".join(_every_field())
            raise click.BadParameter(f"There is no field {name!r}. Fields: {every}.", ctx, param)
    return names


def _no_pager(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        output.use_no_pager()


paged = click.option(
    "--no-pager",
    is_flag=True,
    expose_value=False,
    callback=_no_pager,
    help="Print at once what is longer than the terminal.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")

_OPTIONS = (
    click.option(
        *("-c", "--category", "categories"),
        multiple=True,
        metavar="CATEGORY",
        shell_complete=complete_category,
        help="Slug, number or unique beginning; repeatable.",
    ),
    click.option(
        *("-d", "--difficulty", "difficulties"),
        multiple=True,
        metavar="A-D",
        shell_complete=lambda ctx, param, incomplete: list(LETTERS),
        help="Letter or range; B also finds A-C and B-C. Repeatable.",
    ),
    click.option(
        "--max-difficulty",
        callback=not_empty,
        metavar="A-D",
        shell_complete=lambda ctx, param, incomplete: list(LETTERS),
        help="Only what never exceeds this letter.",
    ),
    click.option(
        "--compute", multiple=True, type=click.Choice(COMPUTE), help="What it runs on; repeatable."
    ),
    click.option(
        "--coding", multiple=True, type=click.Choice(CODING), help="How much code; repeatable."
    ),
    click.option(
        *("--tag", "tags"),
        multiple=True,
        metavar="TAG",
        shell_complete=complete_tag,
        help="Repeat for all of several.",
    ),
    click.option("--starred", is_flag=True, help="Only what the author is keenest on."),
    click.option("--no-known-work", is_flag=True, help="Only where we know of no published work."),
    click.option("--starter", is_flag=True, help="Only where `new` has a starter project."),
    click.option(
        "--source",
        callback=not_empty,
        metavar="NAME",
        envvar=DEFAULT_LIST,
        show_envvar=True,
        shell_complete=_complete_source,
        help="Only a list that you added, or: bundled, all.",
    ),
)
