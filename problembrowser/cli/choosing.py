"""The verbs that help to decide: `show`, `categories` and `guide`."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from problembrowser.catalogue.problem import Problem
from problembrowser.cli import output
from problembrowser.cli.options import (
    Listing,
    as_data,
    as_json,
    complete_category,
    complete_id,
    find_problem,
    paged,
)
from problembrowser.index import index, suggest
from problembrowser.index.index import Filter, Index
from problembrowser.pages import terminal


@click.command("show", cls=Listing)
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=complete_id)
@as_data
@paged
def show_command(ids: Sequence[str], as_data: output.Data | None) -> None:
    """Show all that is known of a problem.

    \b
    Examples:
      problembrowser show 3.5
      problembrowser show 3.5 3.16 --json
      problembrowser show 3.5 --json first_steps,known_work
    """
    known = index.connect()
    found = [find_problem(known, problem_id) for problem_id in ids]
    if as_data:
        output.data_of(found, as_data)
        return
    columns = output.page_width()
    pages = []
    for problem in found:
        about = known.about(problem.id)
        resources = known.resources(problem.category)
        twins = [known.get(twin) for twin in problem.see_also]
        pages.append(terminal.problem(problem, about, resources, columns, twins) + "\n")
    output.page("\n".join(pages))
    for problem in found:
        output.talk(_next_step(known, problem))


@click.command("categories")
@as_json
def categories_command(as_json: bool) -> None:
    """List the categories.

    With each: how many problems it has, how many of them are rated A and
    nothing harder, and how many have a starter.

    \b
    Examples:
      problembrowser categories
      problembrowser categories --json
    """
    known = index.connect()
    found, tallies = known.categories(), known.tallies()
    if not as_json:
        output.data(terminal.categories(found, tallies, output.table_width()))
        return
    names = ("problems", "rated_a", "starters")
    output.json_list(
        asdict(category) | dict(zip(names, tallies.get(category.slug, (0, 0, 0)), strict=True))
        for category in found
    )


@click.command("guide")
@click.argument("category", required=False, shell_complete=complete_category)
@paged
def guide_command(category: str | None) -> None:
    """How to choose a problem, and what to read first.

    \b
    Examples:
      problembrowser guide
      problembrowser guide superposition
    """
    known = index.connect()
    about, columns = known.about(), output.page_width()
    if category is None:
        every = known.categories()
        output.page(terminal.guide(about, every, known.resources(), columns) + "\n")
        output.talk("More on one category: problembrowser guide algorithmic-problems")
        return
    chosen = known.category(category)
    first = known.find(Filter(categories=(chosen.slug,)), sort="id", limit=1)
    about = known.about(*(row.id for row in first))
    output.page(terminal.guide_to(chosen, about, known.resources(chosen.slug), columns) + "\n")
    output.talk(f"Its problems: problembrowser list -c {chosen.slug}")


def _next_step(known: Index, problem: Problem) -> str:
    if problem.starter:
        return f"Start on it: problembrowser new {problem.id}"
    if ":" in problem.id and _has_plainest(problem.category):
        return f"It names no recipe. The plainest one, to fill in: problembrowser new {problem.id}"
    near = suggest.nearest(problem, known.problems(known.find(Filter(starter=True))))
    if near is None:
        return (
            "It has no starter yet, and none that has one is near: begin with its first steps. "
            f"More like it: problembrowser list -c {problem.category}"
        )
    other, shared = near
    near_by = f"Near it, by {', '.join(shared[:3])}: problembrowser show {other.id}"
    return f"It has no starter yet. {near_by}"


def _has_plainest(category: str) -> bool:
    from problembrowser.catalogue import recipes  # reads TOML, which `show` hardly ever needs

    return recipes.plainest(category) is not None
