"""The program as a user meets it: a process of its own, and a list to know by heart."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "small"

# A shell that runs the tests in the background has them ignore Ctrl-C, and so whatever they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):  # and nohup has them ignore a closed terminal
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """No test reads or writes the cache of whoever runs it."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("PROBLEMBROWSER_CACHE", str(folder))


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int


@dataclass(frozen=True)
class Program:
    """A copy of the package in a folder of its own, with its own list and its own cache."""

    folder: Path
    cache: Path

    def __call__(self, *arguments: str, **environment: str) -> Result:
        """Run a command with its output piped."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            encoding="utf-8",
        )
        return Result(done.stdout, done.stderr, done.returncode)

    def in_terminal(
        self, columns: int, *arguments: str, err: bool = False, **environment: str
    ) -> Result:
        """Run a command whose stdout, with `err` also stderr, is a terminal so wide."""
        pty = pytest.importorskip("pty", reason="needs a Unix terminal")
        mine, its = pty.openpty()
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(**{"COLUMNS": str(columns), "LINES": "500", **environment}),
            stdin=its,
            stdout=its,
            stderr=its if err else subprocess.PIPE,
        )
        os.close(its)
        # A command that waits for somebody to type ends here, and its test fails.
        waited = threading.Timer(60, process.kill)
        waited.start()
        shown = b""
        while chunk := _read(mine):
            shown += chunk
        os.close(mine)
        said = process.communicate()[1] or b""
        waited.cancel()
        return Result(shown.decode().replace("\r\n", "\n"), said.decode(), process.returncode)

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs this copy."""
        return [sys.executable, "-m", "problembrowser", *arguments]

    def environment(self, **changes: str) -> dict[str, str]:
        """The environment that this copy runs in."""
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_KEPT}
        kept["PROBLEMBROWSER_CACHE"] = str(self.cache)
        return {**kept, "PYTHONPATH": str(self.folder), "PYTHONIOENCODING": "utf-8", **changes}

    @property
    def package(self) -> Path:
        """The folder of the copied package."""
        return self.folder / "problembrowser"


_NOT_KEPT = {
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"),
    *("PAGER", "PROBLEMBROWSER_PAGER", "LESS"),
}


@pytest.fixture
def program(tmp_path) -> Program:
    """The program with the five problems of `tests/small`."""
    package = tmp_path / "copy" / "problembrowser"
    ignored = shutil.ignore_patterns("__pycache__", "problems", "templates")
    shutil.copytree(ROOT / "problembrowser", package, ignore=ignored)
    (package.parent / "templates").symlink_to(ROOT / "templates")
    (package / "catalogue" / "problems").mkdir()
    for name in ("heads.toml", "other.toml"):
        shutil.copy(SMALL / name, package / "catalogue" / "problems")
    for name in ("about.toml", "resources.toml"):
        shutil.copy(SMALL / name, package / "catalogue")
    return Program(package.parent, tmp_path / "cache")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end is closed
        return b""
