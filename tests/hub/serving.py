"""Everything that starters name, on a hub for one piece of work."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from hub import checkpoints, server


class Served(NamedTuple):
    """A hub, and what a process must have in its environment when it starts, to use only this."""

    hub: server.Hub
    environment: dict[str, str]
    home: Path  # where its clients keep what they download


@contextmanager
def everything() -> Iterator[Served]:
    """A hub with real weights where there are some, and with an empty folder for its clients."""
    names = {*checkpoints.ALWAYS, *checkpoints.named_by_starters()}
    with (
        server.Hub(*checkpoints.folders(names)) as hub,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
    ):
        yield Served(hub, server.environment(hub.url, Path(home)), Path(home))
