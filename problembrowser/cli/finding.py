"""The verbs that find a problem. stdout is data, stderr is talk."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import click

from problembrowser import index, render
from problembrowser.cli.options import (
    FILTERS,
    as_json,
    complete_category,
    complete_id,
    filtered,
)
from problembrowser.errors import InvalidList
from problembrowser.index import Filter, Index
from problembrowser.problem import Problem

_WEEKEND = "B"


@click.command("list")
@filtered
@click.option("--sort", type=click.Choice(index.SORTS), default="difficulty", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@as_json
def list_command(wanted: Filter, sort: str, limit: int | None, as_json: bool) -> None:
    """List the problems, the easiest first.

    A ~ before the level marks our own estimate, a * what the author is especially keen on.

    \b
    Examples:
      problembrowser list -d A
      problembrowser list -d A-B -c circuits --compute cpu
      problembrowser list --max-difficulty B --starred --no-known-work
      problembrowser list --json | jq '.[].title'
    """
    known = index.connect()
    found = known.problems(wanted, sort=sort, limit=_one_more(limit))
    _print_listing(known, found, limit, as_json)
    if not found:
        _say_what_to_loosen(known.count, wanted)


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@filtered
@click.option("--sort", type=click.Choice(index.SORTS), help="Another order than the best match.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@as_json
def search_command(
    words: Sequence[str], wanted: Filter, sort: str | None, limit: int, as_json: bool
) -> None:
    """Find problems by their words, the best match first.

    Finds other forms of a word (train, trained) and words that begin with it.

    \b
    Examples:
      problembrowser search induction heads
      problembrowser search grokking --max-difficulty B
      problembrowser search '"logit lens"' --json
    """
    known = index.connect()
    text = " ".join(words)
    found = known.search(text, wanted, sort=sort or "", limit=_one_more(limit))
    _print_listing(known, found, limit, as_json)
    if not found:
        _say_what_else_to_search(known, text, wanted)


@click.command("show")
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=complete_id)
@as_json
def show_command(ids: Sequence[str], as_json: bool) -> None:
    """Show all that is known of a problem.

    \b
    Examples:
      problembrowser show 3.5
      problembrowser show 3.5 --json
    """
    known = index.connect()
    found = [known.get(problem_id) for problem_id in ids]
    if as_json:
        _print_json(found)
        return
    for problem in found:
        resources = known.resources(problem.category)
        _print(render.page(problem, known.about(), resources, _page_width()) + "\n")
        _say(render.next_step(problem))


@click.command("suggest")
@filtered
@click.option("--limit", type=click.IntRange(min=1), default=3, show_default=True)
@as_json
def suggest_command(wanted: Filter, limit: int, as_json: bool) -> None:
    """Pick a few problems that suit a weekend.

    The easiest first, those with a starter before others, from different categories, nothing
    beyond B unless you ask for it. The same question gets the same answer.

    \b
    Examples:
      problembrowser suggest
      problembrowser suggest -c learned-features --coding low
    """
    from problembrowser import suggest

    if not (wanted.difficulties or wanted.max_difficulty):
        wanted = replace(wanted, max_difficulty=_WEEKEND)
    known = index.connect()
    found = suggest.picks(known.problems(wanted), limit)
    if as_json:
        _print_json(found)
        return
    for problem in found:
        _print(render.suggestion(problem, suggest.reasons(problem), _page_width()) + "\n")
    if found:
        _say(f"Read more: problembrowser show {found[0].id}")
        _say_how_dated(known)
    else:
        _say_what_to_loosen(known.count, wanted)


@click.command("categories")
@as_json
def categories_command(as_json: bool) -> None:
    """List the categories: how many problems, how many rated A, how many with a starter.

    \b
    Example:
      problembrowser categories
    """
    known = index.connect()
    found, tallies = known.categories(), known.tallies()
    if not as_json:
        _print(render.categories(found, tallies, _table_width()))
        return
    counts = ("problems", "rated_a", "starters")
    _print_objects(
        _public(category) | dict(zip(counts, tallies.get(category.slug, (0, 0, 0)), strict=True))
        for category in found
    )


@click.command("guide")
@click.argument("category", required=False, shell_complete=complete_category)
def guide_command(category: str | None) -> None:
    """How to choose a problem, and what to read first.

    \b
    Examples:
      problembrowser guide
      problembrowser guide superposition
    """
    known = index.connect()
    if category is None:
        text = render.guide(
            known.about(), known.categories(), known.resources(), _page_width()
        )
        _print(text)
        _say("\nMore on one of them: problembrowser guide algorithmic-problems")
        return
    chosen = known.category(category)
    _print(render.guide_to(chosen, known.resources(chosen.slug), _page_width()))
    _say(f"\nIts problems: problembrowser list -c {chosen.slug}")


@click.command("check")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, dir_okay=False))
@click.pass_context
def check_command(ctx: click.Context, files: Sequence[str]) -> None:
    """Check a list of problems for faults (the bundled one unless you name files).

    Prints one line for each fault: file, problem, field, what is wrong.

    \b
    Examples:
      problembrowser check
      problembrowser check my-problems.toml
    """
    from pathlib import Path

    from problembrowser import catalogue

    try:
        found = catalogue.load(map(Path, files) if files else None)
    except InvalidList as error:
        _print("\n".join(map(render.clean, error.faults)))
        ctx.exit(1)
    _say(f"No faults in {len(found.problems)} problems of {len(found.categories)} categories.")


def _print_listing(
    known: Index, found: list[Problem], limit: int | None, as_json: bool
) -> None:
    more = limit is not None and len(found) > limit
    shown = found[:limit]
    if as_json:
        _print_json(shown)
    elif shown:
        _print(render.problems(shown, _table_width()))
        _say_how_many(shown, more)
        _say_how_dated(known)


def _say_how_many(shown: Sequence[Problem], more: bool) -> None:
    starters = sum(problem.starter is not None for problem in shown)
    _say(
        f"{len(shown)} problem{'s' * (len(shown) != 1)}"
        + (", and there are more (--limit)" if more else "")
        + (f", {starters} with a starter (--starter)" if 0 < starters < len(shown) else "")
        + f". To read one: problembrowser show {shown[0].id}"
    )


def _say_how_dated(known: Index) -> None:
    about = known.about()
    _say(f"{about['short']} (As of {about['as_of']}.)")


def _say_what_to_loosen(count: Callable[..., int], wanted: Filter, text: str = "") -> None:
    """Say of each filter how many problems there would be without it."""
    default = Filter()
    used = [each.name for each in fields(wanted) if getattr(wanted, each.name) != getattr(default, each.name)]
    without = {
        FILTERS[name]: count(replace(wanted, **{name: getattr(default, name)}), text)
        for name in used
    }
    helpful = [f"{option} ({number})" for option, number in without.items() if number]
    if helpful:
        _say(f"No problem fits. There would be some without {' or without '.join(helpful)}.")
    elif used:
        _say(f"No problem fits. Leave out more than one of {', '.join(without)}.")
    else:
        _say("There are no problems.")


def _say_what_else_to_search(known: Index, text: str, wanted: Filter) -> None:
    if known.count(text=text):
        _say_what_to_loosen(known.count, wanted, text)
    elif other := known.corrected(text):
        _say(f"Nothing has {text!r}. Did you mean: problembrowser search {other}")
    elif len(text.split()) > 1:
        _say(f"No problem has all the words of {text!r}. Leave one out.")
    else:
        _say(f"Nothing has {text!r}. All there is: problembrowser list")


def _one_more(limit: int | None) -> int:
    """What to ask for so as to know whether there are more."""
    return -1 if limit is None else limit + 1


def _print_json(found: Sequence[Problem]) -> None:
    _print_objects(problem.as_dict() for problem in found)


def _print_objects(objects: Any) -> None:
    _print(json.dumps(list(objects), indent=2, default=str))


def _public(category: Any) -> dict[str, Any]:
    return {each.name: getattr(category, each.name) for each in fields(category)}


def _print(text: str) -> None:
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _say(text: str) -> None:
    click.echo(render.clean(text) if "\n" not in text else text, err=True)


def _table_width() -> int | None:
    """The terminal's columns, or None where a program reads."""
    return _terminal() if sys.stdout.isatty() else None


def _page_width() -> int:
    return min(_terminal(), render.PAGE) if sys.stdout.isatty() else 80


def _terminal() -> int:
    import shutil

    return shutil.get_terminal_size().columns
