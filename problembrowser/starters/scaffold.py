"""From a problem to a project on disk: the only module that imports cookiecutter.

The layers of the starter are laid over each other in a temporary folder, cookiecutter renders that,
and `place` moves the finished project to where it belongs.
"""

import json
import os
import re
import shutil
import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from problembrowser import __version__
from problembrowser.catalogue import bundled, recipes
from problembrowser.catalogue.problem import Category, Problem, Starter
from problembrowser.errors import NoStarter, ScaffoldError
from problembrowser.starters import git, notebook, place, prose
from problembrowser.starters.project import MARKER
from problembrowser.text import link, plain, slug

NOTEBOOK, SCRIPT = "starter.ipynb", "starter.py"

_SLOT = "{{cookiecutter.slug}}"  # cookiecutter's own name for the folder that becomes the project
_RENDERED = {"README.md", "pyproject.toml", "report.md", "lab/settings.py"}
_FRAGMENT = re.compile(r"notebook/(\d\d_\w+)\.py")


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
    git_init: bool = True,
    force: bool = False,
) -> Scaffolded:
    """Write the project of a problem into a new folder of `output_dir`.

    With `force` an existing folder is brought up to date; files that differ from what was generated
    there are kept. Raises NoStarter, or ScaffoldError with nothing changed on disk.
    """
    target = place.target(output_dir, name or folder_name(problem))
    with place.writing(target):
        target = target.absolute()
        place.must_be_free(target, problem.id, update=force)
        starter = _with_model(problem, model)
        older = git.repository(target) if git_init else None
        with place.workshop(target.parent) as workshop:
            made = _bake(problem, category, starter, target.name, workshop)
            uncommitted = ""
            if git_init and older is None:
                message = f"Starter for problem {problem.id}, as generated"
                uncommitted = git.commit_all(made, message)
            kept = place.move(made, target, update=force)
    return Scaffolded(target, kept, older, uncommitted)


def write_notebook(
    problem: Problem, category: Category, *, output_dir: Path, model: str = "", force: bool = False
) -> Path:
    """Write the notebook to upload to Colab, the one that the project has too; its path.

    Raises NoStarter, or ScaffoldError where the file exists and `force` is off.
    """
    name = folder_name(problem)
    starter = _with_model(problem, model)
    target = output_dir / f"{name}.ipynb"
    with place.writing(target):
        target = target.absolute()
        if os.path.lexists(target) and not force:
            raise _exists(target)
        with place.workshop(target.parent) as workshop:
            made = _bake(problem, category, starter, name, workshop)
            try:
                place.put(made / NOTEBOOK, target, replace=force)
            except FileExistsError as error:
                raise _exists(target) from error
    return target


def _exists(target: Path) -> ScaffoldError:
    return ScaffoldError(f"{target} exists already.", "Use --force to write over it.")


def template(
    problem: Problem, category: Category, starter: Starter, name: str, root: Path
) -> dict[str, Any]:
    """Lay the layers of a starter over each other in `root`, as one cookiecutter template.

    Returns its context. Raises ScaffoldError where two layers hold the same file.
    """
    project = root / _SLOT
    shutil.copytree(
        recipes.templates() / "project" / _SLOT,
        project,
        ignore=shutil.ignore_patterns("__pycache__", ".*_cache"),
    )
    for layer in recipes.layers(starter):
        for inside, source in layer.files():
            destination = project / inside
            if destination.exists():
                raise ScaffoldError(f"{layer.name} holds {inside}, which another layer holds too.")
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, destination)
    fragments = _take_fragments(project)
    about = _about(problem, category)
    _write(project / MARKER, _marker(problem, starter))
    files = place.files(project)
    context = {
        "slug": name,
        "_problem": about,
        "_settings": _settings(starter),
        "_tree": _tree([*files, NOTEBOOK, SCRIPT]),
        "_copy_without_render": [path for path in files if path not in _RENDERED],
        "_fragments": fragments,
    }
    _write(root / "cookiecutter.json", json.dumps(context, indent=1))
    return context


