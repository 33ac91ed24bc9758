"""Where heads look, what they write and how they are labelled, on heads written by hand."""

import ioi_by_hand as by_hand
import pytest
import torch

from lab import ioi_heads


def test_direct_effects_are_what_a_head_writes_and_sum_to_the_logit_difference() -> None:
    model, pairs = by_hand.empty(n_heads=2), by_hand.pairs()
    by_hand.looks_at(model, 0, 0, {1: by_hand.SHARP})
    by_hand.writes(model, 0, 0, 3.0)
    by_hand.looks_at(model, 1, 1, {4: by_hand.SHARP})
    by_hand.writes(model, 1, 1, -2.0)
    effects = ioi_heads.direct_effects(model, pairs)
    with torch.no_grad():
        difference = pairs.difference(model(pairs.clean))
    assert torch.allclose(effects.sum((1, 2)), difference, atol=1e-4)
    assert effects[:, 1, 1].tolist() == pytest.approx([2.0] * len(pairs), abs=1e-3)
    io_first = pairs.places["io"] == 1
    assert torch.allclose(effects[:, 0, 0], torch.where(io_first, 3.0, -3.0), atol=1e-3)


def test_a_duplicate_token_head_is_told_from_one_that_looks_at_places() -> None:
    pairs, unrepeated = by_hand.pairs(), by_hand.pairs(third=True)
    model = by_hand.empty(n_heads=2)
    by_hand.looks_for_itself(model, 0, 0)
    by_hand.looks_at(model, 0, 1, {1: 20.0, 2: 20.0})
    found = ioi_heads.looks(model, pairs, unrepeated)["duplicate token"]
    assert found[0].tolist() == pytest.approx([1.0, 0.0], abs=0.01)
    seen = ioi_heads.attention(model, pairs.clean, pairs.places["s2"], pairs.places["s1"])
    assert seen[0].tolist() == pytest.approx([1.0, 0.5], abs=0.01)


def test_labels_follow_looking_and_writing() -> None:
    direct = torch.tensor([[1.0, -1.0, 1.0, 0.0]])
    found = ioi_heads.labels(
        direct,
        {
            "name mover": torch.tensor([[0.9, 0.9, 0.0, 0.9]]),
            "duplicate token": torch.tensor([[0.0, 0.0, 0.5, 0.0]]),
            "induction": torch.tensor([[0.0, 0.0, 0.0, 0.5]]),
        },
        difference=4.0,
    )
    assert found == {
        "name mover": [(0, 0)],
        "negative name mover": [(0, 1)],
        "duplicate token": [(0, 2)],
        "induction": [(0, 3)],
    }
    assert tuple(found) == ioi_heads.CLASSES


def test_a_head_that_writes_nothing_has_no_label_in_a_model_that_prefers_the_wrong_name() -> None:
    looks = {name: torch.tensor([[0.9, 0.9]]) for name in ioi_heads.CLASSES if "mover" not in name}
    found = ioi_heads.labels(
        torch.tensor([[0.0, 1.0]]), {"name mover": looks["induction"], **looks}, difference=-4.0
    )
    assert found["name mover"] == [(0, 1)]
    assert found["negative name mover"] == []
