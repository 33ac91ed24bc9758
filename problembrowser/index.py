"""The index that every listing reads: a SQLite file in the user's cache, keyed by content.

The only module that imports sqlite3. A file is built beside its place, renamed into it and never
changed again, so that it can be read without locks; whatever is wrong with it, it is built anew,
in memory if need be.
"""

import difflib
import hashlib
import json
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from problembrowser import cache
from problembrowser.errors import NotFound, ProblemBrowserError
from problembrowser.problem import DIFFICULTIES, LETTERS, Category, Problem, restored

if TYPE_CHECKING:
    from problembrowser.catalogue import Catalogue

SORTS = ("difficulty", "id", "title")

_HERE = os.path.dirname(os.path.abspath(__file__))
_CODE = ("index.py", "catalogue.py", "problem.py")
_WORD = re.compile(r"[^\W_]+")
_PHRASE = re.compile(r'"([^"]*)"?|([^\s"]+)')
_SHORTEST_PREFIX = 3
_AMERICAN = {"is": "iz", "ys": "yz", "our": "or", "ll": "l"}
_BRITISH = re.compile(
    r"(?<=\w\w)is(?=(?:e|ed|es|er|ers|ing|ation|ations)\b)|(?<=al)ys(?=(?:e|ed|er|ing)\b)"
    r"|(?<=behavi)our|(?<=neighb)our|(?<=\bcol)our|(?<=\bfav)our|(?<=\w\w)ll(?=(?:ed|ing)\b)",
    re.IGNORECASE,
)

