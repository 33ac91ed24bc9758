"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have three layers: L0H0 notes who is repeated, L1H0 is the name mover, and L2H0
answers to what the mover wrote, in one of several ways.
"""

from pathlib import Path

import ioi_by_hand as by_hand
import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import abc_means, measurement
from lab.attribution import Head

PAIRS = by_hand.pairs(third=True)
NOTES, MOVER, LATER = (0, 0), (1, 0), (2, 0)
NAMES = by_hand.NAMES


def likes(
    model: TransformerBridge, head: Head, places: dict[int, float], repeated: float, said: float
) -> None:
    """A head that likes some places, and a name by how often it was noted and how much it was said."""
    attention, first = model.blocks[head[0]].attn, head[1] * by_hand.N
    by_hand.looks_at(model, *head, places)
    names = slice(first + 1, first + 1 + NAMES)
    with torch.no_grad():
        for start, much in ((by_hand.BEFORE, repeated), (by_hand.SAID, said)):
            attention.q.weight[names, start : start + NAMES] = (
                much * by_hand.N**0.5 * torch.eye(NAMES)
            )
        attention.k.weight[names, :NAMES] = torch.eye(NAMES)


def planted(later: str = "none") -> TransformerBridge:
    """L2H0 is a "backup", which writes IO where nobody has, a "suppressor", which writes against
    what was written, or "none". L1H1 and L1H2 look at the comma."""
    model = by_hand.empty(n_heads=3, n_layers=3)
    by_hand.looks_at(model, *NOTES, {4: 20.0})
    attention = model.blocks[0].attn
    with torch.no_grad():
        attention.v.weight[: by_hand.N, : by_hand.N] = torch.eye(by_hand.N)
        attention.o.weight[by_hand.BEFORE : by_hand.SAID, : by_hand.N] = torch.eye(by_hand.N)
    likes(model, MOVER, {1: 20.0, 2: 20.0}, repeated=-10.0, said=0.0)
    by_hand.writes(model, *MOVER, 20.0)
    for head in ((1, 1), (1, 2)):
        by_hand.looks_at(model, *head, {3: 20.0})
        by_hand.writes(model, *head, 1.0)
    if later == "backup":
        likes(model, LATER, {0: 5.0, 1: 20.0, 2: 20.0}, repeated=-20.0, said=-2.0)
        by_hand.writes(model, *LATER, 15.0)
    if later == "suppressor":
        likes(model, LATER, {0: 20.0}, repeated=0.0, said=2.0)
        by_hand.writes(model, *LATER, -10.0)
    return model


def measured(model: TransformerBridge, pairs: by_hand.Pairs = PAIRS) -> measurement.Model:
    means = abc_means.means(model, pairs)
    return measurement.measure(model, pairs, means, n_removed=1, n_draws=2)


def test_the_curves_part_where_a_backup_steps_in() -> None:
    alone, helped = measured(planted()), measured(planted("backup"))
    for found in (alone, helped):
        assert found.movers == [MOVER]
        assert found.difference == pytest.approx(20.0, abs=0.5)
        whole, one = found.removed
        assert [whole.true, whole.frozen] == pytest.approx([whole.predicted] * 2, abs=1e-3)
        assert one.predicted == pytest.approx(0.0, abs=0.5)
        for by_chance in found.random:
            assert by_chance.true == pytest.approx(by_chance.predicted, abs=1e-3)
    assert alone.removed[1].true == pytest.approx(alone.removed[1].predicted, abs=1e-3)
    assert helped.removed[1].true > 12
    assert measurement.made_good(alone.difference, alone.removed[1]) == pytest.approx(0, abs=1e-3)
    assert measurement.made_good(helped.difference, helped.removed[1]) > 0.6


def scaled() -> tuple[TransformerBridge, by_hand.Pairs]:
    """One layer with a LayerNorm behind it: L0H0 copies position 1 strongly, L0H1 weakly; asked where
    IO stands there."""
    model = by_hand.empty(n_heads=2, n_layers=1, norm="LN")
    for head, much in ((0, 5.0), (1, 0.5)):
        by_hand.looks_at(model, 0, head, {1: 20.0})
        by_hand.writes(model, 0, head, much)
    return model, PAIRS.rows(PAIRS.places["io"] == 1)


def test_a_gap_of_the_final_layernorm_is_not_in_the_frozen_curve() -> None:
    model, pairs = scaled()
    means = abc_means.means(model, pairs)
    (one,) = measurement.without(model, pairs, means, [[(0, 0)]])
    assert one.true > one.frozen + 0.5
    assert one.frozen == pytest.approx(one.predicted, abs=1e-3)
    helped = measured(planted("backup")).removed[1]  # no LayerNorm, but a head
    assert helped.frozen == pytest.approx(helped.true, abs=1e-3)
    assert helped.frozen > helped.predicted + 10


def test_a_backup_is_told_from_a_head_that_writes_less_against() -> None:
    backup, suppressor = (measured(planted(later)) for later in ("backup", "suppressor"))
    for found in (backup, suppressor):
        assert found.removed[1].true > found.removed[1].predicted + 5
        assert measurement.helpers(found, 1)[0].head == LATER
        assert measurement.helpers(found, 1)[0].more > 5
    assert abs(measurement.helpers(backup, 1)[0].before) < 1
    assert measurement.helpers(suppressor, 1)[0].before < -5
    assert measured(planted()).removed[1].heads.abs().max() < 1e-3


def test_looking_at_io_without_writing_it_is_no_mover() -> None:
    model = planted()
    likes(model, LATER, {1: 20.0, 2: 20.0}, repeated=-10.0, said=0.0)
    found = measured(model)
    assert found.look[LATER] > 0.9 and found.look[MOVER] > 0.9
    assert found.movers == [MOVER]


def test_random_heads_write_little_themselves() -> None:
    direct = torch.zeros(3, 3)
    direct[1, 0], direct[1, 1] = 5.0, -1.0
    groups = measurement.quiet_groups(planted(), direct, [MOVER], 10.0, 3)
    assert groups == [[(1, 2)]] * 3


def test_dropout_is_read_from_the_configuration(tmp_path: Path) -> None:
    words = ["When Mary and John went"]
    neo = tiny.model(tmp_path / "neo", "gpt_neo", words)
    gpt2 = tiny.model(tmp_path / "gpt2", "gpt2", words)
    assert measurement.dropout(neo) == {
        "attention_dropout": 0.0,
        "embed_dropout": 0.0,
        "resid_dropout": 0.0,
    }
    assert set(measurement.dropout(gpt2).values()) == {0.1}
    assert measurement.dropout(planted()) == {}