def _bake(
    problem: Problem, category: Category, starter: Starter, name: str, workshop: Path
) -> Path:
    from cookiecutter.exceptions import CookiecutterException
    from cookiecutter.generate import generate_files

    root = workshop / "template"
    root.mkdir()
    context = template(problem, category, starter, name, root)
    try:
        made = Path(
            generate_files(root, {"cookiecutter": context}, str(workshop), accept_hooks=False)
        )
    except CookiecutterException as error:
        raise ScaffoldError(f"cookiecutter could not render the templates: {error}") from error
    _write_notebook(made, context)
    place.seal(made)
    return made


def _write_notebook(project: Path, context: dict[str, Any]) -> None:
    """Put the notebook and its script together from the fragments, the problem and the modules."""
    about = context["_problem"]
    opening = ("markdown", prose.opening(about))
    closing = ("markdown", prose.closing(about))
    body = [cell for text in context["_fragments"] for cell in notebook.cells(text)]
    modules = {
        path: (project / path).read_text(encoding="utf-8")
        for path in place.files(project)
        if path.startswith("lab/")
    }
    bootstrap = notebook.cells(
        (recipes.templates() / "project" / "bootstrap.py").read_text(encoding="utf-8")
    )
    constants = notebook.constants(
        {"PROJECT": context["slug"], "REQUIREMENTS": _requirements(project)}
    )
    setup = [bootstrap[0], constants, *bootstrap[1:], *notebook.modules(modules)]
    _write(project / SCRIPT, notebook.script([opening, *body, closing]))
    _write(project / NOTEBOOK, notebook.notebook([opening, *setup, *body, closing]))


def _take_fragments(project: Path) -> list[str]:
    """The notebook's fragments in the order of their numbers; they are not files of the project."""
    found = sorted(path for path in place.files(project) if _FRAGMENT.fullmatch(path))
    texts = [(project / path).read_text(encoding="utf-8") for path in found]
    shutil.rmtree(project / "notebook", ignore_errors=True)
    return texts


def _about(problem: Problem, category: Category) -> dict[str, Any]:
    known = bundled.about()
    ours = ":" not in problem.id
    return prose.facts(problem, category) | {
        "plain_title": plain(problem.title),
        "list": link(known["title"] if ours else problem.id.split(":")[0], problem.url),
        "notice": known["notice"] if ours else "",
        "hand_in": known["hand_in"]["items"],
    }


def _settings(starter: Starter) -> list[dict[str, Any]]:
    quick, full = recipes.settings(starter)
    helps = {name: one.help for name, one in recipes.parameters(starter).items()}
    return [
        {"name": name, "quick": quick[name], "full": full[name], "help": helps[name]}
        for name in quick
    ]


def _with_model(problem: Problem, model: str) -> Starter:
    if problem.starter is None:
        raise NoStarter(f"{problem.id} has no starter yet.")
    if faults := recipes.faults(problem.starter):
        raise ScaffoldError(f"{problem.id}: {faults[0]}")
    if not model:
        return problem.starter
    if "model" not in recipes.parameters(problem.starter):
        raise ScaffoldError(
            f"{problem.id} trains its own model, so --model has nothing to replace.",
            "Change the model's size in lab/settings.py of the project.",
        )
    return replace(problem.starter, parameters=problem.starter.parameters | {"model": model})


def _requirements(project: Path) -> list[str]:
    """What the project's code needs, for its notebook to install where it runs alone."""
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    return [str(one) for one in tomllib.loads(text)["project"]["dependencies"]]


def _marker(problem: Problem, starter: Starter) -> str:
    made_from = {"problem": problem.id, "title": plain(problem.title), "starter": asdict(starter)}
    return json.dumps(made_from | {"problembrowser": __version__}, indent=1) + "\n"


def _tree(files: list[str]) -> list[str]:
    """The files as an indented tree, folders first named where they begin."""
    lines: list[str] = []
    folders: set[str] = set()
    for path in sorted(files, key=lambda path: ("/" not in path, path)):
        folder, _, leaf = path.rpartition("/")
        if folder and folder not in folders:
            folders.add(folder)
            lines.append(f"{folder}/")
        lines.append(f"  {leaf}" if folder else leaf)
    return lines


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
