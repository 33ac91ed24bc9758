"""The verbs that make and use a project: `new`, `notebook`, `test`, `doctor`."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from problembrowser.catalogue.problem import Category, Problem
from problembrowser.cli import output
from problembrowser.cli.options import complete_category, complete_id, find_problem, not_empty
from problembrowser.errors import NoStarter, ProblemBrowserError
from problembrowser.index import index
from problembrowser.index.index import Filter, Index

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from problembrowser.starters.project import Project
    from problembrowser.starters.scaffold import Scaffolded

# 3.5, my-list:7; what else is typed after `test` names a folder
_AN_ID = re.compile(r"([a-z][a-z0-9-]*:.+)|\d+[.,]\d+[a-z]?")
_folder = click.option(
    *("-o", "--output-dir"),
    type=click.Path(file_okay=False),
    callback=not_empty,
    default=".",
    metavar="DIR",
    help="Where to write it; the current folder unless told otherwise.",
)


def _complete_model(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The models that are known to suit the problem that was named before."""
    from click.shell_completion import CompletionItem

    from problembrowser.catalogue import recipes

    # While the option has no value yet, click leaves what stands before it in `args`.
    named = ctx.params.get("problem_id") or next(iter(ctx.args), "")
    with suppress(ProblemBrowserError):
        starter = index.connect().get(named).starter
        known = recipes.models(starter) if starter else ()
        return [CompletionItem(one) for one in known if one.startswith(incomplete)]
    return []


_model = click.option(
    "--model",
    callback=not_empty,
    metavar="NAME",
    shell_complete=_complete_model,
    help="Another model than the usual, as owner/name; where a starter loads one.",
)
_problem_id = click.argument(
    "problem_id", metavar="[ID]", required=False, shell_complete=complete_id
)
_question = click.option(
    "--question", callback=not_empty, metavar="TEXT", help="A question of your own instead of ID."
)
_kind = click.option(
    *("-c", "--category"),
    callback=not_empty,
    metavar="CATEGORY",
    shell_complete=complete_category,
    help="What kind of question it is.",
)
_github = click.option(
    "--github",
    callback=not_empty,
    metavar="OWNER/REPO[/FOLDER]",
    help="Where it will lie on GitHub: puts an Open in Colab badge on it.",
)


