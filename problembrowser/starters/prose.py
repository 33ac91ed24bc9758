"""What a project tells its participant about the problem: the notebook's opening and closing cells,
and the facts that README and report print. Every text is Markdown-safe when it leaves here."""

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
    return f"{problem.difficulty} ({meaning}; {_RATED_BY[problem.rated_by]}{star})"


def known_work(work: Any) -> str:
    """One line on published work: what it is, where, and what it settled."""
    return f"{link(work.title, work.url)} ({work.year}): {markdown(work.settled)}"


def opening(about: dict[str, Any]) -> str:
    """The first cell: the question, where it comes from, what is known."""
    source = f"Problem {about['id']} of {about['list']}, {about['category']}"
    section = f" / {about['section']}" if about["section"] else ""
    known = _bullets("Known work: look before you repeat it", about["known_work"])
    needs = _bullets("Know first", about["needs"])
    readings = _bullets("Read first", about["readings"])
    return "\n\n".join(
        part
        for part in (
            f"# {about['title']}",
            f"*{source}{section}. Difficulty {about['rating']}.*",
            about["summary"],
            f"> {about['notice']}" if about["notice"] else "",
            needs,
            readings,
            known,
        )
        if part
    )


def closing(about: dict[str, Any]) -> str:
    """The last cell: next steps, pitfalls, reading, and what a write-up must hold."""
    return "\n\n".join(
        part
        for part in (
            _bullets("Where to go from here", about["first_steps"], numbered=True, level=2),
            _bullets("Pitfalls", about["pitfalls"], level=2),
            _bullets("To read", about["resources"], level=2),
            _bullets("Before you hand in", about["hand_in"], level=2, box="[ ] "),
        )
        if part
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
