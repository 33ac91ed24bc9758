"""Where this machine keeps what can be made anew. Says the folder; creates and reads nothing."""

import os
import sys


def directory() -> str:
    """The user's cache folder for this program; it may not exist or be writable."""
    return os.environ.get("PROBLEMBROWSER_CACHE") or os.path.join(_home(), "problembrowser")


def lists_directory() -> str:
    """The folder of the copies of lists of one's own."""
    return os.path.join(directory(), "lists")


def lists() -> list[str]:
    """The paths of these copies, in the order of their names."""
    folder = lists_directory()
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if name.endswith(".json")]


def posts() -> str:
    """The file that holds what `refresh` learned from the posts; it need not exist."""
    return os.path.join(directory(), "posts.json")


def _home() -> str:
    # os.path and no pathlib: this runs at every start, and pathlib alone costs 8 ms.
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        home = os.path.expanduser("~/Library/Caches")
    else:
        xdg = os.environ.get("XDG_CACHE_HOME", "")
        home = xdg if os.path.isabs(xdg) else os.path.expanduser("~/.cache")
    # Nobody's home (a container's user without an entry): a folder that can never be made, where
    # a folder "~" beside the user's files would be.
    return home if os.path.isabs(home) else os.devnull
