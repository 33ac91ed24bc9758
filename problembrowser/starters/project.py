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
    raise ProjectError(
        f"{here} is not inside a generated project.",
        "Go to one, or name it: problembrowser test DIR. To make one: problembrowser new ID",
    )


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
