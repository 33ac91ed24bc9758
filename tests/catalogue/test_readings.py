"""What the bundled lists send people to read: enough of it, and one title for each address."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from problembrowser.catalogue import bundled
from problembrowser.lists import sources

Text = tuple[str, str, int | None]


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    """Address, title and year of everything that the bundled lists name."""
    problems = bundled.load().problems
    more = [problem for name in sources.bundled() for problem in sources.check(name).problems]
    return [*_named(problems), *_named(more), *_resources()]


def test_one_title_and_year_for_each_address(texts):
    titles, years = defaultdict(set), defaultdict(set)
    for url, title, year in texts:
        titles[_address(url)].add(title)
        years[_address(url)] |= {year} - {None}
    assert {url: found for url, found in titles.items() if len(found) > 1} == {}
    assert {url: found for url, found in years.items() if len(found) > 1} == {}


def test_years_of_arxiv_are_those_of_the_first_version(texts):
    wrong = [
        (url, year)
        for url, _, year in texts
        if "arxiv.org/abs/" in url and year and f"{year % 100:02}" != url.split("/abs/")[1][:2]
    ]
    assert wrong == []


def test_every_problem_has_two_or_three_readings_of_its_own():
    problems = bundled.load().problems
    assert [one.id for one in problems if len(one.readings) not in (2, 3)] == []
    reasons = Counter(reading.why for one in problems for reading in one.readings)
    assert [why for why, times in reasons.items() if times > 1] == []


def _named(problems) -> Iterator[Text]:
    for problem in problems:
        for one in (*problem.known_work, *problem.readings):
            yield one.url, one.title, one.year


def _resources() -> Iterator[Text]:
    for one in bundled.resources():
        yield one["url"], one["name"], None


def _address(url: str) -> str:
    """The address without what makes no difference to it."""
    return url.removesuffix("index.html").rstrip("/")
