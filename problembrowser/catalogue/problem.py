"""What a problem is, and what makes one valid. Pure data: reads no file, prints nothing."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from problembrowser.catalogue.scales import CODING, COMPUTE, RATED_BY, rating
from problembrowser.text import near

TITLE_LENGTH = 70
TEXT_LENGTH = 2_000
WHY_LENGTH = 160
DEEPEST_HINT = 9
MOST_ITEMS = 100  # of a list in a problem
SLUG_LENGTH = 60
YEARS = range(1800, 2101)

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
_PART = re.compile(rf"{_SLUG.pattern}(/{_SLUG.pattern})*")
_DIFFICULTY = re.compile(r"([A-D])(?:-([A-D]))?")
_URL = re.compile(r"https?://[^\s/?#<>\"'\\]+\.[^\s<>\"'\\]+")


@dataclass(frozen=True, slots=True)
class KnownWork:
    """Published work on a problem, and in one sentence what it settled."""

    title: str
    url: str
    year: int
    settled: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read before starting on a problem, and what for. `year` is None where it has none."""

    title: str
    url: str
    why: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """What a post says below a problem; `level` counts from 1, a rated hint is an extension."""

    text: str
    level: int = 1
    difficulty: str = ""
    starred: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """What the post itself says of a problem, where and when it was read."""

    statement: str
    hints: tuple[Hint, ...]
    links: tuple[str, ...]
    section: str
    url: str
    read: str


@dataclass(frozen=True, slots=True)
class Starter:
    """Which recipe a problem starts from, and with what.

    `parts` are folders under `templates/parts`; `parameters` hold for both presets,
    `quick` and `full` for one of them. `covers` numbers the first steps that it carries out.
    """

    recipe: str
    parts: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    quick: dict[str, Any] = field(default_factory=dict)
    full: dict[str, Any] = field(default_factory=dict)
    covers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """One of the nine categories: its place in the list, its post, and how it suits a weekend."""

    slug: str
    number: int
    title: str
    summary: str
    advice: str
    url: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One open problem. `starred` is None where nobody knows."""

    id: str
    title: str
    summary: str
    category: str
    section: str = ""
    difficulty: str = ""
    starred: bool | None = None
    rated_by: str = "estimate"
    url: str = ""
    models: tuple[str, ...] = ()
    compute: str = "cpu"
    coding: str = "medium"
    tags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    first_steps: tuple[str, ...] = ()
    pitfalls: tuple[str, ...] = ()
    known_work: tuple[KnownWork, ...] = ()
    readings: tuple[Reading, ...] = ()
    see_also: tuple[str, ...] = ()
    starter: Starter | None = None
    post: Post | None = None
    notes: str = ""  # what the organiser of an event says to its participants

    @property
    def difficulty_min(self) -> str:
        """The easiest letter that the rating spans, or "" if there is no rating."""
        return self.difficulty[:1]

    @property
    def difficulty_max(self) -> str:
        """The hardest letter that the rating spans, or "" if there is no rating."""
        return self.difficulty[-1:]

    @property
    def rating(self) -> str:
        """The difficulty as shown to people: an estimate carries a `~`, a starred problem a `*`."""
        return rating(self.difficulty, self.rated_by, self.starred)

    def as_dict(self) -> dict[str, Any]:
        """The problem as `--json` prints it."""
        return asdict(self) | {
            "difficulty_min": self.difficulty_min,
            "difficulty_max": self.difficulty_max,
        }


def category_from(data: Mapping[str, Any]) -> tuple[Category | None, list[str]]:
    """The category that a table of a list describes, or none and what is wrong with it."""
    fields = _Fields(data)
    category = Category(
        slug=fields.text("slug", pattern=_SLUG, longest=SLUG_LENGTH),
        number=fields.integer("number"),
        title=fields.text("title", longest=TITLE_LENGTH),
        summary=fields.text("summary", required=False),
        advice=fields.text("advice", required=False),
        url=fields.text("url", required=False, pattern=_URL),
    )
    fields.reject_unknown()
    return (None if fields.faults else category), fields.faults


def problem_from(
    data: Mapping[str, Any],
    category: str,
    url: str,
    resources: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Problem | None, list[str]]:
    """The problem that a table of a list describes, or none and what is wrong with it.

    A fault reads `field: what is wrong`. `category` and `url` stand in where the table has none;
    `resources` are what a reading may name by its key.
    """
    fields = _Fields(data)
    problem = Problem(
        id=fields.text("id", pattern=_ID, longest=40),
        title=fields.text("title", longest=TITLE_LENGTH),
        summary=fields.text("summary"),
        category=fields.text("category", required=False, pattern=_SLUG, longest=SLUG_LENGTH)
        or category,
        section=fields.text("section", required=False, longest=120),
        difficulty=fields.difficulty("difficulty"),
        starred=fields.flag("starred"),
        rated_by=fields.choice("rated_by", RATED_BY, "estimate"),
        url=fields.text("url", required=False, pattern=_URL) or url,
        models=fields.texts("models"),
        compute=fields.choice("compute", COMPUTE, "cpu"),
        coding=fields.choice("coding", CODING, "medium"),
        tags=fields.texts("tags", pattern=_SLUG),
        needs=fields.texts("needs"),
        first_steps=fields.texts("first_steps"),
        pitfalls=fields.texts("pitfalls"),
        known_work=tuple(fields.tables("known_work", _known_work)),
        readings=tuple(fields.tables("readings", partial(_reading, resources=resources or {}))),
        see_also=fields.texts("see_also", pattern=_ID),
        starter=next(iter(fields.tables("starter", _starter)), None),
        notes=fields.text("notes", required=False),
    )
    fields.reject_unknown()
    fields.faults += _contradictions(problem)
    return (None if fields.faults else problem), fields.faults


def no_such_twins(problem: Problem, ids: Set[str]) -> list[str]:
    """A fault for each id of `see_also` that the list, whose `ids` these are, does not hold."""
    return [f"see_also: there is no {_shown(one)}" for one in problem.see_also if one not in ids]


def restored(data: Mapping[str, Any]) -> Problem:
    """The problem whose `asdict` was written as JSON; what it reads was valid when written."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    values["known_work"] = tuple(KnownWork(**work) for work in data["known_work"])
    values["readings"] = tuple(Reading(**reading) for reading in data["readings"])
    if starter := data["starter"]:
        lists = {name: tuple(starter[name]) for name in ("parts", "covers")}
        values["starter"] = Starter(**{**starter, **lists})
    if post := data.get("post"):
        hints = tuple(Hint(**hint) for hint in post["hints"])
        values["post"] = Post(**{**post, "hints": hints, "links": tuple(post["links"])})
    return Problem(**values)


