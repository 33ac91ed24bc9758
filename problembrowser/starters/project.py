"""A generated project as found on disk: where it begins, and how its tests are run."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from problembrowser import files
from problembrowser.errors import ProjectError

MARKER = ".problem.json"
_LARGEST = 1024 * 1024
_DEEPEST = 1  # folders between where somebody stands and a project
_MOST_FOLDERS = 2_000
_NAMED = 5
_NEEDED = ("torch", "transformer_lens", "matplotlib", "pytest")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that `new` wrote, and the problem that it is about."""

    path: Path
    problem: str


def noted(folder: Path) -> dict[str, Any]:
    """What the marker of a project says; empty where there is none or it was damaged."""
    try:
        found = json.loads(files.read(folder / MARKER, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def find(start: Path) -> Project:
    """The project that a folder is, or lies in; raises ProjectError."""
    try:
        here = start.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        why = getattr(error, "strerror", "") or error
        raise ProjectError(f"Cannot look in {start}: {why}.", "Name a folder.") from error
    for folder in (here, *here.parents):
        with suppress(OSError):
            if (folder / MARKER).is_file():
                return _project(folder, here)
    raise ProjectError(f"{here} is not inside a generated project.", _which(below(here)))


def find_for(problem: str, start: Path) -> Project:
    """The project on a problem that a folder is, lies in, or has below it; raises ProjectError."""
    with suppress(ProjectError):
        if (around := find(start)).problem == problem:
            return around
    every = below(start)
    found = [one for one in every if one.problem == problem]
    if not found:
        raise ProjectError(f"No project on {problem} is here.", _which(every))
    if len(found) > 1:
        raise ProjectError(f"{len(found)} projects on {problem} are here.", _which(found))
    return _project(found[0].path.resolve(), start)  # an id names no owner, as a folder does


def below(folder: Path) -> list[Project]:
    """The projects in a folder and in its folders, by path; those that cannot be read are left out.

    Looks into no project, no hidden folder and no more than so many folders.
    """
    found: list[Project] = []
    waiting, left = [(folder, 0)], _MOST_FOLDERS
    while waiting and left:
        here, depth = waiting.pop()
        for one in _folders(here)[:left]:
            left -= 1
            if isinstance(problem := noted(one).get("problem"), str):
                found.append(Project(one, problem))
            elif depth < _DEEPEST:
                waiting.append((one, depth + 1))
    return sorted(found, key=lambda one: one.path)


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder that are neither hidden nor links; none where nobody may look."""
    try:
        return [
            one
            for one in folder.iterdir()
            if not one.name.startswith(".") and one.is_dir() and not one.is_symlink()
        ]
    except OSError:
        return []


def _which(projects: Sequence[Project]) -> str:
    """What to type for one of these projects, or to make one where there is none."""
    if not projects:
        return "Go to one, or name it: problembrowser test DIR. To make one: problembrowser new ID"
    shown = [f"{typed(one.path)} ({one.problem})" for one in projects[:_NAMED]]
    more = f" and {len(projects) - _NAMED} more" if len(projects) > _NAMED else ""
    return f"Here: {', '.join(shown)}{more}. Type: problembrowser test {typed(projects[0].path)}"


def typed(path: Path) -> str:
    """A path as somebody would type it in the working folder."""
    with suppress(ValueError, OSError):
        return shlex.quote(str(path.relative_to(Path.cwd())))
    return shlex.quote(str(path))


def run_tests(project: Project, arguments: Sequence[str]) -> int:
    """Run a project's tests with pytest from the project's folder; pytest's exit code.

    Raises ProjectError where what the tests need is not installed.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise ProjectError(
            f"The tests need {', '.join(missing)}.",
            f"Type: pip install -e {shlex.quote(f'{project.path}[dev]')}",
        )
    # Nothing above the project is read, whoever put it there.
    here = (f"--rootdir={project.path}", f"--confcutdir={project.path}")
    command = [sys.executable, "-m", "pytest", *here, *arguments]
    with subprocess.Popen(command, cwd=project.path, env=_environment(project.path)) as running:
        # Ctrl-C reaches pytest too, which then says what it had done: wait for that.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return running.wait()
        finally:
            signal.signal(signal.SIGINT, before)


def _environment(path: Path) -> dict[str, str]:
    """The environment with the project's own modules first."""
    others = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(path), *([others] if others else [])])}


def _project(folder: Path, start: Path) -> Project:
    """The project in a folder; raises ProjectError where it is damaged or somebody else's."""
    owner = (folder / MARKER).stat().st_uid
    if hasattr(os, "geteuid") and owner not in {os.geteuid(), 0, start.stat().st_uid}:
        raise ProjectError(
            f"{folder} belongs to somebody else, so its tests are not run.",
            "To run them all the same, copy the folder and test the copy.",
        )
    problem = noted(folder).get("problem")
    if not isinstance(problem, str):
        raise ProjectError(
            f"{folder / MARKER} cannot be read.",
            "Make the project anew beside it: problembrowser new ID",
        )
    return Project(folder, problem)
