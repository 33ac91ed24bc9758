"""A question of one's own as a problem, around the plainest starter of its category."""

from problembrowser.catalogue import recipes
from problembrowser.catalogue.problem import TEXT_LENGTH, TITLE_LENGTH, Category, Problem
from problembrowser.errors import NoStarter, ScaffoldError
from problembrowser.text import plain, slug

LIST = "question"  # what stands before the id, where a list's problem has the list's name
_LONGEST_NAME = 60
_UNKNOWN = "A question of your own: nobody has rated it or looked for work on it. Do that first."


def problem(question: str, category: Category) -> Problem:
    """The question as a problem of a category.

    Raises NoStarter where the category has no plainest starter yet, ScaffoldError for a question
    that is no text or too long.
    """
    text = " ".join(plain(question).split())
    if not text or len(text) > TEXT_LENGTH:
        raise ScaffoldError(
            f"A question has 1 to {TEXT_LENGTH:,} characters; this has {len(text)}."
        )
    starter = recipes.plainest(category.slug)
    if starter is None:
        others = ", ".join(recipes.with_plainest())
        raise NoStarter(
            f"There is no plain starter for {category.slug} yet; there is for {others}.",
            f"Begin from a problem near yours: problembrowser list -c {category.slug}",
        )
    title = _title(text)
    return Problem(
        id=f"{LIST}:{slug(text, _LONGEST_NAME) or 'own'}",
        title=title,
        summary=_UNKNOWN if title == text else text,
        category=category.slug,
        starter=starter,
    )


def _title(text: str) -> str:
    """The question, or as many of its first words as a title takes."""
    if len(text) <= TITLE_LENGTH:
        return text
    cut = text[: TITLE_LENGTH - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"
