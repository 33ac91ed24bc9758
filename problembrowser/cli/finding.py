"""The verbs that list: `list` and `search`."""

from collections.abc import Sequence

import click

from problembrowser.cli import output
from problembrowser.cli.options import as_json, filtered, say_what_to_loosen
from problembrowser.index import index
from problembrowser.index.index import Filter, Index, Row
from problembrowser.index.words import words as words_of
from problembrowser.pages import render

_MOST = 2**62  # that a query can be told to find
_MOST_WORDS = 50  # each takes 5 ms


@click.command("list")
@filtered
@click.option("--sort", type=click.Choice([*index.SORTS]), default="difficulty", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@as_json
def list_command(wanted: Filter, sort: str, limit: int | None, as_json: bool) -> None:
    """List the problems, the easiest first.

    A ~ before the level marks our own estimate; a * after it marks what the
    author of the list is especially keen on.

    \b
    Examples:
      problembrowser list -d A
      problembrowser list -d A-B -c circuits --compute cpu
      problembrowser list --max-difficulty B --starred --no-known-work
      problembrowser list --json | jq '.[].title'
    """
    known = index.connect()
    rows = known.find(wanted, sort=sort, limit=_one_more(limit))
    _print(known, rows, limit, as_json)
    if not rows:
        say_what_to_loosen(known, wanted)


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@filtered
@click.option("--sort", type=click.Choice([*index.SORTS]), help="Instead of the best match first.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", default=20, show_default=True)
@as_json
def search_command(
    words: Sequence[str], wanted: Filter, sort: str | None, limit: int, as_json: bool
) -> None:
    """Find problems by their words, the best match first.

    Finds other forms of a word (train, trained), words that begin with it, and
    British or American spellings.

    \b
    Examples:
      problembrowser search induction heads
      problembrowser search grokking --max-difficulty B
      problembrowser search '"logit lens"' --json
    """
    text = " ".join(words)
    if not words_of(text):
        raise click.UsageError("Type at least one word to search for.")
    if len(words_of(text)) > _MOST_WORDS:
        raise click.UsageError(f"Type at most {_MOST_WORDS} words to search for.")
    known = index.connect()
    rows = known.find(wanted, text, sort=sort or "", limit=_one_more(limit))
    _print(known, rows, limit, as_json)
    if not rows:
        _say_what_else_to_search(known, wanted, text)


def _one_more(limit: int | None) -> int:
    """What to ask for so as to see whether there are more."""
    return -1 if limit is None else min(limit, _MOST) + 1


def _print(known: Index, rows: Sequence[Row], limit: int | None, as_json: bool) -> None:
    shown = rows[:limit]
    if as_json:
        output.json_of(known.problems(shown))
    elif shown:
        output.data(render.problems(shown, output.table_width()))
        _say_how_many(shown, more=len(rows) > len(shown))
        if any(":" not in row.id for row in shown):  # it is about the bundled list
            output.talk(f"{known.notice()}.")


def _say_how_many(shown: Sequence[Row], more: bool) -> None:
    number = "1 problem" if len(shown) == 1 else f"{len(shown)} problems"
    starters = sum(row.starter for row in shown)
    output.talk(
        (f"{number}, and there are more (--limit)" if more else number)
        + (f", {starters} with a starter (--starter)" if 0 < starters < len(shown) else "")
        + f". Read one: problembrowser show {shown[0].id}"
    )


def _say_what_else_to_search(known: Index, wanted: Filter, text: str) -> None:
    if known.count(text=text):
        say_what_to_loosen(known, wanted, text)
    elif other := known.corrected(text):
        output.talk(f"Nothing has {text!r}. Did you mean: problembrowser search {other}")
    elif unknown := known.unknown_words(text):
        output.talk(
            f"Nothing has {' or '.join(map(repr, unknown))}. Try: problembrowser categories"
        )
    else:
        output.talk(f"No problem has all the words of {text!r}. Leave one out.")
