"""The baseline commit of a new project, made before the project is moved to its place."""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

_PATIENCE = 30  # seconds, for all that git does


class _Failed(Exception):
    """Git did not do what it was told to; the text says why."""


def repository(folder: Path) -> Path | None:
    """The folder of the repository that a folder is or would lie in, whoever it belongs to."""
    here = Path(os.path.realpath(folder))
    for one in (here, *here.parents):
        git = one / ".git"
        # A file is what a submodule has. Git itself would not look into somebody else's folder.
        with suppress(OSError):
            if git.is_file() or (git / "HEAD").exists():
                return one
    return None


def commit_all(project: Path, message: str, patience: float = _PATIENCE) -> str:
    """Make a folder a repository with one commit of all its files; "" or why there is none.

    Where it fails no repository is left. Never raises for want of git.
    """
    git = _Git(project, patience)
    try:
        git("-c", "init.defaultBranch=main", "init", "--quiet")
        # Whatever the user's own rules ignore: the commit says what was generated.
        git("-c", "core.safecrlf=false", "add", "--all", "--force")
        how = ("--quiet", "--no-verify", "--no-gpg-sign")
        git(*_identity(git), "commit", *how, "-m", message)
    except _Failed as error:
        shutil.rmtree(project / ".git", ignore_errors=True)
        return str(error)
    return ""


def _identity(git: "_Git") -> tuple[str, ...]:
    """The user's own name and address; ours where git does not know both."""
    try:
        if git("config", "user.name").strip() and git("config", "user.email").strip():
            return ()
    except _Failed:
        pass
    return "-c", "user.name=problembrowser", "-c", "user.email=problembrowser@localhost"


class _Git:
    """Git in one folder, alone there: whatever the environment says of another repository."""

    def __init__(self, folder: Path, patience: float) -> None:
        self._folder = folder
        self._until = time.monotonic() + patience
        kept = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
        # English, so that what it complains of can be found.
        self._environment = kept | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def __call__(self, *arguments: str) -> str:
        """What a command prints; raises _Failed. No hook of the user's runs."""
        quiet = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
        try:
            done = subprocess.run(
                ["git", *quiet, *arguments],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=max(self._until - time.monotonic(), 0),
            )
        except FileNotFoundError as error:
            raise _Failed("git is not installed") from error
        except OSError as error:
            raise _Failed(f"git cannot be started ({error.strerror})") from error
        except subprocess.TimeoutExpired as error:
            raise _Failed("git does not answer") from error
        if done.returncode != 0:
            raise _Failed(_complaint(done.stderr) or f"git ended with {done.returncode}")
        return done.stdout


def _complaint(said: str) -> str:
    """The line that says why: the first one that git calls fatal, else the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    worst = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return (worst or lines[-1:] or [""])[0].removeprefix("fatal: ").removeprefix("error: ")
