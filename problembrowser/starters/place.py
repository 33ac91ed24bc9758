"""Where a project is put on disk, and what happens to a folder that is there already.

A project is finished in a folder beside its place and moved there in one step: a failure leaves
nothing behind. Knows files, and nothing of problems or templates.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from problembrowser.errors import ScaffoldError
from problembrowser.starters.project import MARKER
from problembrowser.text import plain

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def target(output_dir: Path, name: str) -> Path:
    """The folder of a project; raises ScaffoldError for a name that leaves `output_dir`."""
    if not _NAME.fullmatch(name):
        raise ScaffoldError(
            f"{plain(name)!r} cannot be a folder's name here.",
            "Use ASCII letters, digits, dots, hyphens, underscores; begin with a letter or digit.",
        )
    return output_dir.absolute() / name


def seal(project: Path) -> None:
    """Note what each file was generated as, so that the user's changes can be told apart later."""
    marker = json.loads((project / MARKER).read_text(encoding="utf-8"))
    marker["files"] = {path: _digest(project / path) for path in files(project) if path != MARKER}
    text = json.dumps(marker, indent=1) + "\n"
    (project / MARKER).write_text(text, encoding="utf-8", newline="\n")


def move(made: Path, target: Path) -> tuple[str, ...]:
    """Put a finished project where it belongs; the files of the user's that were kept instead."""
    if not target.exists():
        made.rename(target)
        return ()
    return _update(made, target)


def _update(made: Path, target: Path) -> tuple[str, ...]:
    """Replace the files that are as they were generated; those that were changed are kept."""
    if not target.is_dir():
        raise ScaffoldError(f"{target} is a file.", "Use --name for another folder.")
    before = generated_files(target)
    kept = []
    for path in files(made):
        mine, theirs = made / path, target / path
        untouched = path == MARKER or not theirs.exists() or _digest(theirs) == before.get(path)
        if untouched:
            theirs.parent.mkdir(parents=True, exist_ok=True)
            mine.replace(theirs)
        elif _digest(theirs) != _digest(mine):
            kept.append(path)
    return tuple(kept)


def generated_files(project: Path) -> dict[str, str]:
    """The digest of each file of a project when it was generated; empty for any other folder."""
    try:
        files = json.loads((project / MARKER).read_text(encoding="utf-8"))["files"]
        return {str(path): str(digest) for path, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Says in one line why a file could not be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ScaffoldError(
            f"Cannot write {target}: {reason}.", "Name another folder with --output-dir."
        ) from error


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """A folder on the same disk as the target, gone afterwards, whatever happens in it."""
    made = [one for one in (parent, *parent.parents) if not one.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=".problembrowser-", dir=parent))
    try:
        yield path
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        for one in made:
            one.rmdir()
        raise
    shutil.rmtree(path, ignore_errors=True)


def files(project: Path) -> list[str]:
    """The files of a project, as paths inside it."""
    return sorted(
        path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
