"""Which starters differ from a commit: in a layer, in their entry, or in what every project has.

Also by what is not committed. What only the texts of a notebook's opening take from
`resources.toml` and `about.toml` is not looked at.
"""

import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from problembrowser.catalogue import recipes
from problembrowser.catalogue.problem import Problem

PROBLEMS = "problembrowser/catalogue/problems"
# What goes into every project, and the modules that lay it out.
EVERYWHERE = (
    "templates/project/",
    "problembrowser/catalogue/recipes.py",
    *(f"problembrowser/starters/{name}.py" for name in ("bake", "notebook", "prose")),
)


def starters(problems: Iterable[Problem], root: Path, commit: str = "") -> list[Problem]:
    """Those whose project may differ from that of the commit in the repository at `root`.

    Without a commit: since the branch left main, on main itself since the commit before.
    Raises ValueError where there is no such commit.
    """
    commit = _git(root, "rev-parse", "--verify", f"{commit}^{{commit}}") if commit else _base(root)
    paths = _git(root, "diff", "--name-only", commit).splitlines()
    paths += _git(root, "ls-files", "--others", "--exclude-standard").splitlines()
    if any(path.startswith(EVERYWHERE) for path in paths):
        return [problem for problem in problems if problem.starter]
    entries = _changed_entries(root, commit, [path for path in paths if path.startswith(PROBLEMS)])
    return [
        problem
        for problem in problems
        if problem.starter and (problem.id in entries or _layer_in(problem, paths))
    ]


def _layer_in(problem: Problem, paths: Iterable[str]) -> bool:
    assert problem.starter
    layers = tuple(f"templates/{layer.name}/" for layer in recipes.layers(problem.starter))
    return any(path.startswith(layers) for path in paths)


def _changed_entries(root: Path, commit: str, paths: Iterable[str]) -> set[str]:
    """The problems whose entry differs, by id."""
    changed = set()
    for path in paths:
        then, now = _entries(_then(root, commit, path)), _entries(_now(root / path))
        changed |= {name for name in then | now if then.get(name) != now.get(name)}
    return changed


def _entries(text: str) -> dict[str, Any]:
    return {str(one["id"]): one for one in tomllib.loads(text).get("problem", [])}


def _then(root: Path, commit: str, path: str) -> str:
    there = _git(root, "ls-tree", "--name-only", commit, path)
    return _git(root, "show", f"{commit}:{path}") if there else ""


def _now(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _base(root: Path) -> str:
    """Where the branch left main; on main, or where there is no main, the commit before."""
    head = _git(root, "rev-parse", "HEAD")
    try:
        base = _git(root, "merge-base", "main", "HEAD")
    except ValueError:
        base = head
    return base if base != head else _git(root, "rev-parse", "--verify", "HEAD~1")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise ValueError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
