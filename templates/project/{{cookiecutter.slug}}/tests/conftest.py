"""Runs before torch is imported by any test; and hands your prediction to the one that tests it."""

import os
from typing import Any

import pytest

# Models this small gain next to nothing from a second thread, and lose twentyfold to threads that
# fight over the cores when something else is running.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def prediction() -> dict[str, Any]:
    """What you stated in the notebook's cell "Your prediction"; without it the test is skipped."""
    from lab.prediction import stated

    found = stated()
    if found is None:
        pytest.skip("yours: no prediction stated yet, see the notebook's cell `Your prediction`")
    return found
