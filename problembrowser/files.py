"""Files that anybody may have put there, read with mistrust. Knows nothing of what they hold."""

import errno
import os
import stat


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


def _must_be_a_file(path: str | os.PathLike[str], status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is a pipe or a device, not a file", path)


_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
