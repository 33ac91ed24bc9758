"""The published model for tests that need it; they are skipped where its weights are not here yet."""

from functools import cache
from pathlib import Path

import pytest
from huggingface_hub import try_to_load_from_cache
from transformer_lens import TransformerBridge

from lab.model import load_model
from lab.settings import QUICK


@cache
def published(name: str | None = None) -> TransformerBridge:
    """The model of the quick settings, or another by name; never downloaded for a test's sake."""
    name = name or QUICK.model
    here = Path(name).is_dir() or isinstance(try_to_load_from_cache(name, "config.json"), str)
    if not here:
        pytest.skip(f"{name} is not on this machine yet: run the notebook once")
    return load_model(QUICK, name=name)
