"""Each reading key of the notebook against models written by hand that do the task in different ways.

Two attention-only layers of one head, no LayerNorm. The residual stream holds, in blocks: the token, the
position, what layer 0 fetched, the answer; each one-hot. There is no `pass`, so that places are fixed.
"""

import pytest
import torch
from torch import nn
from transformer_lens import TransformerBridge

from lab import measurement
from lab.settings import QUICK
from lab.task import make_task

TASK = make_task(QUICK.but(n_numbers=12, filler=0, n_assignments=1), torch.device("cpu"))
PROGRAMS = measurement.programs(TASK, 200, torch.Generator().manual_seed(0))
N, V, C = TASK.n_elements, TASK.d_vocab, TASK.n_ctx
INDEX, NEW, ARROW, LITERAL = TASK.program - 5, TASK.program - 2, TASK.arrow, 2
SHARP = 40.0


def plant(way: str) -> TransformerBridge:
    """A model that compares the index with the slot at the new value ("new"), at the position that
    prints ("print"), or that never does and prints the array as it was ("never")."""
    d_head, d_model = V + C, 3 * V + C
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 1, "d_head": d_head, "attn_only": True,
            "normalization_type": None, "d_vocab": V, "n_ctx": C, "seed": 0,
        }
    )  # fmt: skip
    place, fetched = V, V + C  # where the blocks begin
    looks = torch.zeros(2, d_model, d_model)  # [layer, query feature, key feature]
    looks[0, place : place + C, place] = 1.5 * SHARP  # look at the first token, unless ...
    if way == "new":
        looks[0, place + NEW, place + INDEX] = 3 * SHARP
    for slot in range(N):
        prints = place + ARROW + slot
        looks[1, prints, place + LITERAL + slot] = SHARP
        if way == "new":
            looks[1, prints, fetched + slot] = 2 * SHARP
        if way == "print":
            looks[0, prints, place + INDEX] = SHARP  # one alone is not enough: the index,
            looks[0, prints, slot] = SHARP  # and the number of this slot
            looks[1, fetched + slot, place + NEW] = 2 * SHARP
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, :V] = torch.eye(V)
        model.W_pos[:, place : place + C] = torch.eye(C)
        model.unembed.weight[:, fetched + V :] = torch.eye(V)
        for layer, target in ((0, fetched), (1, fetched + V)):
            _look(model.blocks[layer].attn, looks[layer])
            model.blocks[layer].attn.v.weight[:V, :V] = torch.eye(V)
            model.blocks[layer].attn.o.weight[target : target + V, :V] = torch.eye(V)
    return model


def _look(attn: nn.Module, score: torch.Tensor) -> None:
    """Give a head these scores [query feature, key feature], by a factoring into queries and keys."""
    d_head = attn.q.weight.shape[0]
    left, size, right = torch.linalg.svd(score)
    rank = int((size > 1e-4).sum())
    assert rank <= d_head
    root = size[:rank].sqrt()[:, None]
    attn.q.weight[:rank] = d_head**0.5 * root * left.T[:rank]
    attn.k.weight[:rank] = root * right[:rank]


@pytest.mark.parametrize("way", ["new", "print"])
def test_a_model_that_uses_the_index_is_right_in_both_kinds_of_slots(way: str) -> None:
    found = measurement.apart(plant(way), TASK, PROGRAMS)
    assert found["updated"]["right"] > 0.99 and found["untouched"]["right"] > 0.99


def test_a_model_that_copies_the_array_is_right_in_untouched_slots_and_says_the_old_value() -> None:
    found = measurement.apart(plant("never"), TASK, PROGRAMS)
    assert found["untouched"]["right"] > 0.99
    assert found["updated"] == {"right": 0.0, "old value": 1.0, "new value": 0.0}

    def by_elimination(tokens: torch.Tensor) -> torch.Tensor:  # never reads the index
        said = TASK.lazy_rules()["the last value last, unless printed"](tokens)
        return nn.functional.one_hot(said, V).float()

    blind = measurement.apart(by_elimination, TASK, PROGRAMS)
    assert blind["updated"] == found["updated"] and blind["untouched"]["right"] == 1.0


@pytest.mark.parametrize(("way", "position"), [("new", NEW), ("print", ARROW)])
def test_the_bright_position_is_where_the_index_has_been_moved_to(way: str, position: int) -> None:
    model = plant(way)
    for slot in range(N - 1):
        bright = position + (slot if position == ARROW else 0)
        for layer, where in ((0, INDEX), (1, bright)):
            shares = measurement.put_back(model, TASK, PROGRAMS, layer, slot)
            assert shares[where] > 0.95
            others = torch.arange(C) != where
            assert shares[others].nan_to_num().abs().max() < 0.05


def test_the_change_of_another_program_does_where_the_index_is_and_not_where_the_value_is() -> None:
    for way, position in (("new", NEW), ("print", ARROW)):
        for layer, where, as_much in ((1, position, True), (2, ARROW, False)):
            own, another = (
                measurement.put_back(plant(way), TASK, PROGRAMS, layer, 0, from_another=one)[where]
                for one in (False, True)
            )
            assert own > 0.95  # at the end of the model the printing position holds the value
            assert (another > 0.95) == as_much and (as_much or another < 0.7)


def test_attention_to_the_new_value_in_updated_slots_says_that_the_head_chooses() -> None:
    for way in ("new", "print", "never"):
        found = measurement.looked_at(plant(way), TASK, PROGRAMS)
        chooses = found["updated"]["new value"][1, 0] - found["untouched"]["new value"][1, 0]
        assert (chooses > 0.95) == (way != "never")
        assert (measurement.moved(found) > 0.95) == (way != "never")
        assert way != "never" or measurement.moved(found) < 0.05
        assert found["untouched"]["own element"][1, 0] > 0.95
        for groups in found.values():
            torch.testing.assert_close(sum(groups.values()), torch.ones(2, 1))
