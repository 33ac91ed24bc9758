"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have three layers: L0H0 tells the end who is repeated, L1H0 does so too or waits
until nobody else does, and L2H0 is the name mover that reads them.
"""

import ioi_by_hand as by_hand
import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import abc_means, measurement, patching
from lab.attribution import Head

PAIRS = by_hand.pairs(third=True)
FIRST, SECOND, MOVER = (0, 0), (1, 0), (2, 0)
SAID = slice(by_hand.SAID, by_hand.SAID + by_hand.NAMES)


def likes(
    model: TransformerBridge, head: Head, places: dict[int, float], said: float, to_names: bool
) -> None:
    """A head that likes some places, and a name by `said` times what was said for it at the query."""
    attention, first = model.blocks[head[0]].attn, head[1] * by_hand.N
    by_hand.looks_at(model, *head, {})
    names = slice(first + 1, first + 1 + by_hand.NAMES)
    with torch.no_grad():
        for place, much in places.items():
            attention.k.weight[first, by_hand.PLACE + place] = much
        if to_names:
            attention.q.weight[names, SAID] = said * by_hand.N**0.5 * torch.eye(by_hand.NAMES)
            attention.k.weight[names, : by_hand.NAMES] = torch.eye(by_hand.NAMES)


def planted(second: str = "none") -> TransformerBridge:
    """L0H0 writes against the name at position 4; the mover looks at the name that nobody wrote against.

    L1H0 is a "spare" that does what L0H0 does, a "backup" that does so unless it was done, "idle", which
    looks as a backup does and writes nothing, or "none". L1H1 and L1H2 look at the comma.
    """
    model = by_hand.empty(n_heads=3, n_layers=3)
    by_hand.looks_at(model, *FIRST, {4: 20.0})
    by_hand.writes(model, *FIRST, -2.0)
    if second == "spare":
        by_hand.looks_at(model, *SECOND, {4: 20.0})
    if second in {"backup", "idle"}:
        likes(model, SECOND, {0: 10.0, 4: 20.0}, said=20.0, to_names=True)
    if second in {"spare", "backup"}:
        by_hand.writes(model, *SECOND, -2.0)
    if second == "idle":
        by_hand.writes(model, *SECOND, 0.0)
    for head in ((1, 1), (1, 2)):
        by_hand.looks_at(model, *head, {3: 20.0})
        by_hand.writes(model, *head, 1.0)
    likes(model, MOVER, {1: 20.0, 2: 20.0}, said=3.0, to_names=True)
    by_hand.writes(model, *MOVER, 20.0)
    return model


def lost(model: TransformerBridge, *groups: list[Head]) -> list[float]:
    """The logit difference lost without each group of heads."""
    means = abc_means.means(model, PAIRS)
    whole, *others = abc_means.without(model, PAIRS, means, [[], *groups]).mean(1)
    return [float(whole - one) for one in others]


def at_reader(second: str, taken: list[Head]) -> measurement.AtReader:
    model = planted(second)
    return measurement.at_reader(model, PAIRS, abc_means.means(model, PAIRS), taken, MOVER)


def test_the_classes_are_found_by_what_heads_do() -> None:
    model = planted("spare")
    by_hand.looks_for_itself(model, 0, 1)
    found = measurement.circuit(model, PAIRS)
    assert found.reader == MOVER
    assert found.classes["duplicate token"] == [(0, 1)]
    assert found.classes["S-inhibition"] == [FIRST, SECOND]
    assert found.fallbacks == ["induction"]
    idle = measurement.circuit(planted("none"), PAIRS)
    assert idle.classes["S-inhibition"] == [FIRST]
    assert idle.toward[FIRST] == pytest.approx(6.0, abs=1e-2)


def test_a_whole_above_the_sum_can_be_a_backup_or_a_spare() -> None:
    for second in ("backup", "spare"):
        whole, one, other = lost(planted(second), [FIRST, SECOND], [FIRST], [SECOND])
        assert whole > 15 > 6 > one + other, second
    model = planted("none")  # the same class, but one of its two does all the work
    whole, one, other = lost(model, [FIRST, SECOND], [FIRST], [SECOND])
    assert whole == pytest.approx(one + other, abs=1e-2)


def test_a_backup_writes_more_and_a_spare_does_not() -> None:
    backup, spare = at_reader("backup", [FIRST]), at_reader("spare", [FIRST])
    for found in (backup, spare):
        assert found.taken == pytest.approx(-6.0, abs=0.1)
    assert backup.heads[SECOND] > 4  # the mean of what is taken still speaks a little against S
    assert backup.lead > -2
    assert spare.heads.abs().max() < 1e-3
    assert spare.lead == pytest.approx(-6.0, abs=0.1)
    assert lost(planted("spare"), [FIRST])[0] < 3 < 15 < lost(planted("none"), [FIRST])[0]
    random = at_reader("backup", [(1, 1)])
    assert random.heads.abs().max() < 1e-3


def test_a_head_that_answers_against_writes_more_too() -> None:
    model = planted("none")
    likes(model, SECOND, {0: 10.0}, said=-20.0, to_names=True)
    by_hand.writes(model, *SECOND, 1.0)  # for the name that L0H0 wrote against
    found = measurement.at_reader(model, PAIRS, abc_means.means(model, PAIRS), [FIRST], MOVER)
    assert found.heads[SECOND] > 1
    assert found.before[SECOND] < -2
    assert at_reader("backup", [FIRST]).before[SECOND] > -0.5


def test_putting_back_tells_a_backup_from_a_head_that_passes_the_damage_on() -> None:
    changes = {}
    for second, head in (("backup", SECOND), ("none", MOVER), ("none", (1, 1))):
        model = planted(second)
        means = abc_means.means(model, PAIRS)
        without = abc_means.without(model, PAIRS, means, [[FIRST]]).mean()
        put_back = measurement.restored(model, PAIRS, means, [FIRST], [head])[0]
        changes[second, head] = float(put_back - without)
    assert changes["backup", SECOND] < -15
    assert changes["none", MOVER] > 15
    assert changes["none", (1, 1)] == pytest.approx(0.0, abs=1e-3)


def test_a_head_can_move_without_anybody_reading_it() -> None:
    model = planted("idle")
    means = abc_means.means(model, PAIRS)
    moved = measurement.moved(model, PAIRS, means, [FIRST])
    assert moved[SECOND] > 2 > 1e-3 > moved[1, 1]
    assert moved[FIRST] == 0
    without = abc_means.without(model, PAIRS, means, [[FIRST]]).mean()
    put_back = measurement.restored(model, PAIRS, means, [FIRST], [SECOND])[0]
    assert float(put_back - without) == pytest.approx(0.0, abs=1e-3)
    assert at_reader("idle", [FIRST]).heads.abs().max() < 1e-3


def test_a_head_that_steps_in_at_the_second_name_moves_there_and_not_at_the_end() -> None:
    model = by_hand.empty(n_heads=3, n_layers=3)
    by_hand.looks_for_itself(model, *FIRST)  # a duplicate-token head
    by_hand.writes(model, *FIRST, 2.0)
    likes(model, SECOND, {0: 10.0}, said=20.0, to_names=True)
    by_hand.writes(model, *SECOND, 0.0)
    means = abc_means.means(model, PAIRS)
    at_s2, at_end = (
        measurement.moved(model, PAIRS, means, [FIRST], place) for place in ("s2", "end")
    )
    assert at_s2[SECOND] > 1 > 1e-3 > at_s2[1, 1]
    assert at_end.max() < 1e-3


WORDS = "When Mary and John went to the store , gave a drink"


@pytest.mark.parametrize("family", ["gpt2", "gpt_neox", "gpt_neo", "llama"])
def test_the_direction_is_the_slope_of_the_lead_at_a_fixed_scale(family: str, tmp_path) -> None:
    model = tiny.model(tmp_path, family, [WORDS])
    tokens = torch.tensor([[0, 1, 2, 3, 4, 2, 6], [0, 5, 6, 3, 7, 5, 1]])
    two = torch.tensor([2, 1]), torch.tensor([4, 4])
    end = torch.tensor([6, 6])
    pairs = by_hand.Pairs(
        tokens, tokens, *two, {"io": two[1], "s1": two[0], "s2": end - 1, "end": end}, {}
    )
    head = (1, 2)
    toward = measurement.direction(model, pairs, head)
    name = "blocks.1.hook_resid_pre"
    stream = patching.activations(model, tokens, [name])[name][:, -1]
    centred = stream - stream.mean(-1, keepdim=True)
    step = torch.randn(stream.shape, generator=torch.Generator().manual_seed(0)) * 1e-2
    for along in (torch.ones_like(centred), centred, stream):  # so that no scale changes
        basis = along / along.norm(dim=-1, keepdim=True)
        step = step - (step * basis).sum(-1, keepdim=True) * basis

    def add(much: float):
        def hook(value, hook):
            value = value.clone()
            value[:, -1] += much * step
            return value

        return [(name, hook)]

    up, down = (measurement.lead(model, tokens, pairs, head, add(much)) for much in (1.0, -1.0))
    assert torch.allclose((up - down) / 2, (step * toward).sum(-1), atol=1e-4)
    assert ((stream * toward).sum(-1).abs() > 1e-3).all()  # 0 if the scale could change
