"""What `refresh` learned from the posts: one JSON file beside the index, never in the package.

Replaced as a whole and read with mistrust: whatever is wrong with it, the bundled list stands.
"""

import errno
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from problembrowser import cache, files
from problembrowser.catalogue.bundled import Catalogue
from problembrowser.catalogue.problem import (
    DEEPEST_HINT,
    TITLE_LENGTH,
    Category,
    Hint,
    Post,
    Problem,
    sort_key,
)
from problembrowser.catalogue.scales import DIFFICULTIES
from problembrowser.errors import ProblemBrowserError

_FORMAT = 1
_LARGEST = 64 * 1024 * 1024
_NUMBER = re.compile(r"[0-9]{1,2}\.[0-9]{1,3}[a-z]{0,2}")


@dataclass(frozen=True, slots=True)
class Learned:
    """A problem as its post states it; `difficulty` is "" where the post gives no rating."""

    id: str
    difficulty: str
    starred: bool
    post: Post


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one category's post; `etag` and `modified` are for asking again.

    `by` is the version that read it: another one may read the same page better.
    """

    url: str
    read: str
    by: str
    etag: str
    modified: str
    problems: tuple[Learned, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two states: `what` is rating, wording, new or vanished."""

    id: str
    what: str
    before: str
    after: str


# category slug -> what was read of its post
Readings = Mapping[str, Reading]


def path() -> Path:
    """The file that holds it; it need not exist."""
    return Path(cache.posts())


def load() -> dict[str, Reading]:
    """All that was learned; nothing if the file is missing, damaged or of another format."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        data = json.loads(files.read(path(), _LARGEST))
        if data["format"] == _FORMAT:
            return {slug: _reading(each) for slug, each in data["posts"].items()}
    return {}


def save(readings: Readings) -> None:
    """Keep these readings beside those of other categories; raises ProblemBrowserError.

    The file is whole at every moment: a new one is written beside it and takes its place.
    """
    folder = path().parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.alone(folder):
            # What another refresh has saved in the meantime stays.
            content = json.dumps(_data({**load(), **readings}), ensure_ascii=False).encode()
            if len(content) > _LARGEST:
                raise OSError(errno.EFBIG, f"It would be larger than {_LARGEST // 1024:,} KiB")
            with files.replacing(path()) as part:
                Path(part).write_bytes(content)
    except OSError as error:
        raise ProblemBrowserError(
            f"What was learned cannot be kept in {folder}: {error.strerror}. "
            "The list stays as it was.",
            "Make room, or name another folder in PROBLEMBROWSER_CACHE.",
        ) from error


def forget() -> bool:
    """Go back to the bundled list; whether there was anything to forget."""
    try:
        with files.alone(path().parent):
            path().unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ProblemBrowserError(f"{path()} cannot be removed: {error.strerror}.") from error
    return True


def apply(catalogue: Catalogue, readings: Readings) -> Catalogue:
    """The catalogue with what the posts say: their ratings, stars and words, their new problems."""
    if not readings:
        return catalogue
    found = {(slug, one.id): one for slug, reading in readings.items() for one in reading.problems}
    problems = []
    for problem in catalogue.problems:
        one = found.pop((problem.category, problem.id), None)
        problems.append(_informed(problem, one) if one else problem)
    taken = {problem.id for problem in problems}
    categories = {category.slug: category for category in catalogue.categories}
    for (slug, _), one in found.items():
        if slug in categories and one.id not in taken:
            taken.add(one.id)
            problems.append(_new(one, categories[slug]))
    return replace(catalogue, problems=tuple(sorted(problems, key=lambda it: sort_key(it.id))))


def changes(before: Catalogue, after: Catalogue, readings: Readings) -> Iterator[Change]:
    """What readings change: `before` and `after` are the catalogue without and with them."""
    old = {problem.id: problem for problem in before.problems}
    read = {one.id for reading in readings.values() for one in reading.problems}
    read_before = {problem.category for problem in before.problems if problem.post}
    for problem in after.problems:
        if problem.category in readings and problem.id in read:
            yield from _changes(old.get(problem.id), problem)
    for problem in before.problems:
        # A problem that the post no longer has is news only once.
        missed = problem.post is not None or problem.category not in read_before
        if problem.category in readings and problem.id not in read and missed:
            yield Change(problem.id, "vanished", _words(problem), "")


def _changes(old: Problem | None, new: Problem) -> Iterator[Change]:
    if old is None:
        yield Change(new.id, "new", "", f"{new.rating} {_words(new)}")
    else:
        if (old.rating, old.rated_by) != (new.rating, new.rated_by):
            yield Change(new.id, "rating", _rated(old), _rated(new))
        if old.post and new.post and _said(old.post) != _said(new.post):
            yield Change(new.id, "wording", _words(old), _words(new))


def _rated(problem: Problem) -> str:
    return f"{problem.rating} ({problem.rated_by})"


def _words(problem: Problem) -> str:
    return problem.post.statement if problem.post else problem.title


def _said(post: Post) -> tuple[Any, ...]:
    return post.statement, post.hints, post.links


def _informed(problem: Problem, one: Learned) -> Problem:
    if not one.difficulty:
        return replace(problem, post=one.post)
    return replace(
        problem,
        difficulty=one.difficulty,
        starred=one.starred,
        rated_by="post",
        post=one.post,
    )


def _new(one: Learned, category: Category) -> Problem:
    """A problem that only the post has: in its words, with none of our advice."""
    title = one.post.statement
    return Problem(
        id=one.id,
        title=title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…",
        summary=title,
        category=category.slug,
        section=one.post.section,
        difficulty=one.difficulty,
        starred=one.starred if one.difficulty else None,
        rated_by="post",
        url=category.url,
        post=one.post,
    )


def _data(readings: Readings) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "posts": {slug: asdict(reading) for slug, reading in sorted(readings.items())},
    }


def _reading(data: Mapping[str, Any]) -> Reading:
    url, read, by, etag, modified = _texts(
        data[name] for name in ("url", "read", "by", "etag", "modified")
    )
    return Reading(url, read, by, etag, modified, tuple(map(_learned, data["problems"])))


def _learned(data: Mapping[str, Any]) -> Learned:
    post = data["post"]
    number, difficulty = _texts((data["id"], data["difficulty"]))
    if not _NUMBER.fullmatch(number) or difficulty not in ("", *DIFFICULTIES):
        raise ValueError("not a problem of a post")
    statement, section, url, read = _texts(
        post[name] for name in ("statement", "section", "url", "read")
    )
    hints, links = tuple(map(_hint, post["hints"])), tuple(_texts(post["links"]))
    said = Post(statement, hints, links, section, url, read)
    return Learned(number, difficulty, bool(data["starred"]), said)


def _hint(data: Mapping[str, Any]) -> Hint:
    text, difficulty = _texts((data["text"], data["difficulty"]))
    if type(level := data["level"]) is not int or not 1 <= level <= DEEPEST_HINT:
        raise ValueError("not a level")
    return Hint(text, level, difficulty, bool(data["starred"]))


def _texts(values: Iterable[Any]) -> list[str]:
    found = list(values)
    for value in found:
        value.encode()  # half a character cannot be kept in the index
    return found
