"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import ioi_by_hand as by_hand
import pytest
import torch
from transformer_lens import TransformerBridge

from lab import measurement

PAIRS, UNREPEATED = by_hand.pairs(), by_hand.pairs(third=True)


def against_the_latest() -> TransformerBridge:
    """L0H0 looks from anywhere at position 4, the latest name, and writes against it, repeated or not."""
    model = by_hand.empty(n_heads=3)
    by_hand.looks_at(model, 0, 0, {4: by_hand.SHARP})
    by_hand.writes(model, 0, 0, -2.0)
    return model


def test_a_head_that_prefers_a_place_is_bright_below() -> None:
    model = against_the_latest()
    by_hand.looks_at(model, 1, 1, {1: by_hand.SHARP})
    by_hand.writes(model, 1, 1, 1.0)
    found = measurement.circuit(model, PAIRS, UNREPEATED)
    assert found.direct[0, 0] == pytest.approx(2.0, abs=1e-3)
    assert found.unrepeated[0, 0] == pytest.approx(0.0, abs=1e-3)
    assert found.direct[1, 1] == pytest.approx(0.0, abs=1e-3)
    assert found.unrepeated[1, 1] == pytest.approx(1.0, abs=1e-3)
    assert found.first == 1.0


def likes_one_name(model: TransformerBridge) -> None:
    """L1H1 looks at the two places of the names and copies one of the names alone."""
    by_hand.looks_at(model, 1, 1, {1: by_hand.SHARP, 2: by_hand.SHARP})
    by_hand.writes(model, 1, 1, 5.0)
    with torch.no_grad():
        model.blocks[1].attn.v.weight[by_hand.N + 1 : 2 * by_hand.N] = 0.0


def test_a_liking_for_a_name_is_pale_above_whichever_names_were_drawn() -> None:
    model, drawn = against_the_latest(), (PAIRS.right == 0).nonzero()[:, 0]  # it is always right
    likes_one_name(model)
    found = measurement.circuit(model, PAIRS.rows(drawn), UNREPEATED.rows(drawn))
    assert found.direct[0, 0] == pytest.approx(2.0, abs=1e-3)
    assert found.direct[1, 1] == pytest.approx(0.0, abs=1e-3)
    assert measurement.cancels(found) == [(1, 1)]


def test_a_head_that_helps_in_some_sentences_and_hurts_in_none_is_not_printed() -> None:
    model = against_the_latest()
    with torch.no_grad():  # it writes against one name of six
        model.blocks[0].attn.v.weight[1 : by_hand.N] = 0.0
    found = measurement.circuit(model, PAIRS, UNREPEATED)
    assert found.direct[0, 0] == pytest.approx(1 / 3, abs=1e-3)
    assert measurement.cancels(found) == []


def test_a_head_that_copies_a_place_is_pale_and_printed() -> None:
    model = against_the_latest()
    by_hand.looks_at(model, 1, 1, {1: by_hand.SHARP})
    by_hand.writes(model, 1, 1, 5.0)
    found = measurement.circuit(model, PAIRS, UNREPEATED)
    assert abs(found.direct[1, 1]) < 1e-3
    assert measurement.cancels(found) == [(1, 1)]
    assert measurement.cancels(measurement.circuit(against_the_latest(), PAIRS, UNREPEATED)) == []


def test_a_label_is_not_given_for_looking_at_a_place() -> None:
    model = against_the_latest()
    by_hand.looks_for_itself(model, 0, 1)
    by_hand.looks_at(model, 0, 2, {1: 20.0, 2: 20.0})
    found = measurement.circuit(model, PAIRS, UNREPEATED)
    assert found.heads["duplicate token"] == [(0, 1)]


def test_looking_at_io_without_writing_is_no_name_mover() -> None:
    found = {}
    for much in (2.0, 0.0, -2.0):
        model = against_the_latest()
        mover(model, much)
        found[much] = measurement.circuit(model, PAIRS, UNREPEATED).heads
    assert found[2.0]["name mover"] == [(1, 2)]
    assert found[0.0]["name mover"] == found[0.0]["negative name mover"] == []
    assert found[-2.0]["negative name mover"] == [(1, 2)]
    assert found[-2.0]["name mover"] == []


def mover(model: TransformerBridge, much: float) -> None:
    """L1H2 looks from the end at names that were not repeated: L0H0 tells the end which one was."""
    attention, first = model.blocks[1].attn, 2 * by_hand.N
    names = slice(first, first + by_hand.NAMES)
    with torch.no_grad():
        said = slice(by_hand.SAID, by_hand.SAID + by_hand.NAMES)
        attention.q.weight[names, said] = by_hand.SHARP * by_hand.N**0.5 * torch.eye(by_hand.NAMES)
        attention.k.weight[names, : by_hand.NAMES] = torch.eye(by_hand.NAMES)
        place = first + by_hand.NAMES
        attention.q.weight[place, : by_hand.N] = by_hand.N**0.5
        attention.k.weight[place, by_hand.PLACE + 1] = 40.0
        attention.k.weight[place, by_hand.PLACE + 2] = 40.0
    by_hand.writes(model, 1, 2, much)


def test_shares_and_depths_are_what_they_say() -> None:
    direct = torch.tensor([[3.0, 1.0], [-9.0, 4.0]])
    assert measurement.share_of(direct, 2) == pytest.approx(7 / 8)
    assert measurement.share_of(direct, 99) == pytest.approx(1.0)
    assert measurement.depth([(0, 1), (2, 0)], 3) == 0.5
    assert [one.tolist() for one in measurement.by_layer(direct)] == [[4.0, 4.0], [0.0, -9.0]]
