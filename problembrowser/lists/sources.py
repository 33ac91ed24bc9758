"""Where lists of one's own come from, and the copies of them that this machine keeps.

A copy is one JSON file beside the index, only ever replaced as a whole. Adding a list again brings
its copy up to date; nothing else looks at the original.
"""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from problembrowser import cache, files
from problembrowser.catalogue.tables import LIMIT
from problembrowser.errors import InvalidList, SourceError
from problembrowser.lists import merge, own
from problembrowser.lists.own import ProblemList
from problembrowser.text import slug, without_password

_HERE = Path(__file__).parent
_BUNDLED = _HERE / "more"
_EXAMPLES = _HERE / "examples"


@dataclass(frozen=True, slots=True)
class Added:
    """A list that was added; `changes` is None if it was not there before."""

    found: ProblemList
    changes: dict[str, list[str]] | None


@dataclass(frozen=True, slots=True)
class Stored:
    """The copies on this machine; `damaged` are the names of those that cannot be read."""

    lists: tuple[ProblemList, ...]
    damaged: tuple[str, ...]


def add(where: str, name: str = "", hosts: Collection[str] = ()) -> Added:
    """Keep a copy of the list at a path, an address or of a name in `bundled`.

    An address may redirect to `hosts`. Raises SourceError or FetchError, with nothing changed.
    """
    if name and (fault := own.fault_of_name(name)):
        raise SourceError(f"{fault}.")
    content, kind, origin = _content(where, hosts)
    where = without_password(where)
    try:
        found = own.read(content, kind, name=name, otherwise=_named_for(where))
    except InvalidList as error:
        raise _invalid(where, error) from error
    found = replace(found, origin=origin, added=date.today().isoformat())
    found = replace(found, as_of=found.as_of or found.added)
    before = _write(found, replaces_any=bool(name))
    return Added(found, merge.changes(before, found) if before else None)


def check(where: str, hosts: Collection[str] = ()) -> ProblemList:
    """The list in a file, if it is valid; raises InvalidList with every fault, or SourceError."""
    content, kind, _ = _content(where, hosts)
    return own.read(content, kind, otherwise=_named_for(where))


def stored() -> Stored:
    """Every copy on this machine."""
    found: list[ProblemList] = []
    damaged: list[str] = []
    for path in map(Path, cache.lists()):
        one = _copy(path.stem)
        found += [one] if one else []
        damaged += [] if one else [path.stem]
    return Stored(tuple(found), tuple(damaged))


def remove(name: str) -> None:
    """Forget the copy of a list; raises SourceError if there is none."""
    try:
        if own.fault_of_name(name):
            raise FileNotFoundError
        _path(name).unlink()
    except FileNotFoundError as error:
        known = ", ".join(Path(path).stem for path in cache.lists())
        there = f"There are: {known}." if known else "No list was added yet."
        raise SourceError(f"There is no list {name!r}.", there) from error
    except OSError as error:
        raise SourceError(f"Cannot remove {_path(name)}: {error.strerror}.") from error


def bundled() -> list[str]:
    """The names of the lists that come along and only need to be added."""
    return sorted(path.stem for path in _BUNDLED.glob("*.toml"))


def example(kind: str) -> str:
    """A small valid list in one of `readers.FORMATS`, to start from."""
    return (_EXAMPLES / f"example.{kind}").read_text(encoding="utf-8")


def _content(where: str, hosts: Collection[str]) -> tuple[bytes, str, str]:
    """What the list says, its format if the name tells, and where it is from."""
    if re.match(r"https?://", where, re.IGNORECASE):
        return _fetched(where, hosts)
    if scheme := re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", where):
        raise SourceError(f"A list cannot be read from {scheme[1]}:, only from http and https.")
    if where in bundled():
        return (_BUNDLED / f"{where}.toml").read_bytes(), "toml", where
    content = _read(where)
    # A name that is no text cannot be kept as it is.
    origin = os.fsencode(Path(where).absolute()).decode("utf-8", "replace")
    return content, _kind(where), origin


def _fetched(url: str, hosts: Collection[str]) -> tuple[bytes, str, str]:
    from problembrowser.posts import fetch

    page = fetch.get(url, redirects=hosts, limit=LIMIT)
    assert isinstance(page, fetch.Page), "nothing was asked conditionally"
    # The password that an address may hold is neither kept nor printed.
    return page.content, _kind(re.sub(r"[?#].*", "", url)), without_password(url)


def _read(path: str) -> bytes:
    try:
        return files.read(path, LIMIT)
    except OSError as error:
        known = ", ".join(bundled())
        hint = f"Give a file, an address, or the name of a list that comes along: {known}."
        raise SourceError(f"Cannot read {path[:200]}: {error.strerror}.", hint) from error


def _kind(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _named_for(where: str) -> str:
    """The name for a list that gives itself none: that of its file."""
    stem = re.sub(r"[?#].*", "", where).rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    return slug(stem.partition(".")[0], 30).replace(".", "-").strip("-")


def _invalid(where: str, error: InvalidList) -> SourceError:
    hint = f"To see every fault: problembrowser source check {where}"
    return SourceError(f"{where}: {error.message}", hint)


def _path(name: str) -> Path:
    return Path(cache.lists_directory()) / f"{name}.json"


def _copy(name: str) -> ProblemList | None:
    """The copy of a list, or None where there is none or it was damaged."""
    try:
        one = own.from_copy(files.read(_path(name), own.COPY_LIMIT))
    except (OSError, InvalidList):
        return None
    return one if one.name == name else None


def _write(one: ProblemList, replaces_any: bool) -> ProblemList | None:
    """Keeps a copy, and returns the one that it replaces; raises SourceError."""
    path = _path(one.name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.alone(path.parent):
            before = _copy(one.name)
            if before and before.origin != one.origin and not replaces_any:
                raise SourceError(
                    f"There is a list {one.name} already, from {before.origin}.",
                    f"To replace it: --name {one.name}. To keep both: --name and another name.",
                )
            with files.replacing(path) as part:
                Path(part).write_bytes(own.copy_of(one))
        return before
    except OSError as error:
        hint = "Set PROBLEMBROWSER_CACHE to a folder that can be written."
        raise SourceError(f"Cannot write {path}: {error.strerror}.", hint) from error
