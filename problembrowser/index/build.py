"""What the index holds: the tables, and how a catalogue fills them. Opens no file."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from problembrowser.catalogue.bundled import Catalogue
from problembrowser.catalogue.problem import Problem
from problembrowser.catalogue.scales import DIFFICULTIES, LETTERS
from problembrowser.index.words import folded, words

if TYPE_CHECKING:
    from sqlite3 import Connection

# The problem table holds what filters, sorts and listings read and nothing else: it stays small
# enough to be walked where no index helps. Its position is the order of the ids.
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE fact(name TEXT PRIMARY KEY, json TEXT) WITHOUT ROWID;
CREATE TABLE category(slug TEXT PRIMARY KEY, number INTEGER, json TEXT) WITHOUT ROWID;
CREATE TABLE problem(
    position INTEGER PRIMARY KEY, id TEXT COLLATE NOCASE, title TEXT COLLATE NOCASE,
    category TEXT, rating TEXT, rank INTEGER, hardest INTEGER, starred INTEGER,
    compute TEXT, coding TEXT, known_work INTEGER, starter INTEGER
);
CREATE TABLE document(position INTEGER PRIMARY KEY, json TEXT);
CREATE TABLE tag(name TEXT, position INTEGER, PRIMARY KEY (name, position)) WITHOUT ROWID;
CREATE TABLE word(text TEXT PRIMARY KEY, problems INTEGER) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5(
    id, title, tags, summary, section, category, steps, work,
    content='', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO text(text, rank) VALUES ('rank', 'bm25(20, 10, 6, 4, 3, 1, 0.5, 0.2)');
-- Of a common word most of the index lies in long texts; titles and tags alone are quick to read.
CREATE VIRTUAL TABLE head USING fts5(
    id, title, tags, content='', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO head(head, rank) VALUES ('rank', 'bm25(20, 10, 6)');
-- Problems of lists that come along but were not added: named by a search, listed nowhere.
CREATE TABLE waiting(list TEXT, title TEXT);
CREATE VIRTUAL TABLE waiting_text USING fts5(
    title, tags, summary, content='', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO waiting_text(waiting_text, rank) VALUES ('rank', 'bm25(10, 6, 2)');
"""
_INDEXES = """
CREATE UNIQUE INDEX problem_id ON problem(id);
CREATE INDEX problem_title ON problem(title);
CREATE INDEX problem_rank ON problem(rank);
ANALYZE;
INSERT INTO text(text) VALUES ('optimize');
INSERT INTO head(head) VALUES ('optimize');
"""


def write(
    connection: "Connection",
    catalogue: Catalogue,
    about: Mapping[str, Any],
    resources: Sequence[Mapping[str, Any]],
    lists: Mapping[str, Mapping[str, Any]] | None = None,
    waiting: Mapping[str, Sequence[Problem]] | None = None,
) -> None:
    """Fill an empty database with a catalogue, what is known of it and what there is to read.

    `lists` says what is known of each list of one's own, by its name; `waiting` are the problems
    of lists that come along but were not added.
    """
    connection.executescript(_TABLES)
    notice = f"{about['short']} (as of {about['as_of']})"
    facts = {"about": about, "notice": notice, "resources": resources, "lists": lists or {}}
    connection.executemany(
        "INSERT INTO fact VALUES (?, ?)", ((name, _json(fact)) for name, fact in facts.items())
    )
    connection.executemany(
        "INSERT INTO category VALUES (?, ?, ?)",
        ((each.slug, each.number, _json(asdict(each))) for each in catalogue.categories),
    )
    titles = {category.slug: category.title for category in catalogue.categories}
    count: Counter[str] = Counter()
    for position, problem in enumerate(catalogue.problems, start=1):
        fields = _fields(problem, titles.get(problem.category, ""))
        texts = [words(field) for field in fields]
        count.update(set(chain.from_iterable(texts)))
        _write_problem(connection, position, problem, texts)
    for name, problems in (waiting or {}).items():
        for problem in problems:
            _write_waiting(connection, name, problem)
    connection.executemany("INSERT INTO word VALUES (?, ?)", sorted(count.items()))
    connection.executescript(_INDEXES)
    connection.commit()


def _write_problem(
    connection: "Connection", position: int, problem: Problem, texts: list[list[str]]
) -> None:
    row = _row(position, problem)
    connection.execute(
        f"INSERT INTO problem({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        list(row.values()),
    )
    connection.execute("INSERT INTO document VALUES (?, ?)", (position, _json(asdict(problem))))
    connection.executemany(
        "INSERT INTO tag VALUES (?, ?)", ((tag, position) for tag in sorted(set(problem.tags)))
    )
    searched = [" ".join(map(folded, text)) for text in texts]
    connection.execute(
        "INSERT INTO text(rowid, id, title, tags, summary, section, category, steps, work) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (position, *searched),
    )
    connection.execute(
        "INSERT INTO head(rowid, id, title, tags) VALUES (?, ?, ?, ?)", (position, *searched[:3])
    )


def _write_waiting(connection: "Connection", name: str, problem: Problem) -> None:
    row = connection.execute("INSERT INTO waiting VALUES (?, ?)", (name, problem.title)).lastrowid
    searched = [
        _searchable(each) for each in (problem.title, " ".join(problem.tags), problem.summary)
    ]
    connection.execute(
        "INSERT INTO waiting_text(rowid, title, tags, summary) VALUES (?, ?, ?, ?)",
        (row, *searched),
    )


def _searchable(text: str) -> str:
    return " ".join(map(folded, words(text)))


def _row(position: int, problem: Problem) -> dict[str, Any]:
    rated = problem.difficulty in DIFFICULTIES
    return {
        "position": position,
        "id": problem.id,
        "title": problem.title,
        "category": problem.category,
        "rating": problem.rating,
        "rank": DIFFICULTIES.index(problem.difficulty) if rated else len(DIFFICULTIES),
        "hardest": LETTERS.index(problem.difficulty_max) if rated else len(LETTERS),
        "starred": problem.starred is True,
        "compute": problem.compute,
        "coding": problem.coding,
        "known_work": bool(problem.known_work),
        "starter": problem.starter is not None,
    }


def _fields(problem: Problem, category_title: str) -> tuple[str, ...]:
    """What is searched, in the order of the columns of `text`."""
    steps = [*problem.needs, *problem.first_steps, *problem.pitfalls, *problem.models]
    work = [f"{work.title} {work.settled}" for work in problem.known_work]
    return (
        problem.id,
        problem.title,
        " ".join(problem.tags),
        problem.summary,
        problem.section,
        f"{problem.category} {category_title}",
        " ".join(steps),
        " ".join(work),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
