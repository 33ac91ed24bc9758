"""The verbs that list: `list` and `search`."""

from collections.abc import Mapping, Sequence

import click

from problembrowser.cli import output
from problembrowser.cli.options import (
    Listing,
    as_data,
    filtered,
    paged,
    say_what_to_loosen,
)
from problembrowser.index import index
from problembrowser.index.index import EVERYTHING, Filter, Found, Index, Row
from problembrowser.index.words import words as words_of
from problembrowser.pages import render

_MOST = 2**62  # that a query can be told to find
_MOST_WORDS = 50  # each takes 5 ms


@click.command("list", cls=Listing)
@filtered
@click.option("--sort", type=click.Choice([*index.SORTS]), default="difficulty", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@as_data
@paged
def list_command(wanted: Filter, sort: str, limit: int | None, as_data: output.Data | None) -> None:
    """List the problems, the easiest first.

    A ~ before the level marks our own estimate; a * after it marks what the
    author of the list is especially keen on.

    \b
    Examples:
      problembrowser list -d A
      problembrowser list -d A-B -c circuits --compute cpu
      problembrowser list --max-difficulty B --starred --no-known-work
      problembrowser list --json title,tags | jq '.[0]'
      problembrowser list -c superposition --csv > superposition.csv
    """
    known = index.connect()
    rows = known.find(wanted, sort=sort, limit=-1 if limit is None else min(limit, _MOST))
    total = len(rows) if limit is None or len(rows) < limit else known.count(wanted)
    _print(known, rows, total, as_data)
    if not rows:
        say_what_to_loosen(known, wanted)


@click.command("search", cls=Listing)
@click.argument("words", nargs=-1, required=True)
@filtered
@click.option("--sort", type=click.Choice([*index.SORTS]), help="Instead of the best match first.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", default=20, show_default=True)
@as_data
@paged
def search_command(
    words: Sequence[str], wanted: Filter, sort: str | None, limit: int, as_data: output.Data | None
) -> None:
    """Find problems by their words, the best match first.

    Finds other forms of a word (train, trained), words that begin with it,
    British or American spellings, and other names of a thing (SAE, sparse
    autoencoder). What is in a title or a tag comes before what is in a known
    work. Words such as "easy" or "no gpu" mean a filter, and it says which.
    Words in double quotes must stand together.

    \b
    Examples:
      problembrowser search induction heads
      problembrowser search grokking --max-difficulty B
      problembrowser search easy no gpu
      problembrowser search '"logit lens"' --json id,title
    """
    text = " ".join(words)
    if not words_of(text):
        raise click.UsageError("Type at least one word to search for.")
    if len(words_of(text)) > _MOST_WORDS:
        raise click.UsageError(f"Type at most {_MOST_WORDS} words to search for.")
    known = index.connect()
    found = known.search(wanted, text, sort=sort or "", limit=min(limit, _MOST))
    _print(known, found.rows, found.total, as_data, found.where)
    if not found.rows:
        _say_what_else_to_search(known, wanted, text)
    elif not as_data:
        _say_how_it_was_read(known, wanted, text, found)


def _print(
    known: Index,
    rows: Sequence[Row],
    total: int,
    as_data: output.Data | None,
    where: Mapping[int, str] | None = None,
) -> None:
    if as_data:
        output.data_of(known.problems(rows), as_data)
    elif rows:
        columns = output.table_width()
        output.page(render.problems(rows, columns, where))
        _say_how_many(rows, total)
        if legend := render.legend(rows, where) if columns else "":
            output.talk(legend)
        if any(":" not in row.id for row in rows):  # it is about the bundled list
            output.talk(f"{known.notice()}.")


def _say_how_many(rows: Sequence[Row], total: int) -> None:
    number = "1 problem" if total == 1 else f"{total} problems"
    starters = sum(row.starter for row in rows)
    output.talk(
        (number if len(rows) == total else f"{len(rows)} of {number} (--limit)")
        + (f", {starters} with a starter (--starter)" if 0 < starters < len(rows) else "")
        + f". Read one: problembrowser show {rows[0].id}"
    )


def _say_how_it_was_read(known: Index, wanted: Filter, text: str, found: Found) -> None:
    filters, others = known.flags(text)
    if filters and others:
        output.talk(f"Some words mean a filter: {filters}.")
    elif filters:
        output.talk(f"The same as: problembrowser list {filters}")
    if not found.all_words:
        _say_what_is_missing(known, text)
    if wanted == EVERYTHING:
        _say_what_waits(known, text)


def _say_what_is_missing(known: Index, text: str) -> None:
    if other := known.corrected(text):
        output.talk(f"Did you mean: problembrowser search {other}")
    elif unknown := known.unknown_words(text):
        output.talk(f"No problem has {' or '.join(map(repr, unknown))}: found by the other words.")
    else:
        output.talk("No problem has all of these words; these have most of them.")


def _say_what_waits(known: Index, text: str) -> bool:
    """Whether a list that comes along but was not added has something, which is then said."""
    waiting = known.waiting(text)
    if waiting:
        name, title = waiting[0]
        number = sum(one == name for one, _ in waiting)
        output.talk(
            f"A second list has {number} more, such as: {title} "
            f"To add it: problembrowser source add {name}"
        )
    return bool(waiting)


def _say_what_else_to_search(known: Index, wanted: Filter, text: str) -> None:
    if known.count(text=text):
        say_what_to_loosen(known, wanted, text)
    elif _say_what_waits(known, text):
        return
    elif other := known.corrected(text):
        output.talk(f"Nothing has {text!r}. Did you mean: problembrowser search {other}")
    elif '"' in text:
        output.talk("No problem has these words side by side. Leave out the quotation marks.")
    else:
        unknown = " or ".join(map(repr, known.unknown_words(text)))
        output.talk(f"Nothing has {unknown}. Try: problembrowser categories")
