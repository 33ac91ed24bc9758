"""The published model, for a test that is about it."""

from functools import cache

import pytest
from transformer_lens import TransformerBridge

from lab.model import load_model
from lab.settings import QUICK


@cache
def published(name: str | None = None) -> TransformerBridge:
    """The model of the quick settings, or another by name; the test is skipped where it cannot be had."""
    try:
        return load_model(QUICK, name=name)
    except (RuntimeError, MemoryError) as error:
        pytest.skip(str(error))