# The problem table holds what filters and sorts read and nothing else: it stays small enough to
# be walked where no index helps. Its position is the order of the ids.
_SCHEMA = """
CREATE TABLE fact(name TEXT PRIMARY KEY, json TEXT) WITHOUT ROWID;
CREATE TABLE category(slug TEXT PRIMARY KEY, number INTEGER, json TEXT) WITHOUT ROWID;
CREATE TABLE problem(
    position INTEGER PRIMARY KEY, id TEXT, title TEXT COLLATE NOCASE, category TEXT,
    rank INTEGER, hardest INTEGER, starred INTEGER, compute TEXT, coding TEXT,
    known_work INTEGER, starter INTEGER
);
CREATE TABLE document(position INTEGER PRIMARY KEY, json TEXT);
CREATE TABLE tag(name TEXT, position INTEGER, PRIMARY KEY (name, position)) WITHOUT ROWID;
CREATE TABLE word(text TEXT PRIMARY KEY, documents INTEGER) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5(
    id, title, tags, summary, section, category, rest,
    content='', tokenize='porter unicode61 remove_diacritics 2', prefix='2 3'
);
INSERT INTO text(text, rank) VALUES ('rank', 'bm25(20, 10, 6, 4, 3, 1, 0.5)');
"""
_INDEXES = """
CREATE UNIQUE INDEX problem_id ON problem(id COLLATE NOCASE);
CREATE INDEX problem_title ON problem(title);
CREATE INDEX problem_rank ON problem(rank, category);
ANALYZE;
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which problems are wanted; several values of one field mean any of them.

    `categories` are slugs, numbers or unique prefixes; `difficulties` letters or ranges, each of
    which finds every rating that it touches.
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


EVERYTHING = Filter()


def inputs() -> list[str]:
    """The files that an index is made from, the code that makes it among them."""
    folder = os.path.join(_HERE, "problems")
    lists = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    facts = [os.path.join(_HERE, name) for name in ("about.toml", "resources.toml")]
    return [name for name in [*lists, *facts] if name.endswith(".toml") and os.path.exists(name)] + [
        os.path.join(_HERE, name) for name in _CODE
    ]


def connect() -> "Index":
    """The index of everything there is to list, built now if this content was never built.

    Raises InvalidList if it must be built and a list is invalid.
    """
    path = os.path.join(cache.directory(), f"index-{_key()}.sqlite")
    return Index(_opened(path) or _built(path), path)


class Index:
    """Answers questions about problems; every answer comes from one SQLite file."""

    def __init__(self, connection: sqlite3.Connection, path: str = "") -> None:
        self._connection = connection
        self._path = path

    def problems(
        self, wanted: Filter = EVERYTHING, *, sort: str = "difficulty", limit: int = -1
    ) -> list[Problem]:
        """The problems that fit, in the order of their difficulty, id or title."""
        where, values = self._where(wanted)
        return self._problems(f"problem AS p WHERE {where} ORDER BY {_ORDER[sort]}", values, limit)

    def search(
        self, text: str, wanted: Filter = EVERYTHING, *, sort: str = "", limit: int = -1
    ) -> list[Problem]:
        """The problems that hold every word of the text (or a word that begins with it), best first.

        Words in double quotes must stand together.
        """
        query = self._query(text)
        if not query:
            return []
        where, values = self._where(wanted)
        return self._problems(
            "text CROSS JOIN problem AS p ON p.position = text.rowid "
            f"WHERE text MATCH ? AND {where} ORDER BY {_ORDER[sort] if sort else 'text.rank'}",
            [query, *values],
            limit,
        )

    def count(self, wanted: Filter = EVERYTHING, text: str = "") -> int:
        """How many problems `problems` (or, given a text, `search`) would find."""
        where, values = self._where(wanted)
        if text:
            where = f"position IN (SELECT rowid FROM text WHERE text MATCH ?) AND {where}"
            values = [self._query(text), *values]
        return int(self._ask(f"SELECT count(*) FROM problem AS p WHERE {where}", values)[0][0])

    def get(self, problem_id: str) -> Problem:
        """The problem with this id; raises NotFound with the nearest ids."""
        wanted = problem_id.strip().replace(",", ".")
        found = self._problems("problem AS p WHERE p.id = ? COLLATE NOCASE", [wanted])
        if found:
            return found[0]
        if any(wanted == str(category.number) for category in self.categories()):
            raise NotFound(f"{wanted} is a category.", f"Type: problembrowser list -c {wanted}")
        raise NotFound(f"There is no problem {problem_id!r}.", self._hint_for_id(wanted))

    def categories(self) -> list[Category]:
        """Every category, in the order of its number."""
        rows = self._ask("SELECT json FROM category ORDER BY number, slug")
        return [Category(**json.loads(row[0])) for row in rows]

    def category(self, text: str) -> Category:
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
            names = " and ".join(category.slug for category in found)
            raise NotFound(f"{text!r} is the beginning of {names}.", "Type one more letter.")
        near = _nearest(wanted, [category.slug for category in every])
        raise NotFound(
            f"There is no category {text!r}.",
            _did_you_mean(near) or "Type: problembrowser categories",
        )

    def tallies(self) -> dict[str, tuple[int, int, int]]:
        """For each category: its problems, those that a beginner can take (A), those with a starter."""
        a = DIFFICULTIES.index("A")
        rows = self._ask(
            "SELECT category, count(*), sum(rank = ?), sum(starter) FROM problem GROUP BY category",
            [a],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def about(self) -> dict[str, Any]:
        """What is known of the bundled list as a whole (`catalogue.about`)."""
        return dict(self._fact("about"))

    def resources(self, category: str = "everyone") -> list[dict[str, Any]]:
        """What to read or watch for a category."""
        return [resource for resource in self._fact("resources") if category in resource["for"]]

    def beginning_with(self, prefix: str, limit: int = 400) -> list[tuple[str, str]]:
        """Id and title of the problems whose id begins so, for completion in a shell."""
        rows = self._ask(
            "SELECT id, title FROM problem WHERE id >= ? COLLATE NOCASE AND id < ? COLLATE NOCASE "
            "ORDER BY position LIMIT ?",
            [prefix, prefix + "\U0010ffff", limit],
        )
        return [(row[0], row[1]) for row in rows]

    def corrected(self, text: str) -> str:
        """The text with each word that occurs nowhere replaced by the nearest one that does, or ""."""
        words = text.replace('"', " ").split()
        mended = [word if self._occurs(self._term(word)) else self._near(word) for word in words]
        return " ".join(mended) if all(mended) and mended != words else ""

    def _query(self, text: str) -> str:
        """The FTS5 query for what somebody typed: every word, or one that begins with it."""
        phrases = [quoted or bare for quoted, bare in _PHRASE.findall(text)]
        return " AND ".join(filter(None, map(self._term, phrases)))

    def _term(self, phrase: str) -> str:
        words = _WORD.findall(_plain(phrase))
        if not words:
            return ""
        term = f'"{_folded(" ".join(words))}"'
        if len(words[-1]) < _SHORTEST_PREFIX or self._occurs(f"{term} *"):
            return term if len(words[-1]) < _SHORTEST_PREFIX else f"{term} *"
        # Words are stored by their stem ("grok"), which a long beginning ("grokkin") outgrows.
        ends = [[*words[:-1], end] for end in self._words_beginning(words[-1])]
        return f"({' OR '.join(chr(34) + _folded(' '.join(end)) + chr(34) for end in ends) or term})"

    def _occurs(self, query: str) -> bool:
        rows = self._ask("SELECT 1 FROM text WHERE text MATCH ? LIMIT 1", [query]) if query else [1]
        return bool(rows)

    def _words_beginning(self, prefix: str) -> list[str]:
        rows = self._ask(
            "SELECT text FROM word WHERE text >= ? AND text < ? ORDER BY documents DESC LIMIT 8",
            [prefix.lower(), prefix.lower() + "\U0010ffff"],
        )
        return [row[0] for row in rows]

    def _near(self, word: str) -> str:
        rows = self._ask(
            "SELECT text, documents FROM word WHERE length(text) BETWEEN ? AND ?",
            [len(word) - 2, len(word) + 2],
        )
        common = {row[0]: row[1] for row in rows}
        near = difflib.get_close_matches(word.lower(), common, n=1, cutoff=0.75)
        return near[0] if near else ""

    def _hint_for_id(self, wanted: str) -> str:
        group = wanted.rpartition(".")[0]
        ids = [row[0] for row in self.beginning_with(f"{group}." if group else "", 100_000)]
        near = _nearest(wanted, ids) or ids[:1] * bool(group)
        if near:
            return _did_you_mean(near)
        if _WORD.search(wanted) and not wanted[0].isdigit():
            return f"Type: problembrowser search {wanted}"
        return "Type: problembrowser list"

    def _where(self, wanted: Filter) -> tuple[str, list[Any]]:
        """The SQL conditions of a filter; raises NotFound for a value that does not exist."""
        terms: list[str] = ["1"]
        values: list[Any] = []

        def one_of(column: str, options: Iterable[Any]) -> None:
            options = list(options)
            terms.append(f"p.{column} IN ({', '.join('?' * len(options))})")
            values.extend(options)

        if wanted.difficulties:
            one_of("rank", sorted(set().union(*map(_ranks, wanted.difficulties))))
        if wanted.max_difficulty:
            terms.append("p.hardest <= ?")
            values.append(LETTERS.index(_span(wanted.max_difficulty)[1]))
        if wanted.categories:
            one_of("category", [self.category(text).slug for text in wanted.categories])
        if wanted.compute:
            one_of("compute", wanted.compute)
        if wanted.coding:
            one_of("coding", wanted.coding)
        for tag in wanted.tags:
            terms.append("p.position IN (SELECT position FROM tag WHERE name = ?)")
            values.append(self._tag(tag))
        terms += ["p.starred"] * wanted.starred
        terms += ["NOT p.known_work"] * wanted.no_known_work
        terms += ["p.starter"] * wanted.starter
        return " AND ".join(terms), values

    def _tag(self, text: str) -> str:
        wanted = text.strip().lower().replace(" ", "-")
        if self._ask("SELECT 1 FROM tag WHERE name = ? LIMIT 1", [wanted]):
            return wanted
        tags = [row[0] for row in self._ask("SELECT DISTINCT name FROM tag")]
        near = _nearest(wanted, tags)
        raise NotFound(
            f"No problem has the tag {text!r}.",
            _did_you_mean(near) or f"Type: problembrowser search {text}",
        )

    def _problems(self, source: str, values: list[Any], limit: int = -1) -> list[Problem]:
        # CROSS JOIN keeps the documents last: they are big, and only those shown are read.
        source = source.replace(" WHERE", " CROSS JOIN document USING (position) WHERE", 1)
        rows = self._ask(f"SELECT document.json FROM {source} LIMIT ?", [*values, limit])
        return [restored(json.loads(row[0])) for row in rows]

    def _fact(self, name: str) -> Any:
        return json.loads(self._ask("SELECT json FROM fact WHERE name = ?", [name])[0][0])

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


_ORDER = {
    "difficulty": "p.rank, p.position",
    "id": "p.position",
    "title": "p.title, p.position",
}


def write(connection: sqlite3.Connection, catalogue: "Catalogue", **facts: Any) -> None:
    """Fill an empty database with a catalogue and named facts about it."""
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
    connection.executemany("INSERT INTO fact VALUES (?, ?)", _named(facts))
    connection.executemany(
        "INSERT INTO category VALUES (?, ?, ?)",
        ((each.slug, each.number, _json(asdict(each))) for each in catalogue.categories),
    )
    titles = {category.slug: category.title for category in catalogue.categories}
    words: Counter[str] = Counter()
    for position, problem in enumerate(catalogue.problems, start=1):
        _write_problem(connection, position, problem)
        fields = _searched(problem, titles.get(problem.category, ""))
        words.update(set(_WORD.findall(" ".join(fields).lower())))
        connection.execute(
            "INSERT INTO text(rowid, id, title, tags, summary, section, category, rest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (position, *map(_folded, fields)),
        )
    connection.executemany("INSERT INTO word VALUES (?, ?)", sorted(words.items()))
    connection.execute("INSERT INTO text(text) VALUES ('optimize')")
    connection.executescript(_INDEXES)
    connection.commit()


def _write_problem(connection: sqlite3.Connection, position: int, problem: Problem) -> None:
    rated = problem.difficulty in DIFFICULTIES
    row = {
        "position": position,
        "id": problem.id,
        "title": problem.title,
        "category": problem.category,
        "rank": DIFFICULTIES.index(problem.difficulty) if rated else len(DIFFICULTIES),
        "hardest": LETTERS.index(problem.difficulty_max) if rated else len(LETTERS),
        "starred": problem.starred is True,
        "compute": problem.compute,
        "coding": problem.coding,
        "known_work": bool(problem.known_work),
        "starter": problem.starter is not None,
    }
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO problem({names}) VALUES ({places})", row)
    connection.execute("INSERT INTO document VALUES (?, ?)", (position, _json(asdict(problem))))
    connection.executemany(
        "INSERT INTO tag VALUES (?, ?)", ((tag, position) for tag in sorted(set(problem.tags)))
    )


def _searched(problem: Problem, category_title: str) -> tuple[str, ...]:
    rest = [*problem.needs, *problem.first_steps, *problem.pitfalls, *problem.models]
    rest += [f"{work.title} {work.settled}" for work in problem.known_work]
    return (
        problem.id,
        problem.title,
        " ".join(problem.tags),
        problem.summary,
        problem.section,
        f"{problem.category} {category_title}",
        " ".join(rest),
    )


def _key() -> str:
    digest = hashlib.blake2b(digest_size=12)
    for name in inputs():
        with open(name, "rb") as file:
            content = file.read()
        digest.update(f"{os.path.basename(name)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _opened(path: str) -> sqlite3.Connection | None:
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
    from problembrowser import catalogue  # parses TOML: never on the way of a warm answer

    contents = catalogue.load()
    facts = {"about": catalogue.about(), "resources": catalogue.resources()}
    try:
        _write_file(path, contents, facts)
    except (OSError, sqlite3.Error, ValueError):
        found = None
    else:
        found = _opened(path)
    if found is None:
        found = sqlite3.connect(":memory:")
        write(found, contents, **facts)
    return found


def _write_file(path: str, contents: "Catalogue", facts: dict[str, Any]) -> None:
    import tempfile

    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle, temporary = tempfile.mkstemp(".part", "index-", folder)
    os.close(handle)
    try:
        with closing(sqlite3.connect(temporary)) as connection:
            write(connection, contents, **facts)
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)
    _remove_old(path)


def _remove_old(path: str) -> None:
    """Removes the indexes of other contents, and what a killed process left an hour ago."""
    import time

    with os.scandir(os.path.dirname(path)) as entries:
        for entry in entries:
            name = entry.name
            if not name.startswith("index-") or entry.path == path:
                continue
            with suppress(OSError):
                if name.endswith(".sqlite") or entry.stat().st_mtime < time.time() - 3600:
                    os.unlink(entry.path)


def _plain(text: str) -> str:
    """Text that SQLite takes: what no encoding can hold (a broken argument) becomes a `?`."""
    return text.encode("utf-8", "replace").decode()


def _folded(text: str) -> str:
    """Text in which British and American spellings are one word."""
    return _BRITISH.sub(lambda match: _AMERICAN[match[0].lower()], text)


def _span(text: str) -> tuple[str, str]:
    """The easiest and hardest letter of `B` or `A-B`; raises NotFound."""
    letters = text.strip().upper().split("-")
    if len(letters) > 2 or not all(len(x) == 1 and x in LETTERS for x in letters):
        raise NotFound(
            f"There is no difficulty {text!r}.", "Type a letter from A to D or a range such as A-B."
        )
    return min(letters), max(letters)


def _ranks(text: str) -> set[int]:
    low, high = _span(text)
    return {n for n, each in enumerate(DIFFICULTIES) if each[0] <= high and each[-1] >= low}


def _nearest(text: str, names: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(text, list(names), n=3, cutoff=0.5)


def _did_you_mean(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"Did you mean {' or '.join([', '.join(names[:-1])] * (len(names) > 1) + [names[-1]])}?"


def _named(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, _json(value)) for name, value in facts.items())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