def _complete_project(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """The projects in this folder whose names begin so, and folders."""
    from click.shell_completion import CompletionItem

    from problembrowser.starters import project

    found = [one for one in project.below(Path()) if one.path.name.startswith(incomplete)]
    # The folder first: bash forgets what stands before one.
    return [
        CompletionItem(incomplete, type="dir"),
        *(CompletionItem(one.path.name, help=f"problem {one.problem}") for one in found),
    ]


@click.command("new")
@_problem_id
@_question
@_kind
@_folder
@click.option("--name", callback=not_empty, help="The folder's name.")
@_model
@_github
@click.option("--no-git", is_flag=True, help="No repository and no first commit.")
@click.option("--force", is_flag=True, help="Update a folder that exists; keep what you changed.")
def new_command(
    problem_id: str | None,
    question: str | None,
    category: str | None,
    output_dir: str,
    name: str | None,
    model: str | None,
    github: str | None,
    no_git: bool,
    force: bool,
) -> None:
    """Start a project on a problem, or on a question of yours.

    It has a notebook, model code and tests. Prints the path of the project and
    nothing else on stdout. Around a question of yours it is the plainest one of
    a category, with what it is about to be filled in.

    \b
    Examples:
      problembrowser new 3.5
      cd "$(problembrowser new 3.16)" && problembrowser test
      problembrowser new 3.5 -o ~/hackathon --name max-or-min
      problembrowser new --question "Which head finds the median?" -c algorithmic-problems
    """
    from problembrowser.starters import project, scaffold

    problem, kind = _chosen(problem_id, question, category)
    with _stoppable():
        made = scaffold.new(
            problem,
            kind,
            output_dir=Path(output_dir),
            name=name or "",
            model=model or "",
            github=github or "",
            git_init=not no_git,
            force=force,
        )
    for kept in made.kept:
        output.talk(f"kept, as you changed it: {kept}")
    output.path(made.path)
    output.talk(f"{problem.id}: {problem.title}")
    _say_of_model(problem, model)
    _say_what_is_committed(made)
    output.talk(f"Next: problembrowser test {project.typed(made.path)}")
    output.talk(f"Then: jupyter lab {project.typed(made.path / scaffold.NOTEBOOK)}")
    output.talk(
        f"Or in Colab: upload {scaffold.NOTEBOOK} alone at https://colab.research.google.com"
    )


@click.command("notebook")
@_problem_id
@_question
@_kind
@_folder
@_model
@_github
@click.option("--force", is_flag=True, help="Write over a file of that name.")
def notebook_command(
    problem_id: str | None,
    question: str | None,
    category: str | None,
    output_dir: str,
    model: str | None,
    github: str | None,
    force: bool,
) -> None:
    """Write the one-file notebook of a problem, to upload to Colab.

    It is the notebook that `new` puts into a project; alone, it installs what
    is missing and brings the project's modules along.

    \b
    Examples:
      problembrowser notebook 3.5
      problembrowser notebook 3.16 -o notebooks --github me/hackathon/notebooks
    """
    from problembrowser.starters import scaffold

    problem, kind = _chosen(problem_id, question, category)
    with _stoppable():
        path = scaffold.write_notebook(
            problem,
            kind,
            output_dir=Path(output_dir),
            model=model or "",
            github=github or "",
            force=force,
        )
    output.path(path)
    _say_of_model(problem, model)
    output.talk("Next: open https://colab.research.google.com, upload it, choose a T4 GPU.")


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.argument(
    "arguments",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="[DIR|ID] [PYTEST-OPTIONS]...",
    shell_complete=_complete_project,
)
@click.pass_context
def test_command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Run the tests of a project, from anywhere inside it, by folder or by problem.

    An id finds the project on that problem in this folder or in those in it.
    What follows goes to pytest; its exit code is ours. Paths are read from the
    project's folder.

    \b
    Examples:
      problembrowser test
      problembrowser test 3.5
      problembrowser test 3.5-max-of-two
      problembrowser test -x -k task
    """
    from problembrowser.starters import project

    named = bool(arguments) and not arguments[0].startswith("-") and not _is_test(arguments[0])
    if named and not arguments[0].strip():
        raise click.UsageError("The name of the project's folder is empty.")
    found = _project(arguments[0]) if named else project.find(Path())
    output.talk(f"Testing {found.path} (problem {found.problem})")
    ctx.exit(project.run_tests(found, arguments[1:] if named else arguments))


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
@click.pass_context
def doctor_command(ctx: click.Context, as_json: bool) -> None:
    """Check that this machine can run a project: versions, device, git.

    Exits with 1 when something is missing.

    \b
    Example:
      problembrowser doctor
    """
    from problembrowser.starters import machine

    found = list(machine.findings())
    if as_json:
        output.json_list(one._asdict() for one in found)
    else:
        for one in found:
            output.data(f"{'ok' if one.good else 'NO':3} {one.what:17} {one.found}")
    for one in found:
        if not one.good:
            output.talk(f"{one.what}: {one.hint}")
    ctx.exit(0 if all(one.good for one in found) else 1)


def _chosen(
    problem_id: str | None, question: str | None, category: str | None
) -> tuple[Problem, Category]:
    """What to start on, with a starter, and its category; raises NoStarter with what to do."""
    known = index.connect()
    if question is not None:
        return _asked(known, question, category, problem_id)
    if problem_id is None:
        raise click.UsageError("Name a problem, or ask: --question TEXT -c CATEGORY.")
    if category is not None:
        raise click.UsageError("-c goes with --question; a problem has its category.")
    problem = find_problem(known, problem_id)
    if problem.starter is None and ":" in problem.id:
        problem = _with_plainest(problem)
    if problem.starter is None:
        raise NoStarter(f"{problem.id} has no starter yet.", _instead(known, problem))
    return problem, known.category(problem.category)


def _asked(
    known: Index, text: str, category: str | None, problem_id: str | None
) -> tuple[Problem, Category]:
    """A question of one's own as a problem."""
    from problembrowser.starters import question

    if problem_id is not None:
        raise click.UsageError("Give either a problem or --question.")
    if category is None:
        from problembrowser.catalogue import recipes

        having = ", ".join(recipes.with_plainest())
        raise click.UsageError(f"Say what kind of question it is: -c CATEGORY ({having}).")
    kind = known.category(category)
    problem = question.problem(text, kind)
    _say_what_to_fill_in(problem, "A question of your own")
    return problem, kind


def _with_plainest(problem: Problem) -> Problem:
    """The problem of a list with the plainest starter of its category, which is said; if any."""
    from dataclasses import replace

    from problembrowser.catalogue import recipes

    starter = recipes.plainest(problem.category)
    problem = replace(problem, starter=starter)
    if starter is not None:
        _say_what_to_fill_in(problem, f"{problem.id} names no recipe")
    return problem


def _say_what_to_fill_in(problem: Problem, why: str) -> None:
    from problembrowser.catalogue import recipes

    assert problem.starter is not None, "it was given the plainest"
    settings = ", ".join(recipes.to_fill_in(problem.starter))
    output.talk(f"{why}: this is the plainest of {problem.category}.")
    output.talk(f"Fill in what it is about: {settings} in lab/settings.py.")


def _instead(known: Index, problem: Problem) -> str:
    """What to do about a problem without a starter."""
    from problembrowser.catalogue import recipes
    from problembrowser.index import suggest

    near = suggest.nearest(problem, known.problems(known.find(Filter(starter=True))))
    if near:
        other, shared = near
        both = f"Near it, by {', '.join(shared[:3])}: {other.id} ({other.title})."
        return f"{both} Type: problembrowser new {other.id}"
    own = (
        f', or --question "..." -c {problem.category}' if recipes.plainest(problem.category) else ""
    )
    return f"None that has one is near. Its first steps: problembrowser show {problem.id}{own}"


def _say_of_model(problem: Problem, model: str | None) -> None:
    """Says of a model that nobody tried that it may not suit."""
    from problembrowser.catalogue import recipes

    suits = recipes.models(problem.starter) if model and problem.starter else ()
    if model and suits and model not in suits:
        output.talk(f"{model} was not tried; {' or '.join(suits)} is known to suit.")


def _say_what_is_committed(made: "Scaffolded") -> None:
    if made.uncommitted:
        output.talk(f"There is no first commit: {made.uncommitted}.")
        output.talk("To have one: mend that, and type the same again with --force.")
    elif made.repository and made.repository != made.path:
        output.talk(f"It lies in the repository {made.repository}: commit it there as it is now.")


def _project(text: str) -> "Project":
    """The project in a folder, or on a problem."""
    from problembrowser.starters import project

    folder = Path(text)
    if os.path.lexists(folder) or not _AN_ID.fullmatch(text):
        return project.find(folder)
    return project.find_for(text.replace(",", "."), Path())


def _is_test(text: str) -> bool:
    """Whether an argument names tests for pytest, not the folder of a project."""
    return text.partition("::")[0].endswith(".py")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Lets a termination end the work as Ctrl-C does, so that what is half done is cleared away."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    # Windows has no SIGHUP; what is ignored (nohup) stays so.
    wanted = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    taken = [one for one in wanted if one and signal.getsignal(one) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
