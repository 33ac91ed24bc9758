"""What makes a problem valid, and how it survives being written as JSON."""

import json
from dataclasses import asdict

import pytest

from problembrowser.catalogue.problem import (
    KnownWork,
    Problem,
    Reading,
    Starter,
    no_such_twins,
    problem_from,
    restored,
    sort_key,
)
from problembrowser.catalogue.scales import DIFFICULTIES, rating

LEAST = {"id": "7.3", "title": "A question", "summary": "What it asks."}
U = {"title": "U", "url": "https://example.org/u", "year": 2021, "why": "section 2"}
MOST = LEAST | {
    "section": "Warm-ups",
    "difficulty": "B-C",
    "starred": True,
    "rated_by": "post",
    "url": "https://example.org/post",
    "models": ["a/b"],
    "compute": "gpu",
    "coding": "high",
    "tags": ["logit-lens"],
    "needs": ["Patience"],
    "first_steps": ["Begin.", "Go on."],
    "pitfalls": ["Stopping."],
    "known_work": [
        {"title": "T", "url": "https://example.org/t", "year": 2023, "settled": "Little."}
    ],
    "readings": [
        {"resource": "heads", "why": "how a head is scored"},
        U,
        {"title": "V", "url": "https://example.org/v", "why": "the first figure"},
    ],
    "see_also": ["7.4", "9.1"],
    "starter": {"recipe": "train", "parts": ["tasks/x"], "parameters": {"p": 113}, "covers": [2]},
}
RESOURCES = {"heads": {"name": "On heads", "url": "https://example.org/heads"}}


def test_least():
    problem, faults = problem_from(LEAST, "image-models", "https://example.org/all")
    assert faults == []
    assert problem == Problem(
        id="7.3",
        title="A question",
        summary="What it asks.",
        category="image-models",
        url="https://example.org/all",
    )


def test_most_and_back_from_json():
    problem, faults = problem_from(MOST, "image-models", "", RESOURCES)
    assert faults == []
    assert problem.known_work == (KnownWork("T", "https://example.org/t", 2023, "Little."),)
    assert problem.readings == (
        Reading("On heads", "https://example.org/heads", "how a head is scored"),
        Reading("U", "https://example.org/u", "section 2", 2021),
        Reading("V", "https://example.org/v", "the first figure"),
    )
    assert problem.starter == Starter("train", ("tasks/x",), {"p": 113}, covers=(2,))
    assert restored(json.loads(json.dumps(asdict(problem)))) == problem


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": ""}, "id: is empty"),
        ({"id": "1 2"}, "id: '1 2' is not well formed"),
        ({"title": None}, "title: is missing"),
        ({"title": "x" * 71}, "title: has 71 characters, 70 at most"),
        ({"summary": 5}, "summary: 5 is not a text"),
        (
            {"difficulty": "C-B"},
            "difficulty: 'C-B' is not a letter A-D or a rising range such as B-C",
        ),
        ({"difficulty": "E"}, "difficulty: 'E' is not a letter A-D or a rising range such as B-C"),
        ({"starred": "yes"}, "starred: is neither true nor false"),
        ({"rated_by": "me"}, "rated_by: 'me' is none of post, tracker, estimate"),
        ({"url": "javascript:alert(1)"}, "url: 'javascript:alert(1)' is not well formed"),
        ({"compute": "tpu"}, "compute: 'tpu' is none of cpu, gpu, large-gpu"),
        ({"tags": "one"}, "tags: is not a list of texts"),
        ({"hint": "x"}, "hint: is not a field of this table"),
        ({"known_work": [{"title": "T"}]}, "known_work.1.url: is missing"),
        ({"readings": [{"title": "T", "why": "w"}]}, "readings.1.url: is missing"),
        ({"readings": [{"resource": "heads"}]}, "readings.1.why: is missing"),
        (
            {"readings": [{"resource": "heads", "why": "w" * 161}]},
            "readings.1.why: has 161 characters, 160 at most",
        ),
        (
            {"readings": [{"resource": "head", "why": "w"}]},
            "readings.1.resource: there is no 'head' (did you mean heads?)",
        ),
        (
            {"readings": [{"resource": "heads", "title": "T", "why": "w"}]},
            "readings.1.title: is not a field of this table",
        ),
        (
            {"readings": [U, {"title": "W", "url": U["url"], "why": "other"}]},
            "readings: 'https://example.org/u' is there twice",
        ),
        (
            {"readings": [U, {"title": "W", "url": "https://example.org/w", "why": U["why"]}]},
            "readings: 'section 2' is there twice",
        ),
        ({"readings": [U | {"year": "2021"}]}, "readings.1.year: is not a whole number"),
        ({"see_also": ["7.3"]}, "see_also: names the problem itself"),
        ({"see_also": ["7.4", "7.4"]}, "see_also: '7.4' is there twice"),
        (
            {"first_steps": ["One."], "starter": {"recipe": "train", "covers": [0, 1, 2]}},
            "starter.covers: there is no first step 2; there are 1",
        ),
        (
            {"first_steps": ["One."], "starter": {"recipe": "train", "covers": [1, 1]}},
            "starter.covers: 1 is there twice",
        ),
        (
            {"starter": {"recipe": "train", "covers": "1"}},
            "starter.covers: is not a list of whole numbers",
        ),
        (
            {"starter": {"recipe": "train", "covers": [True]}},
            "starter.covers: is not a list of whole numbers",
        ),
    ],
)
def test_fault(change, fault):
    data = {name: value for name, value in (LEAST | change).items() if value is not None}
    problem, faults = problem_from(data, "image-models", "", RESOURCES)
    assert problem is None
    assert fault in faults


def test_twins_must_be_there():
    problem = Problem("7.3", "t", "s", "c", see_also=("7.4", "7.5"))
    assert no_such_twins(problem, ["7.3", "7.4"]) == ["see_also: there is no '7.5'"]


def test_every_fault_is_reported():
    _, faults = problem_from({"id": "1.1", "starred": 1, "coding": "none"}, "c", "")
    assert faults == [
        "title: is missing",
        "summary: is missing",
        "starred: is neither true nor false",
        "coding: 'none' is none of low, medium, high",
    ]


def test_ids_are_counted_not_spelt():
    ids = ["1.10", "10.1", "2.25b", "1.2", "2.25", "1.1", "2.3"]
    assert sorted(ids, key=sort_key) == ["1.1", "1.2", "1.10", "2.3", "2.25", "2.25b", "10.1"]


@pytest.mark.parametrize(
    ("difficulty", "rated_by", "starred", "shown"),
    [
        ("A", "post", False, "A"),
        ("B-C", "tracker", True, "B-C*"),
        ("B", "estimate", None, "~B"),
        ("C", "estimate", True, "~C*"),
        ("", "estimate", True, "?"),
    ],
)
def test_rating(difficulty, rated_by, starred, shown):
    assert rating(difficulty, rated_by, starred) == shown


def test_scale_of_difficulties():
    assert DIFFICULTIES == ("A", "A-B", "A-C", "A-D", "B", "B-C", "B-D", "C", "C-D", "D")


def test_ends_of_a_range():
    problem = Problem("1.1", "t", "s", "c", difficulty="A-C")
    unrated = Problem("1.2", "t", "s", "c")
    assert (problem.difficulty_min, problem.difficulty_max) == ("A", "C")
    assert (unrated.difficulty_min, unrated.difficulty_max) == ("", "")
