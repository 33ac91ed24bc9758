"""The verb `refresh`: brings the list up to date with the posts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from problembrowser.cli import output
from problembrowser.cli.options import not_empty
from problembrowser.errors import FetchError, Unreachable
from problembrowser.pages.render import clean

if TYPE_CHECKING:
    from problembrowser.posts.learned import Change


def _a_number(ctx: click.Context, param: click.Parameter, value: float) -> float:
    # A range lets through what no comparison holds for.
    if math.isnan(value):
        raise click.BadParameter("nan is not a number of seconds.", ctx, param)
    return value


@click.command("refresh")
@click.option(
    "--from",
    "saved",
    multiple=True,
    metavar="FILE...",
    type=click.Path(path_type=Path),
    help="Read pages saved with a browser instead of fetching any.",
)
@click.argument("files", nargs=-1, metavar="", type=click.Path(path_type=Path))
@click.option(
    "--base-url",
    callback=not_empty,
    metavar="URL",
    help="Fetch the posts from this mirror and no other.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1, max=3600),
    callback=_a_number,
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="The most that a page may take.",
)
@click.option("--diff", is_flag=True, help="Print what changes: ratings, wording, new, vanished.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as a JSON list.")
@click.option("--reset", is_flag=True, help="Forget all that was learned.")
@click.pass_context
def refresh_command(
    ctx: click.Context,
    saved: Sequence[Path],
    files: Sequence[Path],
    base_url: str | None,
    timeout: float,
    diff: bool,
    as_json: bool,
    reset: bool,
) -> None:
    """Read the posts anew, and take over their ratings, stars and words.

    Tries several mirrors in turn. What is learned stays on this machine;
    `show` then prints the post's own statement. A page that shows far fewer
    problems than are known, or many new ones, is not believed.

    \b
    Examples:
      problembrowser refresh
      problembrowser refresh --diff
      problembrowser refresh --from "200 COP in MI.html" another-page.html
      problembrowser refresh --base-url https://www.greaterwrong.com
      problembrowser refresh --reset
    """
    from problembrowser.posts import learned

    if files and not saved:
        raise click.UsageError("Files follow --from: problembrowser refresh --from FILE...")
    if saved and base_url:
        raise click.UsageError("Give either --from or --base-url.")
    if reset:
        said = "Back to the bundled list." if learned.forget() else "Nothing was learned yet."
        output.talk(said)
        return
    ctx.exit(_refresh([*saved, *files], base_url, timeout, diff, as_json))


def _refresh(
    files: Sequence[Path], base_url: str | None, timeout: float, diff: bool, as_json: bool
) -> int:
    if not files:  # before the imports: a slow server and a slow disk leave nobody in the dark
        host = _host(base_url or "")
        output.talk(f"Reading the posts{f' from {host}' if host else ''} ...")

    from problembrowser.catalogue import bundled
    from problembrowser.posts import learned, refresh

    ours, known = bundled.load(), learned.load()
    if files:
        reading = refresh.from_files(files, ours)
    else:
        mirrors = [base_url] if base_url else refresh.MIRRORS
        reading = refresh.from_web(ours, known, mirrors, timeout)
    read: dict[str, learned.Reading] = {}
    faults: list[FetchError] = []
    for category, result in reading:
        if isinstance(result, FetchError):
            faults.append(result)
            if not isinstance(result, Unreachable):  # the same for every post: said at the end
                output.talk(f"{category.number} {category.slug}: not read. {result.message}")
            continue
        read[category.slug] = result
        where = result.url if files else urlsplit(result.url).netloc
        count = len(result.problems)
        output.talk(f"{category.number} {category.slug}: {count} problems from {where}")
    if not read:
        raise FetchError(f"No post could be read: {faults[0].message}", faults[0].hint)
    learned.save(read)
    before = learned.apply(ours, known)
    after = learned.apply(ours, {**known, **read})
    _say(list(learned.changes(before, after, read)), diff, as_json)
    return 1 if faults else 0


def _host(url: str) -> str:
    """The host of an address, without a password, "" if it names none; raises FetchError."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError as error:
        raise FetchError(f"{url[:160]!r} is not an address: {error}.") from error


def _say(changes: "Sequence[Change]", diff: bool, as_json: bool) -> None:
    if as_json:
        output.json_list(asdict(change) for change in changes)
    elif diff and changes:
        output.data("\n".join(_lines(changes)))
    counts = {
        what: sum(change.what == what for change in changes)
        for what in ("rating", "wording", "new", "vanished")
    }
    some = [f"{count} {what}" for what, count in counts.items() if count]
    output.talk(f"Changed: {', '.join(some)}." if some else "Nothing changed.")
    if changes and not (diff or as_json):
        output.talk(f"Read one: problembrowser show {changes[0].id}")


def _lines(changes: "Sequence[Change]") -> Iterator[str]:
    for change in changes:
        if change.what == "rating":
            yield f"{change.id}  rating  {change.before} -> {change.after}"
            continue
        yield f"{change.id}  {change.what}"
        for sign, text in (("-", change.before), ("+", change.after)):
            if text:
                yield f"  {sign} {clean(text)}"
