"""What a head brings is found at the place where it lies, and a head that only looks brings nothing."""

import hand_written
import pytest

from lab import looking
from lab.bringing import brought_from


def test_the_copying_head_brings_from_the_first_word_alone() -> None:
    model, pairs = hand_written.model(), hand_written.copying()
    found = brought_from(model, pairs, (1, 1), rows=2)
    assert found.pop("first") == pytest.approx(1.0, abs=1e-4)
    assert [*found.values()] == pytest.approx([0.0] * len(found), abs=1e-4)
    assert "elsewhere" in found


def test_the_induction_head_finds_elsewhere_what_was_there_already() -> None:
    model, pairs = hand_written.model(), hand_written.induction()
    found = brought_from(model, pairs, (1, 0))
    assert looking.looks_and_brings(model, pairs, (1, 0))["looks"] == pytest.approx(1.0, abs=1e-4)
    assert [*found.values()] == pytest.approx([0.0] * len(found), abs=1e-4)