def sort_key(problem_id: str) -> tuple[tuple[int, str], ...]:
    """Orders ids as people count: 1.2 before 1.10, 2.25 before 2.25b."""
    return tuple((int(n or 0), text) for n, text in re.findall(r"(\d*)([^\d]*)", problem_id))


def _known_work(fields: "_Fields") -> KnownWork:
    return KnownWork(
        title=fields.text("title", longest=200),
        url=fields.text("url", pattern=_URL),
        year=fields.year("year") or 0,
        settled=fields.text("settled"),
    )


def _reading(fields: "_Fields", resources: Mapping[str, Mapping[str, Any]]) -> Reading:
    """A reading as its table says it, or with title and address of the resource that it names."""
    why = fields.text("why", longest=WHY_LENGTH)
    if "resource" in fields.data:
        key = fields.text("resource", pattern=_SLUG, longest=SLUG_LENGTH)
        known = resources.get(key, {})
        if key and not known:
            fields.fault("resource", f"there is no {_shown(key)}{_near(key, resources)}")
        return Reading(title=known.get("name", ""), url=known.get("url", ""), why=why)
    return Reading(
        title=fields.text("title", longest=200),
        url=fields.text("url", pattern=_URL),
        why=why,
        year=fields.year("year", required=False),
    )


def _contradictions(problem: Problem) -> list[str]:
    """What is well formed and still wrong: something named twice, or a step that is not there."""
    faults = []
    covers = problem.starter.covers if problem.starter else ()
    named: tuple[tuple[str, Sequence[str | int]], ...] = (
        ("readings", [reading.url for reading in problem.readings]),
        ("readings", [reading.why for reading in problem.readings]),
        ("see_also", problem.see_also),
        ("starter.covers", covers),
    )
    for name, values in named:
        twice = [one for one, times in Counter(values).items() if one and times > 1]
        faults += [f"{name}: {_shown(one)} is there twice" for one in twice]
    if problem.id in problem.see_also:
        faults.append("see_also: names the problem itself")
    steps = len(problem.first_steps)
    for one in covers:
        if not 1 <= one <= steps:
            faults.append(f"starter.covers: there is no first step {one}; there are {steps}")
    return faults


def _near(word: str, words: Iterable[str]) -> str:
    found = near(word, words)
    return f" (did you mean {found[0]}?)" if found else ""


