"""What a problem is, and what makes one valid. Pure data: reads no file, prints nothing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from problembrowser.scales import CODING, COMPUTE, RATED_BY, rating

TITLE_LENGTH = 70
TEXT_LENGTH = 2_000

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
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
    `quick` and `full` for one of them.
    """

    recipe: str
    parts: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    quick: dict[str, Any] = field(default_factory=dict)
    full: dict[str, Any] = field(default_factory=dict)


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
    starter: Starter | None = None
    post: Post | None = None

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
        slug=fields.text("slug", pattern=_SLUG),
        number=fields.integer("number"),
        title=fields.text("title", longest=TITLE_LENGTH),
        summary=fields.text("summary", required=False),
        advice=fields.text("advice", required=False),
        url=fields.text("url", required=False, pattern=_URL),
    )
    fields.reject_unknown()
    return (None if fields.faults else category), fields.faults


def problem_from(
    data: Mapping[str, Any], category: str, url: str
) -> tuple[Problem | None, list[str]]:
    """The problem that a table of a list describes, or none and what is wrong with it.

    A fault reads `field: what is wrong`. `category` and `url` stand in where the table has none.
    """
    fields = _Fields(data)
    problem = Problem(
        id=fields.text("id", pattern=_ID, longest=40),
        title=fields.text("title", longest=TITLE_LENGTH),
        summary=fields.text("summary"),
        category=fields.text("category", required=False, pattern=_SLUG) or category,
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
        starter=next(iter(fields.tables("starter", _starter)), None),
    )
    fields.reject_unknown()
    return (None if fields.faults else problem), fields.faults


def restored(data: Mapping[str, Any]) -> Problem:
    """The problem whose `asdict` was written as JSON; what it reads was valid when written."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    values["known_work"] = tuple(KnownWork(**work) for work in data["known_work"])
    if starter := data["starter"]:
        values["starter"] = Starter(**{**starter, "parts": tuple(starter["parts"])})
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
        year=fields.integer("year"),
        settled=fields.text("settled"),
    )


def _starter(fields: "_Fields") -> Starter:
    return Starter(
        recipe=fields.text("recipe", pattern=_SLUG),
        parts=fields.texts("parts"),
        parameters=fields.table("parameters"),
        quick=fields.table("quick"),
        full=fields.table("full"),
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
                self._fault(name, "is missing")
            return ""
        return self._checked_text(name, value, pattern, longest)

    def texts(self, name: str, pattern: re.Pattern[str] | None = None) -> tuple[str, ...]:
        value = self._take(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self._fault(name, "is not a list of texts")
            return ()
        return tuple(self._checked_text(name, item, pattern, TEXT_LENGTH) for item in value)

    def integer(self, name: str) -> int:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            self._fault(name, "is missing" if value is None else "is not a whole number")
            return 0
        return value

    def flag(self, name: str) -> bool | None:
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            self._fault(name, "is neither true nor false")
            return None
        return value

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        value = self._take(name)
        if value is None:
            return default
        if value not in tuple(choices):
            self._fault(name, f"{_shown(value)} is none of {', '.join(choices)}")
            return default
        return str(value)

    def difficulty(self, name: str) -> str:
        value = self._take(name)
        if value is None:
            return ""
        match = _DIFFICULTY.fullmatch(value) if isinstance(value, str) else None
        if match is None or (match[2] is not None and match[1] >= match[2]):
            self._fault(name, f"{_shown(value)} is not a letter A-D or a rising range such as B-C")
            return ""
        return match[0]

    def table(self, name: str) -> dict[str, Any]:
        value = self._take(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._fault(name, "is not a table")
            return {}
        return value

    def tables(self, name: str, read: Any) -> list[Any]:
        value = self._take(name)
        rows = [] if value is None else value if isinstance(value, list | tuple) else [value]
        made = []
        for n, row in enumerate(rows, start=1):
            if not isinstance(row, Mapping):
                self._fault(name, "is not a table")
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
                self._fault(str(name)[:40], "is not a field of this table")

    def _take(self, name: str) -> Any:
        self._seen.add(name)
        return self.data.get(name)

    def _fault(self, name: str, what: str) -> None:
        self.faults.append(f"{self.prefix}{name}: {what}")

    def _checked_text(
        self, name: str, value: Any, pattern: re.Pattern[str] | None, longest: int
    ) -> str:
        if not isinstance(value, str):
            self._fault(name, f"{_shown(value)} is not a text")
            return ""
        text = value.strip()
        if not text:
            self._fault(name, "is empty")
        elif len(text) > longest:
            self._fault(name, f"has {len(text):,} characters, {longest:,} at most")
        elif pattern is not None and not pattern.fullmatch(text):
            self._fault(name, f"{_shown(text)} is not well formed")
        else:
            return text
        return ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
