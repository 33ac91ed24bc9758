"""Longer texts for people: the page of a problem, the guide, a suggestion. Prints nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from problembrowser.catalogue.problem import Category, Hint, KnownWork, Post, Problem, Reading
from problembrowser.catalogue.scales import rating
from problembrowser.pages.render import clean, table, wrapped

_COMPUTE = {
    "cpu": "cpu: a laptop is enough",
    "gpu": "gpu: a Colab T4 is enough",
    "large-gpu": "large-gpu: more than 16 GB of GPU memory",
}
_CODING = {
    "low": "low: reading and small changes",
    "medium": "medium: a few functions of your own",
    "high": "high: a good part of the weekend is programming",
}
_RATED_BY = {
    "post": "rated in the post",
    "tracker": "rated by a community tracker, which may hide a range or a star",
    "estimate": "our estimate, no source rates it",
}
_STAR = {
    True: "yes: the author is especially keen on it",
    False: "no",
    None: "unknown",
}


def problem(
    it: Problem,
    about: Mapping[str, Any],
    resources: Sequence[Mapping[str, Any]],
    columns: int,
    twins: Sequence[Problem] = (),
) -> str:
    """All that is known of a problem, in the order in which somebody decides.

    The category's `resources` show where it has no readings; `twins` are what it says to see also.
    """
    return _joined(
        _title(it.id, it.title, columns),
        wrapped(it.summary, columns),
        _section("Notes", [wrapped(it.notes, columns, "  ")] if it.notes else []),
        _facts(it, about, columns),
        _post(it.post, columns) if it.post else "",
        _section("Have first", _bullets(it.needs, columns)),
        _section("First steps", _numbered(it.first_steps, columns)),
        _section("Pitfalls", _bullets(it.pitfalls, columns)),
        _section("Known work", _known_work(it, about, columns)),
        _section("Read first", [_reading(reading, columns) for reading in it.readings]),
        _section("Read and watch", [_link(one, columns) for one in resources if not it.readings]),
        _section("See also", _bullets([f"{one.id}: {one.title}" for one in twins], columns)),
        _dated(about, columns),
    )


def guide(
    about: Mapping[str, Any],
    categories: Sequence[Category],
    resources: Sequence[Mapping[str, Any]],
    columns: int,
) -> str:
    """How to choose for a weekend, then a paragraph for every category."""
    return _joined(
        _section("Choosing for a weekend", _bullets(about["weekend"], columns)),
        _section(
            "Levels",
            [_hanging(letter, meaning, columns) for letter, meaning in about["scale"].items()],
        ),
        _section(
            "Categories",
            [
                _hanging(str(each.number), f"{each.slug}: {each.advice}", columns)
                for each in categories
            ],
        ),
        _section("Read and watch", [_described(resource, columns) for resource in resources]),
        _dated(about, columns),
    )


def guide_to(
    category: Category,
    about: Mapping[str, Any],
    resources: Sequence[Mapping[str, Any]],
    columns: int,
) -> str:
    """What one category is, how it suits a weekend, and what to read for it."""
    return _joined(
        _title(str(category.number), category.title, columns),
        wrapped(category.summary, columns),
        _section("For a weekend", [wrapped(category.advice, columns, "  ")]),
        _section("Read and watch", [_described(resource, columns) for resource in resources]),
        _section("The post", [f"  {clean(category.url)}"] if category.url else []),
        _dated(about, columns),
    )


def suggestion(it: Problem, reasons: Sequence[str], objections: Sequence[str], columns: int) -> str:
    """A suggested problem, and what speaks for and against it."""
    parts = [_title(it.id, it.title, columns), wrapped(it.summary, columns, "  ")]
    for label, texts in (("For:     ", reasons), ("Against: ", objections)):
        if texts:
            indent = " " * (2 + len(label))
            parts.append(wrapped(f"{'; '.join(texts)}.", columns, f"  {label}", indent))
    return "\n".join(parts)


def categories(
    found: Sequence[Category], tallies: Mapping[str, tuple[int, int, int]], columns: int | None
) -> str:
    """The table of the categories: how many problems, how many rated A, how many with a starter."""
    return table(
        ("N", "PROBLEMS", "A", "STARTER", "CATEGORY", "TITLE"),
        [
            (
                str(each.number),
                *map(str, tallies.get(each.slug, (0, 0, 0))),
                each.slug,
                each.title,
            )
            for each in found
        ],
        columns,
        drop=("TITLE", "PROBLEMS", "STARTER"),
        room=29,
    )


def _facts(it: Problem, about: Mapping[str, Any], columns: int) -> str:
    facts = {
        "Level": _level(it, about["scale"]),
        "Star": _STAR[it.starred],
        "Compute": _COMPUTE[it.compute],
        "Coding": _CODING[it.coding],
        "Models": ", ".join(it.models) or "none to download",
        "Starter": f"yes: {it.starter.recipe}" if it.starter else "not yet",
        "Category": ", ".join(filter(None, (it.category, it.section))),
        "Tags": ", ".join(it.tags),
        "Post": it.url,
    }
    return "\n".join(
        wrapped(value, columns, f"{name:<10}", " " * 10) for name, value in facts.items() if value
    )


def _level(it: Problem, scale: Mapping[str, str]) -> str:
    if not it.difficulty:
        return "unknown: no source rates it"
    ends = dict.fromkeys((it.difficulty_min, it.difficulty_max))
    meaning = "; ".join(f"{letter} is {scale[letter]}" for letter in ends)
    by = "rated by the list" if _by_its_list(it) else _RATED_BY[it.rated_by]
    return f"{it.rating}, {by} ({meaning})"


def _by_its_list(it: Problem) -> bool:
    """Whether a list of one's own rates it: whatever it calls that, there need not be a post."""
    return ":" in it.id and it.rated_by != "estimate"


