"""Files read with mistrust, and replaced as a whole. Knows nothing of what they hold."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def read(path: str | os.PathLike[str], limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises OSError, with a `strerror` for people, for everything else: no name of a file, nothing
    there, a folder, a pipe or a device (which may never end), a file that is larger.
    """
    try:
        _must_be_a_file(path, os.stat(path))
        # The file may have become a pipe since: opened so, one without a writer does not wait.
        handle = os.open(path, _FLAGS)
    except ValueError as error:  # a NUL, or half a character
        raise OSError(errno.EINVAL, "That is no name of a file", path) from error
    with open(handle, "rb") as file:
        _must_be_a_file(path, os.fstat(handle))
        content = file.read(limit + 1) or b""
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"It is larger than {limit // 1024:,} KiB", path)
    return content


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """The path of an empty file to fill, which takes the place of `path` when that is done.

    Nobody ever sees half of it. Also removes what a killed process left an hour ago.
    """
    import tempfile

    folder, name = os.path.split(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(_PART, f"{_OURS}{name}-", folder)
    os.close(handle)
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)
    _remove_left_behind(folder)


@contextmanager
def alone(folder: str | os.PathLike[str], seconds: float = 20.0) -> Iterator[None]:
    """Keeps out whoever else asks to be alone in a folder, where the system can do that.

    Raises TimeoutError if somebody stays in it for so long.
    """
    handle = _locked(folder, time.monotonic() + seconds)
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _locked(folder: str | os.PathLike[str], deadline: float) -> int:
    """A handle that holds the lock of a folder, or -1 where there are no locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        return -1
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:  # it may be written all the same
        return -1
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(handle)
                raise TimeoutError(errno.ETIMEDOUT, "Another process holds it", folder) from None
            time.sleep(0.02)
        except OSError:  # a file system without locks
            os.close(handle)
            return -1
        else:
            return handle


def _remove_left_behind(folder: str) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_OURS) and entry.name.endswith(_PART):
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < time.time() - 3600:
                        os.unlink(entry.path)


def _must_be_a_file(path: str | os.PathLike[str], status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is a pipe or a device, not a file", path)


_OURS, _PART = ".problembrowser-", ".part"  # a name that nobody else gives a file
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
