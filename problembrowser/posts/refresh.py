"""Reads the posts anew: which addresses are tried for each, and what is believed of what they hold.

Prints nothing and stores nothing.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from problembrowser import __version__, files
from problembrowser.catalogue.bundled import Catalogue
from problembrowser.catalogue.problem import Category, Post
from problembrowser.errors import FetchError, Unreachable
from problembrowser.posts import fetch, parse
from problembrowser.posts.fetch import NotModified, Page
from problembrowser.posts.learned import Learned, Reading, Readings
from problembrowser.text import plain

# The same posts under the same paths; the last one has the plainest pages.
MIRRORS = (
    "https://www.alignmentforum.org",
    "https://www.lesswrong.com",
    "https://www.greaterwrong.com",
)
_ENOUGH = 0.8  # of the bundled problems: a page with fewer is something else, or half of it
_NEW = 0.1  # as much may be new, and three in any case: with more somebody else wrote on the page
# What a page says of itself in <link> and <meta>; no comment can hold these.
_OWN_ADDRESS = re.compile(r"<(?:link|meta)\b[^<>]{0,400}?/posts/([A-Za-z0-9]{17})\b", re.IGNORECASE)
_HEAD = 200_000  # characters
_SAVED = 'In a browser: save the page, then problembrowser refresh --from "page.html"'


def from_web(
    catalogue: Catalogue,
    known: Readings,
    mirrors: Sequence[str] = MIRRORS,
    seconds: float = fetch.SECONDS,
) -> Iterator[tuple[Category, Reading | FetchError]]:
    """For each post as it comes in what it says, or why no mirror is believed.

    A post that did not change since `known` was read is what it was.
    """
    gone: dict[str, Unreachable] = {}

    def read(category: Category) -> Reading:
        faults: list[FetchError] = []
        for mirror in mirrors:
            if mirror in gone:
                faults.append(gone[mirror])
                continue
            try:
                return _fetched(category, mirror, mirrors, catalogue, known, seconds)
            except Unreachable as error:
                gone[mirror] = error
                faults.append(error)
            except FetchError as error:
                faults.append(error)
        raise _worst(faults)

    yield from fetch.each(read, posts_of(catalogue))


def from_files(
    paths: Iterable[Path], catalogue: Catalogue
) -> Iterator[tuple[Category, Reading | FetchError]]:
    """For each saved page which post it is and what it says; raises FetchError if it is none."""
    for path in paths:
        try:
            content = files.read(path, fetch.LIMIT)
        except OSError as error:
            raise FetchError(f"{path} cannot be read: {error.strerror}.") from error
        text = fetch.decoded(content)
        ids = {one.id for one in catalogue.problems}
        found = parse.read(text, known=ids, group=_names_itself(text, catalogue))
        category = next(
            (c for c in catalogue.categories if found and c.number == found[0].group), None
        )
        if category is None:
            raise FetchError(f"{path} holds no problem of these posts.", _post_of(text, catalogue))
        page = Page(category.url, content, "", "", "")
        # A name that is no text cannot be kept as it is.
        where = plain(os.fsencode(path).decode("utf-8", "replace"))
        yield category, _believed(category, found, page, where, catalogue)


def posts_of(catalogue: Catalogue) -> list[Category]:
    """The categories that have a post of their own."""
    return [category for category in catalogue.categories if "/posts/" in category.url]


def _post_of(page: str, catalogue: Catalogue) -> str:
    """Which address to save instead of a page without problems: its own post's, if it names one."""
    number = _names_itself(page, catalogue)
    posts = posts_of(catalogue)
    if own := [category for category in posts if category.number == number]:
        return f"Open {own[0].url} in a browser, and save that page."
    return f"Open a post in a browser and save that page, for instance {posts[0].url}"


def _names_itself(page: str, catalogue: Catalogue) -> int:
    """The number of the post that the head of a saved page names as its own, 0 if none."""
    named = {match[1] for match in _OWN_ADDRESS.finditer(page[:_HEAD].partition("<body")[0])}
    numbers = [c.number for c in posts_of(catalogue) if c.url.split("/posts/")[1][:17] in named]
    return numbers[0] if len(numbers) == 1 else 0


def _fetched(
    category: Category,
    mirror: str,
    mirrors: Sequence[str],
    catalogue: Catalogue,
    known: Readings,
    seconds: float,
) -> Reading:
    url = mirror.rstrip("/") + urlsplit(category.url).path
    old = known.get(category.slug)
    # A page that another version has read is read anew, though it did not change.
    again = old if old and old.url == url and old.by == __version__ else None
    page = fetch.get(
        url,
        hosts=[urlsplit(each).netloc for each in mirrors],
        etag=again.etag if again else "",
        modified=again.modified if again else "",
        seconds=seconds,
    )
    if isinstance(page, NotModified):
        assert again is not None
        return again
    ids = {one.id for one in catalogue.problems if one.category == category.slug}
    found = parse.read(page.text, page.url, ids, category.number)
    return _believed(category, found, page, url, catalogue)


def _believed(
    category: Category, found: Sequence[parse.Found], page: Page, url: str, catalogue: Catalogue
) -> Reading:
    """What a page says, unless it says far too little or too much; raises FetchError.

    Held against the bundled list: what was read last may have been wrong.
    """
    ours = {problem.id for problem in catalogue.problems if problem.category == category.slug}
    old = sum(one.id in ours for one in found)
    if old < _ENOUGH * len(ours):
        raise FetchError(f"{url} shows {old} of {len(ours)} problems; it is not believed.", _SAVED)
    new = len(found) - old
    if new > max(3, _NEW * len(ours)):
        raise FetchError(f"{url} shows {new} problems that are new; it is not believed.", _SAVED)
    today = datetime.now(UTC).date().isoformat()
    return Reading(
        url=url,
        read=today,
        by=__version__,
        etag=page.etag,
        modified=page.modified,
        problems=tuple(_learned(one, page.url, today) for one in found),
    )


def _learned(one: parse.Found, url: str, today: str) -> Learned:
    said = Post(one.statement, one.hints, one.links, one.section, url, today)
    return Learned(one.id, one.difficulty, one.starred, said)


def _worst(faults: Sequence[FetchError]) -> FetchError:
    """The fault that tells most: what was wrong with a page rather than that nobody answered."""
    telling = [fault for fault in faults if not isinstance(fault, Unreachable)]
    return telling[-1] if telling else faults[0]
