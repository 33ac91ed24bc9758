"""What people ask for is found: a table of queries, and what decides between two problems."""

import csv
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from problembrowser.catalogue import bundled
from problembrowser.index import build, index, search, store, terms
from problembrowser.index.index import EVERYTHING, Filter, Index

TABLE = Path(__file__).with_name("queries.tsv")
SHARE = 0.95


@pytest.fixture(scope="module")
def known():
    return index.connect()


def queries():
    """Each query with the ids that it must find, and the list that must be named."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
        yield row["query"], (row["ids"] or "").split(), row["list"] or ""


def ids(found):
    return [row.id for row in found.rows]


def test_the_table_is_one():
    asked = [query for query, _, _ in queries()]
    assert len(asked) >= 80
    assert len(set(asked)) == len(asked)
    every = {problem.id for problem in bundled.load().problems}
    assert {one for _, wanted, _ in queries() for one in wanted} <= every
    assert sum(bool(wanted) for _, wanted, _ in queries()) >= 80


def test_what_people_ask_for_is_among_the_first_five(known):
    missed = []
    for query, wanted, name in queries():
        first = ids(known.search(EVERYTHING, query, limit=5))
        named = {one for one, _ in known.waiting(query)}
        if not set(wanted) <= set(first) or (name and name not in named):
            missed.append((query, wanted, first, name))
    assert len(missed) <= (1 - SHARE) * len(list(queries())), missed


def test_every_line_of_names_finds_something(known):
    assert [line for line in terms.SAME if not known.search(EVERYTHING, line[0]).total] == []


@pytest.mark.parametrize("phrase", ["sae", "dla", "ioi", "acdc", "ln", "mod addition", "dyck"])
def test_a_short_name_finds_what_the_long_one_finds(known, phrase):
    line = next(line for line in terms.SAME if phrase in line)
    short, long = (known.search(EVERYTHING, one).total for one in (phrase, line[1]))
    assert short == long > 0


def test_every_term_can_be_typed():
    for phrase in [phrase for line in terms.SAME for phrase in line] + list(terms.ALSO):
        meaning = terms.read(phrase)
        assert len(meaning.concepts) == 1, phrase
        assert len(meaning.concepts[0].phrases) + len(meaning.concepts[0].also) > 1, phrase
    for phrase in terms.FILTERS:
        assert terms.read(phrase) == ((), (), (terms.FILTERS[phrase],)), phrase


def test_every_filter_word_is_a_filter_that_finds_something(known):
    for _, _, flag in terms.FILTERS.values():
        assert flag.startswith("-")
    for phrase in terms.FILTERS:
        wanted = index.wanted_by(terms.read(phrase))
        assert ids(known.search(EVERYTHING, phrase)) == [row.id for row in known.find(wanted)]


def test_words_that_mean_a_filter_do_not_shut_out(known):
    easy = known.search(EVERYTHING, "easy grokking")
    assert set(ids(easy)) == set(ids(known.search(EVERYTHING, "grokking")))
    first, *_ = known.problems(easy.rows)
    assert first.difficulty_min == "A"


def test_a_filter_that_is_typed_comes_before_one_that_is_meant(known):
    found = known.search(Filter(difficulties=("D",)), "easy")
    assert ids(found) == [row.id for row in known.find(Filter(difficulties=("D",)))]


def test_where_it_was_found(known):
    found = known.search(EVERYTHING, "sparse autoencoder")
    assert set(found.where.values()) <= set(search.FIELDS)
    row = next(row for row in found.rows if found.where[row.position] == "work")
    (problem,) = known.problems([row])
    assert "autoencoder" not in f"{problem.title} {problem.tags} {problem.summary}".lower()
    assert any("autoencoder" in f"{one.title} {one.settled}".lower() for one in problem.known_work)


def test_some_words_count_where_no_problem_has_all(known):
    found = known.search(EVERYTHING, "fibonacci pong")
    assert not found.all_words
    assert set(ids(found)) == {"3.7", "8.17"}
    assert known.search(EVERYTHING, "othello board").all_words


def test_a_quotation_must_stand_together(known):
    found = known.search(EVERYTHING, '"pong fibonacci"')
    assert (found.rows, found.total) == ([], 0)
    loose = known.search(EVERYTHING, "logit lens").total
    assert 0 < known.search(EVERYTHING, '"logit lens"').total < loose


@pytest.fixture(scope="module")
def many():
    """So many problems that not every one of them is looked through field by field."""
    contents = bundled.load()
    problems = tuple(
        replace(problem, id=f"{n + 10}.{problem.id}")
        for n in range(18)
        for problem in contents.problems
    )
    connection = sqlite3.connect(":memory:")
    build.write(connection, replace(contents, problems=problems), bundled.about(), [])
    return Index(store.Store(connection))


@pytest.mark.parametrize(
    ("text", "first", "all_words"),
    [
        ("pong", "8.17", True),
        ("fibonacci pong", "", False),
        ("sae", "", True),
        ("3.5", "3.5", True),
    ],
)
def test_of_very_many_problems_the_best_are_found(many, text, first, all_words):
    found = many.search(EVERYTHING, text, limit=18)
    assert found.all_words == all_words
    assert len(found.rows) == 18
    assert found.total >= 18
    assert many.count(text=text) == found.total
    if first:
        assert {row.id.partition(".")[2] for row in found.rows} == {first}
    easy = many.search(Filter(difficulties=("A",)), text)
    assert all("A" in row.rating for row in easy.rows)
    assert many.search(EVERYTHING, '"pong fibonacci"').rows == []


def test_the_total_counts_what_the_limit_leaves_out(known):
    every = known.search(EVERYTHING, "induction heads")
    some = known.search(EVERYTHING, "induction heads", limit=3)
    assert ids(some) == ids(every)[:3]
    assert some.total == every.total == len(every.rows) == known.count(text="induction heads")
