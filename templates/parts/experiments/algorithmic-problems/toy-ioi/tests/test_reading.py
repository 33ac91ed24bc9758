"""What the figures are said to show, on models of which it is known, each with a decoy."""

import planted_ioi
import pytest
import torch

from lab import measurement
from lab.roles import PLACES
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
S_FIRST, IO, S_AGAIN, _, _, END = range(len(PLACES))


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


def test_both_bars_rise_where_the_mentions_meet_and_one_where_one_is_carried(task) -> None:
    for plant, here in (
        (planted_ioi.noticed_at_s_again, S_AGAIN),
        (planted_ioi.counted_at_end, END),
    ):
        for lost in measurement.where_they_meet(plant(task), task).values():
            assert lost[0, here] > 0.9
            assert lost[0, [place for place in range(END + 1) if place != here]].abs().max() < 0.1
    for decoy, here in (
        (planted_ioi.first_name_is_s, END),
        (planted_ioi.first_name_is_carried, S_AGAIN),
    ):
        lost = measurement.where_they_meet(decoy(task), task)
        assert lost["S first"][0, here] > 0.2
        assert torch.minimum(*(one[0] for one in lost.values())).max() < 0.1


def test_writing_against_s_is_not_the_same_as_writing_io_from_there(task) -> None:
    model = planted_ioi.noticed_at_s_again(task)  # copies all three names, takes off what is marked
    for added in measurement.added_by_source(model, task, "S").values():
        assert added[1, S_FIRST] > 1 and added[1, S_AGAIN] < -1 and added[1, IO].abs() < 0.1
    for added in measurement.added_by_source(model, task, "IO").values():
        assert added[1, IO] > 1 and added[1, [S_FIRST, S_AGAIN]].abs().max() < 0.1
    decoy = planted_ioi.first_name_is_carried(task, times=3)  # IO - S rises at S again here too
    to_io, to_s = (measurement.added_by_source(decoy, task, name)["IO S S"] for name in ("IO", "S"))
    assert to_io[1, S_AGAIN] > 1 and (to_io - to_s)[1, S_AGAIN] > 1
    assert to_s[1, S_AGAIN] > -0.1


def test_even_attention_to_three_names_can_be_a_whole_solution(task) -> None:
    model = planted_ioi.noticed_at_s_again(task)
    assert (model(task.unseen.tokens)[:, -1].argmax(-1) == task.unseen.io).all()
    for looked in measurement.attention_by_order(model, task, "END").values():
        assert (looked[1, : S_AGAIN + 1] - 1 / 3).abs().max() < 0.01
        assert looked.shape == (2, len(PLACES))
