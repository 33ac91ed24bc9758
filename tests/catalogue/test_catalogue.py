"""The bundled list: complete, honest about its ratings, and no sentence in it twice."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Problem
from problembrowser.errors import InvalidList

SMALL = Path(__file__).parents[1] / "small"
FACTS = Path(__file__).parents[3] / "shared" / "facts" / "problems.tsv"
# The posts number their problems through, but for these: 2.25 is there twice.
POSTS = {1: 23, 2: 36, 3: 33, 4: 45, 5: 37, 6: 59, 7: 18, 8: 21, 9: 62}
RATED_BY = {
    "problem": "post",
    "tracker": "tracker",
    "group": "tracker",
    "inferred": "tracker",
    "none": "estimate",
}


@pytest.fixture(scope="module")
def catalogue() -> bundled.Catalogue:
    return bundled.load()


def test_every_problem_of_the_posts(catalogue):
    numbered = [f"{post}.{n}" for post, last in POSTS.items() for n in range(1, last + 1)]
    numbered.insert(numbered.index("2.26"), "2.25b")
    assert [problem.id for problem in catalogue.problems] == numbered
    assert len(numbered) == 335


def test_categories(catalogue):
    assert [(category.number, category.slug) for category in catalogue.categories] == [
        (1, "toy-language-models"),
        (2, "circuits-in-the-wild"),
        (3, "algorithmic-problems"),
        (4, "superposition"),
        (5, "training-dynamics"),
        (6, "techniques-tooling-automation"),
        (7, "image-models"),
        (8, "reinforcement-learning"),
        (9, "learned-features"),
    ]
    assert all(category.summary and category.advice for category in catalogue.categories)


def test_a_problem_stands_in_the_category_of_its_number(catalogue):
    slugs = {str(category.number): category.slug for category in catalogue.categories}
    assert [p.id for p in catalogue.problems if slugs[p.id.split(".")[0]] != p.category] == []


def test_ratings_are_those_of_the_sources(catalogue):
    if not FACTS.exists():
        pytest.skip(f"the evidence is not here: {FACTS}")
    with FACTS.open(encoding="utf-8", newline="") as file:
        facts = {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}
    assert [
        problem.id for problem in catalogue.problems if not _agrees(problem, facts[problem.id])
    ] == []


def test_everybody_can_decide(catalogue):
    lacking = [
        problem.id
        for problem in catalogue.problems
        if not (problem.difficulty and problem.url and problem.tags and problem.first_steps)
    ]
    assert lacking == []


def test_titles_are_unique(catalogue):
    assert _repeated(problem.title.casefold() for problem in catalogue.problems) == []


def test_no_sentence_stands_in_two_problems(catalogue):
    texts = [
        text
        for problem in catalogue.problems
        for text in (problem.summary, *problem.first_steps, *problem.pitfalls)
    ]
    assert _repeated(texts) == []


def test_resources_are_for_categories_there_are(catalogue):
    known = {category.slug for category in catalogue.categories} | {"everyone"}
    resources = bundled.resources()
    assert {name for resource in resources for name in resource["for"]} == known
    assert all(resource["name"] and resource["url"] for resource in resources)


def test_resources_have_a_key_each():
    keys = [resource["key"] for resource in bundled.resources()]
    assert _repeated(keys) == []
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


def test_near_twins_name_each_other(catalogue):
    twins = {(problem.id, twin) for problem in catalogue.problems for twin in problem.see_also}
    assert {(one, other) for one, other in twins if (other, one) not in twins} == set()


def test_small_list():
    found = bundled.load([SMALL / "other.toml", SMALL / "heads.toml"])
    assert [category.slug for category in found.categories] == ["attention-heads", "other-things"]
    assert [problem.id for problem in found.problems] == ["1.1", "1.2", "1.10", "2.1", "2.1b"]


def test_faults_name_file_problem_and_field(tmp_path):
    (tmp_path / "one.toml").write_text(
        '[category]\nslug = "c"\nnumber = "1"\ntitle = "C"\n'
        '[[problem]]\nid = "1.1"\ntitle = "T"\n'
        '[[problem]]\nid = "1.1"\ntitle = "T"\nsummary = "S"\n'
        '[[problem]]\nid = "1.1"\ntitle = "T"\nsummary = "S"\n'
        "[[problem]]\ntitle = 1\nsummary = 'S'\n"
        "[extra]\n",
        encoding="utf-8",
    )
    (tmp_path / "two.toml").write_text("[category", encoding="utf-8")
    with pytest.raises(InvalidList) as caught:
        bundled.load([tmp_path / "one.toml", tmp_path / "two.toml", tmp_path / "three.toml"])
    assert caught.value.faults == [
        "one.toml: extra: is not a part of this format",
        "one.toml: category: number: is not a whole number",
        "one.toml: problem 1.1: summary: is missing",
        "one.toml: problem number 4: id: is missing",
        "one.toml: problem number 4: title: 1 is not a text",
        "two.toml: is not TOML: Expected ']' at the end of a table declaration "
        "(at end of document)",
        "three.toml: cannot be read: No such file or directory",
        "id 1.1 occurs 2 times",
    ]


def _agrees(problem: Problem, fact: dict[str, str]) -> bool:
    starred = {"1": True, "0": False, "": None}[fact["starred"]]
    return (
        problem.difficulty == (fact["difficulty"] or problem.difficulty)
        and problem.rated_by == RATED_BY[fact["rating_basis"]]
        and problem.starred == starred
    )


def _repeated(texts) -> list[str]:
    return [text for text, times in Counter(texts).items() if times > 1]
