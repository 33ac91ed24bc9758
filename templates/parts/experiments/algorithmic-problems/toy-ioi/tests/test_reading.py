"""What the figures are said to show, on models of which it is known, each with a decoy."""

import planted_ioi
import pytest
import torch

from lab import measurement
from lab.roles import PLACES
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
S_FIRST, IO, S_AGAIN = range(3)


@pytest.fixture(scope="module")
def task():
    return make_task(QUICK.but(n_names=8), CPU)


@pytest.fixture(scope="module")
def s_last():
    return make_task(QUICK.but(n_names=8, subject_last=True), CPU)


def test_who_still_prefers_io_without_a_repetition_did_not_need_it(s_last) -> None:
    blind = measurement.prefers_io(planted_ioi.last_name_is_s(s_last), s_last)
    assert min(blind.values()) > 0.99
    searching = measurement.prefers_io(planted_ioi.noticed_at_s_again(s_last), s_last)
    assert searching["as it is"] > 0.99
    assert max(searching["filler for the first S"], searching["third name for the first S"]) < 0.67


def test_the_bar_that_falls_is_where_the_repetition_is_noticed(task) -> None:
    marked = measurement.where_noticed(planted_ioi.noticed_at_s_again(task), task)
    counted = measurement.where_noticed(planted_ioi.counted_at_end(task), task)
    for found, here in ((marked, "layer 0, S again"), (counted, "layer 0, END")):
        gap = found["as it is"] - found["third name"]
        for place, left in found.items():
            lost = (found["as it is"] - left) / gap
            assert lost > 0.9 if place in (here, "third name") else abs(lost) < 0.1


def test_a_rule_without_a_repetition_lets_no_bar_fall(s_last) -> None:
    found = measurement.where_noticed(planted_ioi.last_name_is_s(s_last), s_last)
    assert min(found.values()) > 0.9 * found["as it is"]


def test_writing_against_s_is_positive_and_copying_s_is_negative(task) -> None:
    model = planted_ioi.noticed_at_s_again(task)  # copies all three names, takes off what is marked
    for added in measurement.added_by_source(model, task).values():
        assert added[1, S_FIRST] < -1 and added[1, IO] > 1 and added[1, S_AGAIN] > 1
    for added in measurement.added_by_source(planted_ioi.counted_at_end(task), task).values():
        assert added[1, IO] > 1 and added[1, [S_FIRST, S_AGAIN]].abs().max() < 0.1


def test_even_attention_to_three_names_can_be_a_whole_solution(task) -> None:
    model = planted_ioi.noticed_at_s_again(task)
    assert (model(task.unseen.tokens)[:, -1].argmax(-1) == task.unseen.io).all()
    for looked in measurement.attention_by_order(model, task, "END").values():
        assert (looked[1, : S_AGAIN + 1] - 1 / 3).abs().max() < 0.01
        assert looked.shape == (2, len(PLACES))
