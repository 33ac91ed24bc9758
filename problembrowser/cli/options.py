"""Options and arguments that several verbs share, and how the shell completes them."""

import functools
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

from problembrowser import index
from problembrowser.errors import ProblemBrowserError
from problembrowser.index import Filter
from problembrowser.problem import CODING, COMPUTE, LETTERS

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
}

Command = Callable[..., Any]


def complete_id(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids that begin so, with their titles."""
    try:
        found = index.connect().beginning_with(incomplete)
    except ProblemBrowserError:
        return []
    return [CompletionItem(problem_id, help=title) for problem_id, title in found]


def complete_category(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The categories whose slug begins so, with their titles."""
    try:
        found = index.connect().categories()
    except ProblemBrowserError:
        return []
    return [
        CompletionItem(category.slug, help=category.title)
        for category in found
        if category.slug.startswith(incomplete.lower())
    ]


def filtered(command: Command) -> Command:
    """Gives a command the options of Filter, as one argument `wanted`."""

    @functools.wraps(command)
    def with_filter(**values: Any) -> Any:
        fields = {name: values.pop(name) for name in FILTERS}
        return command(wanted=Filter(**fields), **values)

    for option in reversed(_OPTIONS):
        with_filter = option(with_filter)
    return with_filter


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
        default="",
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
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="Repeat for all of several."),
    click.option("--starred", is_flag=True, help="Only what the author is keenest on."),
    click.option("--no-known-work", is_flag=True, help="Only where we know of no published work."),
    click.option("--starter", is_flag=True, help="Only where `new` has a starter project."),
)
