"""What the tests of starters share."""

from collections.abc import Iterator

import pytest
from forkserver import Server
from hub import serving
from hub.serving import Served


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The hub that starters load their models from in this worker's tests."""
    with serving.everything() as one:
        yield one


@pytest.fixture(scope="session")
def server(served: Served) -> Iterator[Server]:
    """A process that has imported torch once, for every starter that this worker tests."""
    with Server(**served.environment) as one:
        yield one