def _starter(fields: "_Fields") -> Starter:
    return Starter(
        recipe=fields.text("recipe", pattern=_SLUG, longest=SLUG_LENGTH),
        parts=fields.texts("parts", _PART, longest=2 * SLUG_LENGTH),
        parameters=fields.table("parameters"),
        quick=fields.table("quick"),
        full=fields.table("full"),
        covers=fields.integers("covers"),
    )


class _Fields:
    """Reads typed fields out of a table, and notes each fault instead of stopping at the first."""

    def __init__(self, data: Mapping[str, Any], prefix: str = "") -> None:
        self.data = data
        self.prefix = prefix
        self.faults: list[str] = []
        self._seen: set[str] = set()

    def text(
        self,
        name: str,
        *,
        required: bool = True,
        pattern: re.Pattern[str] | None = None,
        longest: int = TEXT_LENGTH,
    ) -> str:
        value = self._take(name)
        if value is None:
            if required:
                self.fault(name, "is missing")
            return ""
        return self._checked_text(name, value, pattern, longest)

    def texts(
        self, name: str, pattern: re.Pattern[str] | None = None, longest: int = TEXT_LENGTH
    ) -> tuple[str, ...]:
        value = self._take(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.fault(name, "is not a list of texts")
            return ()
        items = self._few(name, value)
        return tuple(self._checked_text(name, item, pattern, longest) for item in items)

    def integer(self, name: str) -> int:
        if self.data.get(name) is None:
            self.fault(name, "is missing")
        return self._integer_or_none(name) or 0

    def year(self, name: str, *, required: bool = True) -> int | None:
        if required and self.data.get(name) is None:
            self.fault(name, "is missing")
        value = self._integer_or_none(name)
        if value is not None and value not in YEARS:
            self.fault(name, f"{_shown(value)} is not a year from {YEARS[0]} to {YEARS[-1]}")
            return None
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        value = self._take(name)
        if value is None:
            return ()
        rows = value if isinstance(value, list | tuple) else [None]
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in rows):
            self.fault(name, "is not a list of whole numbers")
            return ()
        return tuple(self._few(name, rows))

    def flag(self, name: str) -> bool | None:
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            self.fault(name, "is neither true nor false")
            return None
        return value

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        value = self._take(name)
        if value is None:
            return default
        if value not in tuple(choices):
            self.fault(name, f"{_shown(value)} is none of {', '.join(choices)}")
            return default
        return str(value)

    def difficulty(self, name: str) -> str:
        value = self._take(name)
        if value is None:
            return ""
        match = _DIFFICULTY.fullmatch(value) if isinstance(value, str) else None
        if match is None or (match[2] is not None and match[1] >= match[2]):
            self.fault(name, f"{_shown(value)} is not a letter A-D or a rising range such as B-C")
            return ""
        return match[0]

    def table(self, name: str) -> dict[str, Any]:
        value = self._take(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(name, "is not a table")
            return {}
        return value

    def tables(self, name: str, read: Any) -> list[Any]:
        value = self._take(name)
        rows = [] if value is None else value if isinstance(value, list | tuple) else [value]
        made = []
        for n, row in enumerate(self._few(name, rows), start=1):
            if not isinstance(row, Mapping):
                self.fault(name, "is not a table")
                continue
            place = f"{name}.{n}" if rows is value else name
            inner = _Fields(row, f"{self.prefix}{place}.")
            made.append(read(inner))
            inner.reject_unknown()
            self.faults += inner.faults
        return made

    def reject_unknown(self) -> None:
        for name in self.data:
            if name not in self._seen:
                self.fault(str(name)[:40], "is not a field of this table")

    def _integer_or_none(self, name: str) -> int | None:
        value = self._take(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.fault(name, "is not a whole number")
            return None
        return value

    def _few(self, name: str, items: Sequence[Any]) -> Sequence[Any]:
        if len(items) > MOST_ITEMS:
            self.fault(name, f"has {len(items):,} items, {MOST_ITEMS} at most")
        return items[:MOST_ITEMS]

    def _take(self, name: str) -> Any:
        self._seen.add(name)
        return self.data.get(name)

    def fault(self, name: str, what: str) -> None:
        self.faults.append(f"{self.prefix}{name}: {what}")

    def _checked_text(
        self, name: str, value: Any, pattern: re.Pattern[str] | None, longest: int
    ) -> str:
        if not isinstance(value, str):
            self.fault(name, f"{_shown(value)} is not a text")
            return ""
        text = value.strip()
        if not text:
            self.fault(name, "is empty")
        elif len(text) > longest:
            self.fault(name, f"has {len(text):,} characters, {longest:,} at most")
        elif pattern is not None and not pattern.fullmatch(text):
            self.fault(name, f"{_shown(text)} is not well formed")
        else:
            return text
        return ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
