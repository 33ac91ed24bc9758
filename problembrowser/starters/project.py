"""A generated project as found on disk: where it begins, and how its tests are run."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from problembrowser.errors import ProjectError

MARKER = ".problem.json"
_NEEDED = ("torch", "transformer_lens", "matplotlib", "pytest")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that `new` wrote, and the problem that it is about."""

    path: Path
    problem: str


def find(start: Path) -> Project:
    """The project that a folder is, or lies in; raises ProjectError."""
    if not start.exists():
        raise ProjectError(f"There is no folder {start}.", "Type: problembrowser new ID")
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return Project(folder, _problem(folder / MARKER))
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
    command = [sys.executable, "-m", "pytest", *arguments]
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


def _problem(marker: Path) -> str:
    try:
        return str(json.loads(marker.read_text(encoding="utf-8"))["problem"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            f"{marker} cannot be read.", "Make the project anew beside it: problembrowser new ID"
        ) from error
