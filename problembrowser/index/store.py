"""The SQLite file behind the index: where it lies, when it is built, how it is read.

The only module that imports sqlite3. A file is built beside its place, renamed into it and never
changed again, so that it can be read without locks; whatever is wrong with it, it is built anew,
in memory if need be. What a warm listing does not need is imported where it is used.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from importlib.util import source_hash
from typing import Any, TypeVar

from problembrowser import files
from problembrowser.cache import directory, posts
from problembrowser.cache import lists as copies
from problembrowser.errors import ProblemBrowserError

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_CATALOGUE = os.path.join(_PACKAGE, "catalogue")
_CODE = (
    *("catalogue/bundled.py", "catalogue/problem.py", "catalogue/scales.py"),
    "catalogue/tables.py",
    *("index/build.py", "index/index.py", "index/store.py", "index/words.py"),
    *("lists/merge.py", "lists/own.py", "lists/readers.py", "posts/learned.py"),
)
_LARGEST = 64 * 1024 * 1024
_OURS = re.compile(r"index-[0-9a-f]{16}\.sqlite")
# What reading a row raises if a byte of it was changed.
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

_Answer = TypeVar("_Answer")


def inputs() -> list[str]:
    """The files that an index is made from, the code that makes it among them."""
    folder = os.path.join(_CATALOGUE, "problems")
    lists = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return [
        *(path for path in lists if path.endswith(".toml")),
        *(os.path.join(_CATALOGUE, name) for name in ("about.toml", "resources.toml")),
        *(os.path.join(_PACKAGE, *name.split("/")) for name in _CODE),
        *more_lists(),
        *copies(),
        *filter(os.path.exists, [posts()]),
    ]


def more_lists() -> list[str]:
    """The files of the lists that come along."""
    folder = os.path.join(_PACKAGE, "lists", "more")
    return [
        os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".toml")
    ]


def current() -> "Store":
    """The store of what there is to list today, built now if this content was never built.

    Raises InvalidList if it must be built and a list is invalid.
    """
    path = os.path.join(directory(), f"index-{_key()}.sqlite")
    return Store(opened(path) or _built(path), path)


class Store:
    """One SQLite database that answers queries, and is built anew at `path` if it is damaged."""

    def __init__(self, connection: sqlite3.Connection, path: str = "") -> None:
        self._connection = connection
        self._path = path

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of one query; a damaged file is built anew and asked again."""
        return self.read(sql, values, list)

    def read(
        self, sql: str, values: Sequence[Any], read: Callable[[list[Any]], _Answer]
    ) -> _Answer:
        """What `read` makes of the rows of one query.

        A file that is damaged, or holds what `read` cannot read, is built anew and asked again.
        """
        try:
            return read(self._connection.execute(sql, values).fetchall())
        except (sqlite3.DatabaseError, *_DAMAGE):
            self._connection.close()
            self._connection = _built(self._path)
        try:
            return read(self._connection.execute(sql, values).fetchall())
        except sqlite3.Error as error:
            raise ProblemBrowserError(f"The index cannot answer: {error}.") from error


def _key() -> str:
    """What stands for the content of every input in the name of the file built from it."""
    content = []
    for path in inputs():
        # A list that cannot be read, or was removed just now, counts as one that is damaged.
        with suppress(OSError):
            content += [os.fsencode(os.path.basename(path)), files.read(path, _LARGEST)]
    # The hash that Python itself keys compiled sources with; hashlib would cost 8 ms to import.
    return source_hash(b"\0".join(content)).hex()


def opened(path: str) -> sqlite3.Connection | None:
    """A finished index, or None where there is none that can be read."""
    quoted = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        # immutable: a finished file is only ever replaced as a whole, so no lock is needed and
        # one that somebody else holds does not matter.
        connection = sqlite3.connect(f"file:{quoted}?mode=ro&immutable=1", uri=True)
    except (sqlite3.Error, ValueError):
        return None
    try:
        connection.execute("SELECT 1 FROM fact, problem LIMIT 1").fetchall()
    except sqlite3.Error:
        connection.close()
        return None
    return connection


def _built(path: str) -> sqlite3.Connection:
    # Parses TOML: never on the way of a warm answer.
    from problembrowser.catalogue import bundled
    from problembrowser.index import build
    from problembrowser.lists import merge, sources
    from problembrowser.posts import learned

    others = sources.stored().lists
    every = merge.merged(learned.apply(bundled.load(), learned.load()), others)
    abouts = {one.name: one.about() for one in others}
    waiting = {
        name: sources.check(name).problems for name in sources.bundled() if name not in abouts
    }
    contents = every, bundled.about(), bundled.resources(), abouts, waiting
    with suppress(OSError, sqlite3.Error, ValueError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with files.replacing(path) as part, closing(sqlite3.connect(part)) as connection:
            build.write(connection, *contents)
        _remove_old(path)
        if found := opened(path):
            return found
    connection = sqlite3.connect(":memory:")
    build.write(connection, *contents)
    return connection


def _remove_old(path: str) -> None:
    """Removes the indexes of other contents; the folder may be one with files of the user's."""
    with os.scandir(os.path.dirname(path)) as entries:
        others = [entry for entry in entries if _OURS.fullmatch(entry.name)]
    for entry in others:
        with suppress(OSError):
            if entry.name != os.path.basename(path):
                os.unlink(entry.path)
