"""Options and arguments that several verbs share, and how the shell completes them."""

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from problembrowser.catalogue.scales import CODING, COMPUTE, LETTERS
from problembrowser.cli import output
from problembrowser.errors import ProblemBrowserError
from problembrowser.index import index
from problembrowser.index.index import Filter, Index

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

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


def say_what_to_loosen(known: Index, wanted: Filter, text: str = "") -> None:
    """Say of each filter that was set how many problems there would be without it."""
    defaults = Filter._field_defaults
    without = {
        option: known.count(wanted._replace(**{field: defaults[field]}), text)
        for field, option in FILTERS.items()
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
        shell_complete=complete_list,
        help="Only a list that you added.",
    ),
)
