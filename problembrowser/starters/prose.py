"""What a project tells its participant about the problem: the notebook's opening and closing cells,
and the facts that README and report print. Every text is Markdown-safe when it leaves here."""

import re
from collections.abc import Iterable
from typing import Any

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Category, Problem
from problembrowser.text import link, markdown

_RATED_BY = {
    "post": "rated in the post",
    "tracker": "rated by a community tracker of the list",
    "estimate": "our estimate",
}


def facts(problem: Problem, category: Category) -> dict[str, Any]:
    """The problem as the templates print it."""
    return {
        "id": markdown(problem.id),
        "title": markdown(problem.title),
        "summary": markdown(problem.summary),
        "rating": rating(problem),
        "category": markdown(category.title),
        "section": markdown(problem.section),
        "needs": [markdown(text) for text in problem.needs],
        "first_steps": [markdown(text) for text in problem.first_steps],
        "pitfalls": [markdown(text) for text in problem.pitfalls],
        "known_work": [known_work(work) for work in problem.known_work],
        "readings": [
            f"{link(one.title, one.url)}: {markdown(one.why)}" for one in problem.readings
        ],
        "plan": plan(problem),
        "resources": [
            f"{link(one['name'], one['url'])}: {markdown(one['what'])}"
            for one in resources(category.slug)
            if not problem.readings
        ],
    }


def resources(category: str) -> list[dict[str, Any]]:
    """What to read for a category, besides what is for everyone."""
    return [one for one in bundled.resources() if category in one["for"]]


def rating(problem: Problem) -> str:
    """The difficulty in words, with who says so."""
    if not problem.difficulty:
        return "not rated"
    scale = bundled.about()["scale"]
    meaning = scale.get(problem.difficulty) or (
        f"from {scale[problem.difficulty_min]} to {scale[problem.difficulty_max]}"
    )
    star = ", starred by the list's author" if problem.starred else ""
    by_its_list = ":" in problem.id and problem.rated_by != "estimate"
    by = "rated by the list" if by_its_list else _RATED_BY[problem.rated_by]
    return f"{problem.difficulty} ({meaning}; {by}{star})"


def known_work(work: Any) -> str:
    """One line on published work: what it is, where, and what it settled."""
    return f"{link(work.title, work.url)} ({work.year}): {markdown(work.settled)}"


def opening(about: dict[str, Any], body: Iterable[str]) -> str:
    """The first cell: the question, what to read, what is known, the words that `body` uses."""
    source = f"Problem {about['id']} of {about['list']}, {about['category']}"
    section = f" / {about['section']}" if about["section"] else ""
    return "\n\n".join(
        part
        for part in (
            f"# {about['title']}",
            about["badge"],
            f"*{source}{section}. Difficulty {about['rating']}.*",
            about["summary"],
            f"> {about['notice']}" if about["notice"] else "",
            _bullets("Know first", about["needs"]),
            _bullets("Read first", about["readings"]),
            _bullets("Known work: look before you repeat it", about["known_work"]),
            glossary(body),
        )
        if part
    )


def closing(about: dict[str, Any]) -> str:
    """The last cell: what is left to do, pitfalls, and what a write-up must hold."""
    plan = [f"**{when}.** {step}" for when, step in about["plan"]]
    return "\n\n".join(
        part
        for part in (
            _bullets("What is left: a weekend from here", plan, level=2),
            _bullets("Pitfalls", about["pitfalls"], level=2),
            _bullets("To read", about["resources"], level=2),
            _bullets("Before you hand in", about["hand_in"], level=2, box="[ ] "),
            "The project's tests, yours among them: `!python -m pytest -q` in a cell.",
        )
        if part
    )


def plan(problem: Problem) -> list[tuple[str, str]]:
    """When to do what: the first steps that the starter has not carried out, over a weekend."""
    covers = problem.starter.covers if problem.starter else ()
    left = [step for n, step in enumerate(problem.first_steps, start=1) if n not in covers]
    times = ("Saturday morning", "Saturday afternoon", "Saturday evening", "Sunday morning")
    last = "Sunday afternoon"
    return [
        ("Friday night", "Your prediction, this notebook, and a look at every figure of it."),
        *(
            (times[min(n, len(times) - 1)] if n < len(times) else "If there is time", step)
            for n, step in enumerate(map(markdown, left))
        ),
        (last, "Stop measuring. Repeat the main figure on a new seed, and write `report.md`."),
    ]


def badge(address: str) -> str:
    """The badge that opens a notebook on GitHub (OWNER/REPO/PATH) in Colab, or ""."""
    if not address:
        return ""
    owner, repository, path = address.split("/", 2)
    target = f"https://colab.research.google.com/github/{owner}/{repository}/blob/main/{path}"
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Open in Colab]({image})]({target})"


def glossary(body: Iterable[str]) -> str:
    """A folded list of the terms that stand in some texts, each explained, or "" for none."""
    text = "\n".join(body)
    rows = [
        f"- **{one['term']}**: {markdown(one['means'])}."
        for one in bundled.glossary()
        if any(
            re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", text, re.IGNORECASE)
            for form in (one["term"], *one.get("also", ()))
        )
    ]
    more = next(one for one in bundled.resources() if one["key"] == "glossary")
    if not rows:
        return ""
    return "\n".join(
        (
            "<details><summary>Words used here, explained</summary>",
            "",
            *rows,
            "",
            f"More: {link(more['name'], more['url'])}",
            "",
            "</details>",
        )
    )


def _bullets(
    heading: str, items: list[str], *, numbered: bool = False, level: int = 3, box: str = ""
) -> str:
    if not items:
        return ""
    lines = [
        f"{f'{number}.' if numbered else '-'} {box}{item}" for number, item in enumerate(items, 1)
    ]
    return "\n".join([f"{'#' * level} {heading}", "", *lines])
