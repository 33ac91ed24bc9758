"""Where a project is put on disk, and what happens to a folder that is there already.

A project is finished in a folder beside its place and moved there in one step: a failure leaves
nothing behind. Knows files, and nothing of problems or templates.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from problembrowser.errors import ScaffoldError
from problembrowser.files import read
from problembrowser.starters.project import MARKER, noted
from problembrowser.text import DEVICES, plain

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
_LARGEST = 16 * 1024 * 1024  # what is larger was not generated
_WORKSHOP = ".problembrowser-making-"
_OURS = re.compile(re.escape(_WORKSHOP) + r"[a-z0-9_]{8}")
_ABANDONED = 3600  # seconds


def target(output_dir: Path, name: str) -> Path:
    """The folder of a project; raises ScaffoldError for a name that cannot be one everywhere."""
    if not _NAME.fullmatch(name):
        raise ScaffoldError(
            f"{plain(name)!r} cannot be a folder's name here.",
            "Use ASCII letters, digits, dots, hyphens, underscores; begin with a letter or digit, "
            "end without a dot.",
        )
    if name.partition(".")[0].lower() in DEVICES:
        raise ScaffoldError(f"{name!r} cannot be a folder's name: Windows keeps it.")
    return output_dir / name


def must_be_free(target: Path, problem: str, *, update: bool) -> None:
    """Raises ScaffoldError where a project on this problem cannot be written or brought up to date.

    A project on another problem is never updated: nobody could tell the two apart afterwards.
    """
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        what = "a link" if target.is_symlink() else "not a folder"
        raise ScaffoldError(f"{target} is {what}.", "Use --name for another folder.")
    there = str(noted(target).get("problem", problem))
    if there != problem:
        raise ScaffoldError(
            f"{target} is a project on {there} already.", "Use --name for another folder."
        )
    if not update:
        raise ScaffoldError(
            f"{target} exists already.",
            "Use --name for another folder, or --force to update it (files you changed are kept).",
        )


def seal(project: Path) -> None:
    """Note what each file was generated as, so that the user's changes can be told apart later."""
    marker = json.loads((project / MARKER).read_text(encoding="utf-8"))
    marker["files"] = {path: _digest(project / path) for path in files(project) if path != MARKER}
    text = json.dumps(marker, indent=1) + "\n"
    (project / MARKER).write_text(text, encoding="utf-8", newline="\n")


def move(made: Path, target: Path, *, update: bool) -> tuple[str, ...]:
    """Put a finished project where it belongs; the files of the user's that were kept instead.

    Raises ScaffoldError with nothing changed where something stands there that is to stay.
    """
    must_be_free(target, str(noted(made)["problem"]), update=update)
    if target.exists():
        return _update(made, target)
    try:
        made.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise ScaffoldError(
                f"Something else made {target} just now.", "Use --name for another folder."
            ) from error
        raise
    return ()


def put(file: Path, target: Path, *, replace: bool) -> None:
    """Put a finished file where it belongs; raises FileExistsError unless it may replace one."""
    if replace:
        file.replace(target)
        return
    try:
        os.link(file, target)  # in one step, which fails where there is something
    except FileExistsError:
        raise
    except OSError:  # a disk that knows no links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        file.replace(target)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Says in one line why a file could not be written."""
    try:
        Path.cwd()  # what renders a project goes there and back, wherever the target is
    except OSError as error:
        raise ScaffoldError("The current folder was removed.", "Type: cd") from error
    try:
        yield
    except OSError as error:
        raise ScaffoldError(
            f"Cannot write {target}: {_reason(error)}.", "Name another folder with --output-dir."
        ) from error


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """A folder on the same disk as the target, gone afterwards, whatever happens in it."""
    made = [one for one in (parent, *parent.parents) if not one.exists()]
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(parent)
        path = Path(tempfile.mkdtemp(prefix=_WORKSHOP, dir=parent))
        try:
            yield path
        finally:
            _remove(path)
    except BaseException:
        for one in made:
            with suppress(OSError):  # never made, or somebody else began to use it
                one.rmdir()
        raise


def files(project: Path) -> list[str]:
    """The files of a project, as paths inside it."""
    return sorted(
        path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()
    )


def _update(made: Path, target: Path) -> tuple[str, ...]:
    """Replace the files that are as they were generated; those that were changed are kept.

    Looks at every file before it touches one, and writes the marker last: an update that was cut
    off can be repeated, and takes nothing for the user's that is not.
    """
    before, inside = _generated(target), list(_generated(made))
    for path in (*inside, MARKER):
        _must_take_a_file(target, path)
    kept = [
        path for path in inside if _is_changed(target / path, made / path, before.get(path, ""))
    ]
    for path in (*inside, MARKER):
        if path not in kept:
            theirs = target / path
            theirs.parent.mkdir(parents=True, exist_ok=True)
            (made / path).replace(theirs)
    repository = made / ".git"
    if repository.exists() and not os.path.lexists(target / ".git"):
        repository.rename(target / ".git")
    return tuple(kept)


def _must_take_a_file(project: Path, inside: str) -> None:
    """Raises ScaffoldError where a file of the project would lead out of it or replace more."""
    path = project / inside
    folders = [one for one in path.parents if project in one.parents]
    for folder in reversed(folders):
        if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
            raise _in_the_way(folder, "a link" if folder.is_symlink() else "not a folder")
    nearest = next(folder for folder in path.parents if folder.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _in_the_way(nearest, "not to be written")
    if os.path.lexists(path) and not path.is_symlink() and not path.is_file():
        raise _in_the_way(path, "a folder" if path.is_dir() else "a pipe or a device")


def _in_the_way(path: Path, what: str) -> ScaffoldError:
    return ScaffoldError(
        f"{path} is {what}; nothing was changed.", "Mend that, and type the same again."
    )


def _is_changed(theirs: Path, mine: Path, before: str) -> bool:
    """Whether somebody made a file what it is. A link is somebody's, wherever it leads."""
    if not os.path.lexists(theirs):
        return False
    if theirs.is_symlink():
        return True
    try:
        return _digest(theirs) not in (before, _digest(mine))
    except OSError as error:
        if error.errno == errno.EFBIG:
            return True
        raise


def _generated(project: Path) -> dict[str, str]:
    """The digest of each file of a project when it was generated; empty for any other folder."""
    noted_files = noted(project).get("files")
    return noted_files if isinstance(noted_files, dict) else {}


def _digest(path: Path) -> str:
    return hashlib.sha256(read(path, _LARGEST)).hexdigest()


def _remove(workshop: Path) -> None:
    try:
        shutil.rmtree(workshop, ignore_errors=True)
    except BaseException:  # interrupted while it was at it
        shutil.rmtree(workshop, ignore_errors=True)
        raise


def _clear_abandoned(parent: Path) -> None:
    """Removes what killed processes left in a folder an hour ago."""
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    if entry.stat().st_mtime < time.time() - _ABANDONED:
                        shutil.rmtree(entry.path, ignore_errors=True)


def _reason(error: OSError) -> str:
    """Why something could not be written, in one line."""
    if isinstance(error, shutil.Error):  # holds one (source, target, reason) for each file
        (_, _, first), *_ = error.args[0]
        return re.sub(r"^\[Errno \d+\] ([^:]*).*", r"\1", str(first))
    return error.strerror or str(error)
