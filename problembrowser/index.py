"""The index that every listing reads: a SQLite file in the user's cache, keyed by content.

The only module that imports sqlite3. A file is built beside its place, renamed into it and never
changed again, so that it can be read without locks; whatever is wrong with it, it is built anew,
in memory if need be. What a warm listing does not need is imported where it is used.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.util import source_hash
from typing import TYPE_CHECKING, Any, NamedTuple

from problembrowser.cache import directory, posts
from problembrowser.cache import lists as copies
from problembrowser.errors import NotFound, ProblemBrowserError
from problembrowser.scales import DIFFICULTIES, LETTERS

if TYPE_CHECKING:
    from problembrowser.problem import Category, Problem

SORTS = {
    "difficulty": "p.rank, p.position",
    "id": "p.position",
    "title": "p.title, p.position",
}

_HERE = os.path.dirname(os.path.abspath(__file__))
_CODE = (
    *("catalogue.py", "index.py", "indexing.py", "learned.py"),
    *("lists.py", "problem.py", "readers.py", "scales.py"),
)
_AFTER_ALL = "\U0010ffff"
_SHORTEST_BEGINNING = 3
_RANKED = 500
_SMALL = set(
    re.findall(r"\w+", "a an and are at by do does for from how in is it of on or the to what")
)


class Filter(NamedTuple):
    """Which problems are wanted; several values of one field mean any of them (all of the tags).

    `categories` are slugs, numbers or unique beginnings; `difficulties` letters or ranges, each of
    which finds every rating that it touches; `source` is the name of a list of one's own.
    """

    categories: tuple[str, ...] = ()
    difficulties: tuple[str, ...] = ()
    max_difficulty: str = ""
    compute: tuple[str, ...] = ()
    coding: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    starred: bool = False
    no_known_work: bool = False
    starter: bool = False
    source: str = ""


EVERYTHING = Filter()


class Row(NamedTuple):
    """What a listing shows of a problem; `Index.problems` has the rest."""

    position: int
    id: str
    title: str
    category: str
    rating: str
    compute: str
    coding: str
    starter: bool


_COLUMNS = ", ".join(f"p.{column}" for column in Row._fields)


def inputs() -> list[str]:
    """The files that an index is made from, the code that makes it among them."""
    folder = os.path.join(_HERE, "problems")
    lists = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    others = ("about.toml", "resources.toml", *_CODE)
    return [
        *(path for path in lists if path.endswith(".toml")),
        *(os.path.join(_HERE, name) for name in others),
        *copies(),
        *filter(os.path.exists, [posts()]),
    ]


def connect() -> "Index":
    """The index of everything there is to list, built now if this content was never built.

    Raises InvalidList if it must be built and a list is invalid.
    """
    path = os.path.join(directory(), f"index-{_key()}.sqlite")
    return Index(opened(path) or _built(path), path)


class Index:
    """Answers questions about problems; every answer comes from one SQLite file."""

    def __init__(self, connection: sqlite3.Connection, path: str = "") -> None:
        self._connection = connection
        self._path = path

    def find(
        self, wanted: Filter = EVERYTHING, text: str = "", *, sort: str = "", limit: int = -1
    ) -> list[Row]:
        """The problems that fit a filter and hold every word of a text.

        A word also finds those that begin with it; words in double quotes must stand together.
        Without one of SORTS the best match comes first, without a text the easiest.
        """
        if text and not sort:
            return self._best(wanted, text, limit)
        source, where, values = self._source(wanted, self._beginnings(text))
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM {source} WHERE {where} "
            f"ORDER BY {SORTS[sort or 'difficulty']} LIMIT ?",
            [*values, limit],
        )
        return [Row._make(row) for row in rows]

    def count(self, wanted: Filter = EVERYTHING, text: str = "") -> int:
        """How many problems `find` would find."""
        source, where, values = self._source(wanted, self._beginnings(text))
        return int(self._ask(f"SELECT count(*) FROM {source} WHERE {where}", values)[0][0])

    def problems(self, rows: Iterable[Row]) -> "list[Problem]":
        """All that is known of the problems in these rows."""
        return [self._problem(row.position) for row in rows]

    def get(self, problem_id: str) -> "Problem":
        """The problem with this id; raises NotFound with the nearest ids."""
        wanted = _plain(problem_id.strip().replace(",", "."))
        found = self._ask("SELECT position FROM problem WHERE id = ?", [wanted])
        if found:
            return self._problem(found[0][0])
        if any(wanted == str(category.number) for category in self.categories()):
            raise NotFound(f"{wanted} is a category.", f"Type: problembrowser list -c {wanted}")
        raise NotFound(f"There is no problem {problem_id!r}.", self._hint_for_id(wanted))

    def categories(self) -> "list[Category]":
        """Every category, in the order of its number."""
        from problembrowser.problem import Category

        rows = self._ask("SELECT json FROM category ORDER BY number, slug")
        return [Category(**_value(row[0])) for row in rows]

    def category(self, text: str) -> "Category":
        """The category with this slug, number or unique beginning; raises NotFound."""
        wanted = text.strip().lower().replace(" ", "-")
        every = self.categories()
        for category in every:
            if wanted in (category.slug, str(category.number)):
                return category
        found = [category for category in every if wanted and category.slug.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            names = _either([category.slug for category in found])
            raise NotFound(f"{text!r} may be {names}.", "Type one more letter.")
        near = _nearest(wanted, [category.slug for category in every])
        raise NotFound(
            f"There is no category {text!r}.", _did_you_mean(near, "problembrowser categories")
        )

    def tallies(self) -> dict[str, tuple[int, int, int]]:
        """For each category: how many problems, how many rated A, how many with a starter."""
        rows = self._ask(
            "SELECT category, count(*), sum(rank = ?), sum(starter) FROM problem GROUP BY category",
            [DIFFICULTIES.index("A")],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def notice(self) -> str:
        """One line on how dated the bundled list is."""
        # Unquoted by SQLite: every listing ends with it, and json takes 4 ms to import.
        return str(
            self._ask("SELECT json_extract(json, '$') FROM fact WHERE name = 'notice'")[0][0]
        )

    def about(self, problem_id: str = "") -> dict[str, Any]:
        """What is known of the list that a problem is from: `catalogue.about`, or in its terms."""
        lists = self._fact("lists") if ":" in problem_id else {}
        return {**self._fact("about"), **lists.get(problem_id.partition(":")[0], {})}

    def resources(self, category: str = "everyone") -> list[dict[str, Any]]:
        """What to read or watch for a category."""
        return [resource for resource in self._fact("resources") if category in resource["for"]]

    def beginning_with(self, text: str, limit: int = 400) -> list[tuple[str, str]]:
        """Id and title of the problems whose id begins so, for completion in a shell."""
        rows = self._ask(
            "SELECT id, title FROM problem WHERE id >= ? AND id < ? ORDER BY position LIMIT ?",
            [_plain(text), _plain(text) + _AFTER_ALL, limit],
        )
        return [(row[0], row[1]) for row in rows]

    def corrected(self, text: str) -> str:
        """The text with the nearest known word for each unknown one, "" if there is none."""
        unknown = self.unknown_words(text)
        mended = [self._near(word) if word in unknown else word for word in _typed(text)]
        return " ".join(mended) if unknown and all(mended) else ""

    def unknown_words(self, text: str) -> list[str]:
        """The words of a text that no problem has."""
        return [
            word
            for word in _typed(text)
            if (found := words(word)) and not self._occurs(self._beginning(found))
        ]

    def _problem(self, position: int) -> "Problem":
        from problembrowser.problem import restored

        rows = self._ask("SELECT json FROM document WHERE position = ?", [position])
        return restored(_value(rows[0][0]))

    def _fact(self, name: str) -> Any:
        return _value(self._ask("SELECT json FROM fact WHERE name = ?", [name])[0][0])

    def _best(self, wanted: Filter, text: str, limit: int) -> list[Row]:
        """What matches a text: in title or tags before anywhere, words before their beginnings.

        Among equals by bm25. Of very many matches only the first are ranked: to rank 40,000
        takes 0.2 s, and which of them is best means little.
        """
        found: dict[int, Row] = {}
        for table, query in self._queries(text):
            source, where, values = self._source(wanted, query, table)
            rows = self._ask(
                f"SELECT {table}.rank, {_COLUMNS} FROM {source} WHERE {where} LIMIT ?",
                [*values, _RANKED if limit >= 0 else -1],
            )
            # Sorted here: told to sort, SQLite ranks every match before it obeys the limit.
            for _, *columns in sorted(rows):
                found.setdefault(columns[0], Row._make(columns))
            if 0 <= limit <= len(found):
                break
        return list(found.values())[: limit if limit >= 0 else None]

    def _queries(self, text: str) -> Iterator[tuple[str, str]]:
        whole = _all_of(map(self._whole, _phrases(text)))
        yield "head", whole
        yield "text", whole
        yield "text", self._beginnings(text)

    def _source(
        self, wanted: Filter, query: str, table: str = "text"
    ) -> tuple[str, str, list[Any]]:
        """Tables, conditions and values of a query; raises NotFound for a value unknown to us."""
        terms, values = ["1"], []
        source = "problem AS p"
        if query:
            # CROSS JOIN: first what matches, then a look at each problem.
            source = f"{table} CROSS JOIN problem AS p ON p.position = {table}.rowid"
            terms.append(f"{table} MATCH ?")
            values.append(query)
        for term, value in self._conditions(wanted):
            terms.append(term)
            values += value
        return source, " AND ".join(terms), values

    def _conditions(self, wanted: Filter) -> Iterable[tuple[str, list[Any]]]:
        if wanted.difficulties:
            yield _one_of("rank", sorted(set().union(*map(_ranks, wanted.difficulties))))
        if wanted.max_difficulty:
            yield "p.hardest <= ?", [LETTERS.index(_span(wanted.max_difficulty)[1])]
        if wanted.categories:
            yield _one_of("category", [self.category(text).slug for text in wanted.categories])
        if wanted.compute:
            yield _one_of("compute", wanted.compute)
        if wanted.coding:
            yield _one_of("coding", wanted.coding)
        for tag in wanted.tags:
            yield "p.position IN (SELECT position FROM tag WHERE name = ?)", [self._tag(tag)]
        if wanted.starred:
            yield "p.starred", []
        if wanted.no_known_work:
            yield "NOT p.known_work", []
        if wanted.starter:
            yield "p.starter", []
        if wanted.source:
            name = self._source_name(wanted.source)
            yield "p.id >= ? AND p.id < ?", [f"{name}:", f"{name};"]  # ; comes after :

    def _source_name(self, text: str) -> str:
        names = list(self._fact("lists"))
        if text in names:
            return text
        near = _nearest(text, names) or names
        raise NotFound(
            f"No list {text!r} was added.",
            _did_you_mean(near, f"problembrowser source add {text}"),
        )

    def _tag(self, text: str) -> str:
        wanted = _plain(text.strip().lower().replace(" ", "-"))
        if self._ask("SELECT 1 FROM tag WHERE name = ? LIMIT 1", [wanted]):
            return wanted
        near = _nearest(wanted, [row[0] for row in self._ask("SELECT DISTINCT name FROM tag")])
        raise NotFound(
            f"No problem has the tag {text!r}.",
            _did_you_mean(near, f"problembrowser search {text}"),
        )

    def _beginnings(self, text: str) -> str:
        """The FTS5 query for every word of a text or what begins with it; "" for no text."""
        return _all_of(map(self._beginning, _phrases(text))) if text else ""

    def _whole(self, phrase: list[str]) -> str:
        """A phrase as it stands if somebody wrote its last word so, else as a beginning."""
        if self._ask("SELECT 1 FROM word WHERE text = ?", phrase[-1:]):
            return _quoted(phrase)
        return self._beginning(phrase)

    def _beginning(self, found: list[str]) -> str:
        term = _quoted(found)
        if len(found[-1]) < _SHORTEST_BEGINNING:
            return term
        if self._occurs(f"{term} *"):
            return f"{term} *"
        # Words are stored by their stem ("grok"), which a long beginning ("grokkin") outgrows.
        whole = [_quoted([*found[:-1], word]) for word in self._words_beginning(found[-1])]
        return f"({' OR '.join(whole)})" if whole else term

    def _occurs(self, query: str) -> bool:
        return bool(self._ask("SELECT 1 FROM text WHERE text MATCH ? LIMIT 1", [query]))

    def _words_beginning(self, text: str) -> list[str]:
        rows = self._ask(
            "SELECT text FROM word WHERE text >= ? AND text < ? ORDER BY problems DESC LIMIT 8",
            [text, text + _AFTER_ALL],
        )
        return [row[0] for row in rows]

    def _near(self, word: str) -> str:
        rows = self._ask(
            "SELECT text FROM word WHERE length(text) BETWEEN ? AND ? ORDER BY problems DESC",
            [len(word) - 2, len(word) + 2],
        )
        return next(iter(_nearest(word.lower(), [row[0] for row in rows], 0.75)), "")

    def _hint_for_id(self, wanted: str) -> str:
        group = wanted.rpartition(".")[0]
        ids = [row[0] for row in self.beginning_with(f"{group}." if group else "", 100_000)]
        near = _nearest(wanted, ids) or ids[: 1 if group else 0]
        if not near and words(wanted) and not wanted[0].isdigit():
            return f"Type: problembrowser search {wanted}"
        return _did_you_mean(near, "problembrowser list")

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of one query; a damaged file is built anew and asked again."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError:
            self._connection.close()
            self._connection = _built(self._path)
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise ProblemBrowserError(f"The index cannot answer: {error}.") from error


def words(text: str) -> list[str]:
    """The words of a text, in lower case and as the index splits them."""
    return re.findall(r"[^\W_]+", _plain(text).lower())


@cache
def folded(word: str) -> str:
    """A word with a British spelling as the American one, so that either finds both."""
    word = re.sub(r"(..)is(e|ed|es|er|ers|ing|ation|ations)$", r"\1iz\2", word)
    word = re.sub(r"(..l)ys(e|ed|er|ing)$", r"\1yz\2", word)
    word = re.sub(r"(..)ll(ed|ing)$", r"\1l\2", word)
    return re.sub(r"^(behavi|neighb|col|fav)our", r"\1or", word)


def _typed(text: str) -> list[str]:
    return text.replace('"', " ").split()


def _key() -> str:
    """What stands for the content of every input in the name of the file built from it."""
    content = []
    for path in inputs():
        # A list that cannot be read, or was removed just now, counts as one that is damaged.
        with suppress(OSError), open(path, "rb") as file:
            content += [os.fsencode(os.path.basename(path)), file.read()]
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
    from problembrowser import catalogue, indexing, learned, lists, sources

    others = sources.stored().lists
    every = lists.merged(learned.apply(catalogue.load(), learned.load()), others)
    abouts = {one.name: one.about() for one in others}
    contents = every, catalogue.about(), catalogue.resources(), abouts
    with suppress(OSError, sqlite3.Error, ValueError):
        with _replacing(path) as connection:
            indexing.write(connection, *contents)
        if found := opened(path):
            return found
    connection = sqlite3.connect(":memory:")
    indexing.write(connection, *contents)
    return connection


@contextmanager
def _replacing(path: str) -> Iterator[sqlite3.Connection]:
    """A database to fill, which takes the place of `path` and of all older ones when it is done."""
    import tempfile

    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle, temporary = tempfile.mkstemp(".part", "index-", folder)
    os.close(handle)
    try:
        with closing(sqlite3.connect(temporary)) as connection:
            yield connection
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)
    _remove_old(path)


def _remove_old(path: str) -> None:
    """Removes the indexes of other contents, and what a killed process left an hour ago."""
    import time

    with os.scandir(os.path.dirname(path)) as entries:
        others = [entry for entry in entries if entry.name.startswith("index-")]
    for entry in others:
        with suppress(OSError):
            left_behind = entry.stat().st_mtime < time.time() - 3600
            if entry.path != path and (entry.name.endswith(".sqlite") or left_behind):
                os.unlink(entry.path)


def _value(text: str) -> Any:
    import json

    return json.loads(text)


def _plain(text: str) -> str:
    """Text that SQLite takes: what no encoding can hold (a broken argument) becomes a `?`."""
    return text.encode("utf-8", "replace").decode()


def _phrases(text: str) -> list[list[str]]:
    """The quoted phrases and bare words of a text, those left out that tell nothing."""
    typed = [words(quoted or bare) for quoted, bare in re.findall(r'"([^"]*)"?|([^\s"]+)', text)]
    telling = [
        phrase for phrase in typed if phrase and not (phrase[0] in _SMALL and not phrase[1:])
    ]
    return telling or [phrase for phrase in typed if phrase]


def _quoted(phrase: Sequence[str]) -> str:
    return f'"{" ".join(map(folded, phrase))}"'


def _all_of(terms: Iterable[str]) -> str:
    return " AND ".join(terms) or '""'  # which matches nothing


def _one_of(column: str, options: Sequence[Any]) -> tuple[str, list[Any]]:
    return f"p.{column} IN ({', '.join('?' * len(options))})", list(options)


def _span(text: str) -> tuple[str, str]:
    """The easiest and hardest letter of `B` or `A-B`; raises NotFound."""
    letters = text.strip().upper().split("-")
    if len(letters) > 2 or not all(len(letter) == 1 and letter in LETTERS for letter in letters):
        raise NotFound(
            f"There is no difficulty {text!r}.",
            "Type a letter from A to D, or a range such as A-B.",
        )
    return min(letters), max(letters)


def _ranks(text: str) -> set[int]:
    low, high = _span(text)
    return {n for n, each in enumerate(DIFFICULTIES) if each[0] <= high and each[-1] >= low}


def _nearest(text: str, names: Sequence[str], cutoff: float = 0.5) -> list[str]:
    import difflib

    return difflib.get_close_matches(text, names, n=3, cutoff=cutoff)


def _did_you_mean(names: Sequence[str], otherwise: str) -> str:
    return f"Did you mean {_either(names)}?" if names else f"Type: {otherwise}"


def _either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])
