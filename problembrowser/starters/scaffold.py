"""From a problem to a project on disk: `bake` makes it, `place` moves it to where it belongs."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from problembrowser.catalogue import recipes
from problembrowser.catalogue.problem import Category, Problem, Starter
from problembrowser.errors import NoStarter, ScaffoldError
from problembrowser.starters import bake, git, place
from problembrowser.text import plain, slug

NOTEBOOK = bake.NOTEBOOK

_GITHUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """Where a project was written, and which files of the user's were kept instead of replaced.

    `repository` is an older one that the project lies in, which is left alone; `uncommitted` says
    why a new project got no first commit.
    """

    path: Path
    kept: tuple[str, ...]
    repository: Path | None = None
    uncommitted: str = ""


def folder_name(problem: Problem) -> str:
    """The folder a problem's project gets unless told otherwise, such as `3.5-max-of-two`."""
    parts = problem.starter.parts if problem.starter else ()
    about = [part.split("/")[-1] for part in parts if part.startswith("experiments/")]
    named = slug(problem.id.replace(":", "-")), about[0] if about else slug(problem.title)
    return "-".join(filter(None, named))


def new(
    problem: Problem,
    category: Category,
    *,
    output_dir: Path,
    name: str = "",
    model: str = "",
    github: str = "",
    git_init: bool = True,
    force: bool = False,
) -> Scaffolded:
    """Write the project of a problem into a new folder of `output_dir`.

    With `force` an existing folder is brought up to date; files that differ from what was generated
    there are kept. `github` (OWNER/REPO[/FOLDER]) is where the project will lie, for a badge
    that opens its notebook in Colab.

    Raises NoStarter, or ScaffoldError with nothing changed on disk.
    """
    target = place.target(output_dir, name or folder_name(problem))
    address = _address(github, NOTEBOOK)
    with place.writing(target):
        target = target.absolute()
        place.must_be_free(target, problem.id, update=force)
        starter = _with_model(problem, model)
        older = git.repository(target) if git_init else None
        with place.workshop(target.parent) as workshop:
            made = bake.bake(problem, category, starter, target.name, workshop, address)
            uncommitted = ""
            if git_init and older is None:
                message = f"Starter for problem {problem.id}, as generated"
                uncommitted = git.commit_all(made, message)
            kept = place.move(made, target, update=force)
    return Scaffolded(target, kept, older, uncommitted)


def write_notebook(
    problem: Problem,
    category: Category,
    *,
    output_dir: Path,
    model: str = "",
    github: str = "",
    force: bool = False,
) -> Path:
    """Write the notebook to upload to Colab, the one that the project has too; its path.

    `github` (OWNER/REPO[/FOLDER]) is where it will lie, for a badge that opens it in Colab.
    Raises NoStarter, or ScaffoldError where the file exists and `force` is off.
    """
    name = folder_name(problem)
    starter = _with_model(problem, model)
    target = output_dir / f"{name}.ipynb"
    address = _address(github, target.name)
    with place.writing(target):
        target = target.absolute()
        if os.path.lexists(target) and not force:
            raise _exists(target)
        with place.workshop(target.parent) as workshop:
            made = bake.bake(problem, category, starter, name, workshop, address)
            try:
                place.put(made / NOTEBOOK, target, replace=force)
            except FileExistsError as error:
                raise _exists(target) from error
    return target


def _exists(target: Path) -> ScaffoldError:
    return ScaffoldError(f"{target} exists already.", "Use --force to write over it.")


def _with_model(problem: Problem, model: str) -> Starter:
    if problem.starter is None:
        raise NoStarter(f"{problem.id} has no starter yet.")
    if faults := recipes.faults(problem.starter):
        raise ScaffoldError(f"{problem.id}: {faults[0]}")
    if not model:
        return problem.starter
    parameters = recipes.parameters(problem.starter)
    taken = parameters.get("model")
    if taken is None and "models" in parameters:
        raise ScaffoldError(
            f"{problem.id} compares several models, so --model alone has nothing to replace.",
            "Change the list `models` in lab/settings.py of the project.",
        )
    if taken is None:
        raise ScaffoldError(
            f"{problem.id} trains its own model, so --model has nothing to replace.",
            "Change the model's size in lab/settings.py of the project.",
        )
    if fault := taken.fault(model):
        raise ScaffoldError(f"--model: {fault}.")
    named = {"model": model}  # the participant's choice, also where the presets differ
    starter = problem.starter
    return replace(
        starter,
        parameters=starter.parameters | named,
        quick=starter.quick | named,
        full=starter.full | named,
    )


def _address(github: str, file: str) -> str:
    """Where a file will lie on GitHub, as OWNER/REPO/PATH; "" if nobody said."""
    if github and not _GITHUB.fullmatch(github):
        raise ScaffoldError(
            f"{plain(github)!r} is no place on GitHub.",
            "Write OWNER/REPO or OWNER/REPO/FOLDER, such as --github me/hackathon.",
        )
    return f"{github}/{file}" if github else ""
