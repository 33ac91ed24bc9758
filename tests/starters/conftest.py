"""What the tests of starters share."""

from collections.abc import Iterator

import pytest
from forkserver import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A process that has imported torch once, for every starter that this worker tests."""
    with Server() as one:
        yield one
