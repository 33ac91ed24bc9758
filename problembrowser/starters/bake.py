"""A project, made in a temporary folder: the only module that imports cookiecutter.

The layers of the starter are laid over each other as one template, cookiecutter renders that, and
the notebook is put together from the layers' fragments.
"""

import ast
import json
import re
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from problembrowser import __version__
from problembrowser.catalogue import bundled, recipes
from problembrowser.catalogue.problem import Category, Problem, Starter
from problembrowser.errors import ScaffoldError
from problembrowser.starters import notebook, place, prose, question
from problembrowser.starters.project import MARKER
from problembrowser.text import link, plain

NOTEBOOK, SCRIPT = "starter.ipynb", "starter.py"

_SLOT = "{{cookiecutter.slug}}"  # cookiecutter's own name for the folder that becomes the project
_RENDERED = {"AGENTS.md", "README.md", "pyproject.toml", "report.md", "lab/settings.py"}
# What a layer adds to the notebook, and to what AGENTS.md says of the model.
_FRAGMENT = re.compile(r"notebook/\d\d_\w+\.py")
_FACTS = re.compile(r"agents/[\w-]+\.md")
_WORDS = {
    ".gitignore": "what git leaves out",
    ".problem.json": "what this was generated from, and what is unchanged since",
    "AGENTS.md": "for coding assistants: how TransformerLens 4.3 is used here",
    "README.md": "this page",
    "lab/settings.py": "every size and seed, as `quick` and as `full`",
    "pyproject.toml": "what to install",
    "report.md": "the headings of a report, and what belongs under each",
    SCRIPT: "the notebook as a script with `# %%` cells",
    NOTEBOOK: "the notebook: begin here",
}


def template(
    problem: Problem,
    category: Category,
    starter: Starter,
    name: str,
    root: Path,
    address: str = "",
) -> dict[str, Any]:
    """Lay the layers of a starter over each other in `root`, as one cookiecutter template.

    Returns its context. Raises ScaffoldError where two layers hold the same file.
    """
    project = root / _SLOT
    _lay(project, "project", recipes.files(recipes.templates() / "project" / _SLOT))
    for layer in recipes.layers(starter):
        _lay(project, layer.name, layer.files())
    fragments = _taken(project, _FRAGMENT)
    facts = _taken(project, _FACTS)
    about = _about(problem, category)
    about["badge"] = prose.badge(address)
    _write(project / MARKER, _marker(problem, starter))
    files = place.files(project)
    context = {
        "slug": name,
        "_problem": about,
        "_settings": _settings(starter),
        "_requirements": recipes.requirements(starter),
        "_facts": facts,
        "_tree": _tree(project, [*files, NOTEBOOK, SCRIPT]),
        "_copy_without_render": [path for path in files if path not in _RENDERED],
        "_fragments": fragments,
    }
    _write(root / "cookiecutter.json", json.dumps(context, indent=1))
    return context


def _lay(project: Path, layer: str, files: Iterable[tuple[str, Path]]) -> None:
    """Put the files of a layer into a project; raises ScaffoldError where one is there already."""
    for inside, source in files:
        destination = project / inside
        if destination.exists():
            raise ScaffoldError(f"{layer} holds {inside}, which another layer holds too.")
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, destination)  # without its mode: it may be read-only here


def bake(
    problem: Problem, category: Category, starter: Starter, name: str, workshop: Path, address: str
) -> Path:
    """The finished project in a folder of the workshop; raises ScaffoldError."""
    from cookiecutter.exceptions import CookiecutterException
    from cookiecutter.generate import generate_files

    root = workshop / "template"
    root.mkdir()
    context = template(problem, category, starter, name, root, address)
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
    """Put the notebook and its script together from the fragments, the problem and the files."""
    about = context["_problem"]
    body = [cell for text in context["_fragments"] for cell in notebook.cells(text)]
    prose_of_body = [text for kind, text in body if kind == "markdown"]
    opening = ("markdown", prose.opening(about, prose_of_body))
    closing = ("markdown", prose.closing(about))
    carried = {
        path: (project / path).read_text(encoding="utf-8")
        for path in place.files(project)
        if path.startswith(("lab/", "tests/")) or path in {"pyproject.toml", "report.md"}
    }
    bootstrap = notebook.cells(
        (recipes.templates() / "project" / "bootstrap.py").read_text(encoding="utf-8")
    )
    constants = notebook.constants(
        {"PROJECT": context["slug"], "REQUIREMENTS": _requirements(project)}
    )
    setup = [bootstrap[0], constants, *bootstrap[1:], *notebook.saved(carried)]
    _write(project / SCRIPT, notebook.script([opening, *body, closing]))
    _write(project / NOTEBOOK, notebook.notebook([opening, *setup, *body, closing]))


def _taken(project: Path, kind: re.Pattern[str]) -> list[str]:
    """The texts of one kind that the layers laid, in the order of their names; taken out."""
    found = sorted(path for path in place.files(project) if kind.fullmatch(path))
    texts = [(project / path).read_text(encoding="utf-8") for path in found]
    for folder in {path.split("/")[0] for path in found}:
        shutil.rmtree(project / folder, ignore_errors=True)
    return texts


def _about(problem: Problem, category: Category) -> dict[str, Any]:
    known = bundled.about()
    ours = ":" not in problem.id
    return prose.facts(problem, category) | {
        "plain_title": plain(problem.title),
        "list": link(known["title"] if ours else _list_of(problem), problem.url),
        "notice": known["notice"] if ours else "",
        "hand_in": known["hand_in"]["items"],
    }


def _list_of(problem: Problem) -> str:
    name = problem.id.partition(":")[0]
    return "your own questions" if name == question.LIST else name


def _settings(starter: Starter) -> list[dict[str, Any]]:
    quick, full = recipes.settings(starter)
    helps = {name: one.help for name, one in recipes.parameters(starter).items()}
    return [
        {"name": name, "quick": quick[name], "full": full[name], "help": helps[name]}
        for name in quick
    ]


def _requirements(project: Path) -> list[str]:
    """What the project's code needs, for its notebook to install where it runs alone."""
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    return [str(one) for one in tomllib.loads(text)["project"]["dependencies"]]


def _marker(problem: Problem, starter: Starter) -> str:
    made_from = {"problem": problem.id, "title": plain(problem.title), "starter": asdict(starter)}
    return json.dumps(made_from | {"problembrowser": __version__}, indent=1) + "\n"


def _tree(project: Path, files: list[str]) -> list[str]:
    """The files as an indented tree with a few words on each, folders named where they begin."""
    rows: list[tuple[str, str]] = []
    folders: set[str] = set()
    for path in sorted(files, key=lambda path: ("/" not in path, path)):
        folder, _, leaf = path.rpartition("/")
        if folder and folder not in folders:
            folders.add(folder)
            rows.append((f"{folder}/", ""))
        rows.append((f"  {leaf}" if folder else leaf, _WORDS.get(path) or _says(project / path)))
    wide = max(len(name) for name, _ in rows)
    return [f"{name:{wide}}  {words}".rstrip() for name, words in rows]


def _says(module: Path) -> str:
    """The first sentence of a module's docstring, or its first clause; "" for any other file."""
    if module.suffix != ".py":
        return ""
    said = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    sentence = re.split(r"\.(?= |$)", " ".join(said.split()))[0]
    return sentence if len(sentence) <= 70 else re.split(r"[:;,] ", sentence)[0]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
