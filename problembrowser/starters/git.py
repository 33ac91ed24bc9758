"""The baseline commit of a new project. Without git, or inside a repository, there is none."""

import os
import subprocess
from pathlib import Path


def commit_baseline(project: Path, message: str) -> bool:
    """Commit everything in a project as its first commit; False where that is not to be.

    A folder inside a repository is left to that repository. Never raises for want of git.
    """
    if _git(project, "rev-parse", "--is-inside-work-tree") is not None:
        return False
    return all(
        _git(project, *arguments) is not None
        for arguments in (
            ("init", "--quiet", "--initial-branch=main"),
            ("add", "--all"),
            (
                *_identity(project),
                "commit",
                "--quiet",
                "--no-verify",
                "--no-gpg-sign",
                "-m",
                message,
            ),
        )
    )


def _identity(project: Path) -> tuple[str, ...]:
    if _git(project, "config", "user.email"):
        return ()
    return "-c", "user.name=problembrowser", "-c", "user.email=problembrowser@localhost"


def _git(folder: Path, *arguments: str) -> str | None:
    quiet = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=quiet, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