def _post(post: Post, columns: int) -> str:
    """The post's own words, and where and when they were read."""
    lines = [wrapped(post.statement, columns, "  ")]
    lines += [_hint(hint, columns) for hint in post.hints]
    lines += [f"    {clean(link)}" for link in post.links]
    lines += [wrapped(f"Read on {post.read} from {post.url}", columns, "  ")]
    return _section("The post says", lines)


def _hint(hint: Hint, columns: int) -> str:
    indent = "  " * min(hint.level, 6)
    rated = rating(hint.difficulty, "post", hint.starred) + " " if hint.difficulty else ""
    return wrapped(rated + hint.text, columns, f"{indent}- ", f"{indent}  ")


def _known_work(it: Problem, about: Mapping[str, Any], columns: int) -> list[str]:
    works: Sequence[KnownWork] = it.known_work
    if not works:
        ours = f"None that we know of, as of {about['as_of']}."
        nothing = f"{'The list names none.' if ':' in it.id else ours} Search before you start."
        return [wrapped(nothing, columns, "  ")]
    return [
        "\n".join(
            (
                wrapped(work.title, columns, f"  {work.year}  ", " " * 8),
                wrapped(work.settled, columns, " " * 8),
                " " * 8 + clean(work.url),
            )
        )
        for work in sorted(works, key=lambda work: (work.year, work.title))
    ]


def _reading(reading: Reading, columns: int) -> str:
    year = f" ({reading.year})" if reading.year else ""
    return "\n".join(
        (
            wrapped(reading.title + year, columns, "  - ", "    "),
            wrapped(reading.why, columns, "    "),
            f"    {clean(reading.url)}",
        )
    )


def _link(resource: Mapping[str, Any], columns: int) -> str:
    name = wrapped(resource["name"], columns, "  - ", "    ")
    return f"{name}\n    {clean(resource['url'])}"


def _described(resource: Mapping[str, Any], columns: int) -> str:
    what = resource.get("what", "")
    return _link(resource, columns) + (f"\n{wrapped(what, columns, '    ')}" if what else "")


def _dated(about: Mapping[str, Any], columns: int) -> str:
    return wrapped(f"{about['notice']} (As of {about['as_of']}.)", columns)


def _title(label: str, title: str, columns: int) -> str:
    label = f"{clean(label)}  "
    return click.style(wrapped(title, columns, label, " " * len(label)), bold=True)


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _section(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([click.style(heading, bold=True), *lines]) if lines else ""


def _bullets(texts: Iterable[str], columns: int) -> list[str]:
    return [wrapped(text, columns, "  - ", "    ") for text in texts]


def _numbered(texts: Iterable[str], columns: int) -> list[str]:
    return [wrapped(text, columns, f"  {n}. ", "     ") for n, text in enumerate(texts, start=1)]


def _hanging(label: str, text: str, columns: int) -> str:
    return wrapped(text, columns, f"  {label}  ", "     ")
