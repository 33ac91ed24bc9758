"""Each reading key of the notebook, tried on readers and residual streams that are known."""

import pytest
import torch
from torch.nn import functional as F

from lab import measurement
from lab.settings import QUICK
from lab.task import Automaton, make_task

CPU = torch.device("cpu")
WAITS = [0, 6, 12, 20]


@pytest.fixture(scope="module")
def flip_flop() -> Automaton:
    return make_task(QUICK.but(automaton="flip-flop"), CPU)


def after(task: Automaton, reader, opposite: bool, place: int | None = None) -> list[float]:
    seeded = torch.Generator().manual_seed(3)
    return measurement.right_after_waiting(
        task, reader, WAITS, opposite=opposite, generator=seeded, place=place
    )


def test_opposite_writes_pull_down_who_counts_them_and_not_who_reads_the_last(flip_flop) -> None:
    def last(words):
        return measurement.saying(flip_flop, flip_flop.last_write(words, flip_flop.n_ctx))

    def votes(words):
        return measurement.saying(flip_flop, flip_flop.more_common_write(words))

    assert (
        after(flip_flop, last, opposite=False) == after(flip_flop, last, opposite=True) == [1.0] * 4
    )
    random, opposite = (after(flip_flop, votes, opposite=one) for one in (False, True))
    assert max(opposite) < 0.2 and min(random) > 0.5  # the longest wait tells them apart as well


def test_as_much_stands_before_the_write_for_each_wait(flip_flop) -> None:
    words = measurement.after_a_write(flip_flop, 300, True, torch.Generator().manual_seed(0))
    place = measurement.beginning(flip_flop)
    write = words[:, place]
    assert (words[:, place + 1 :] == measurement.IGNORED).all()
    before = words[:, :place]
    assert (before != write[:, None]).all() and (before != measurement.IGNORED).any(
        1
    ).float().mean() > 0.9
    with pytest.raises(ValueError, match="at most"):
        measurement.right_after_waiting(
            flip_flop,
            flip_flop.last_write,
            [flip_flop.n_ctx],
            opposite=True,
            generator=torch.Generator(),
        )


def test_a_reader_of_a_window_falls_with_the_write_and_one_of_a_place_does_not(flip_flop) -> None:
    def window(words):
        return measurement.saying(flip_flop, flip_flop.last_write(words, 9))

    def early_places(words):  # sees everything, and fails beyond the twentieth place
        said = flip_flop.last_write(words, flip_flop.n_ctx)
        said[:, 20:] = flip_flop.n_symbols
        return measurement.saying(flip_flop, said)

    for opposite in (False, True):
        for reader in (window, early_places):
            right = after(flip_flop, reader, opposite)
            assert right[:2] == [1.0, 1.0] and max(right[2:]) < 0.65
        assert max(after(flip_flop, window, opposite, place=4)[2:]) < 0.65
        assert after(flip_flop, early_places, opposite, place=4)[2] == 1.0


def test_attention_to_the_last_write_tells_a_sharp_head_from_an_even_one(flip_flop) -> None:
    words = flip_flop.held_out().tokens
    places = torch.arange(words.shape[1])
    last = torch.where(words > 0, places, -1).cummax(dim=1).values
    sharp = F.one_hot(last.clamp(min=0), words.shape[1]).float()
    even = torch.ones(words.shape[1], words.shape[1]).tril()
    even = (even / even.sum(-1, keepdim=True)).expand(len(words), -1, -1)
    paid, ago = measurement.last_write_attention(torch.stack([sharp, even], dim=1)[None], words)
    assert paid.shape[:2] == (1, 2) and (paid[0, 0] == 1).all()
    assert paid[0, 1, ago > 5].mean() < 0.2


def test_a_probe_reads_the_window_that_the_stream_holds_and_not_the_others() -> None:
    task = make_task(QUICK.but(automaton="permutations", size=3, length=8, ignore_share=0.2), CPU)
    words = task.sample(3000, torch.Generator().manual_seed(0)).tokens
    position, windows = 6, [1, 2, 4, 7]
    streams = [
        F.one_hot(task.products(words, size)[:, position], len(task.elements)).float()
        for size in windows
    ]
    table = measurement.products_read(task, torch.stack(streams), words, position, windows)
    assert (table.diagonal() > 0.99).all()
    assert table[1, 2:].max() < 0.75 and table[3, :3].max() < 0.75


def test_a_product_of_two_is_read_off_symbols_side_by_side_and_one_of_three_is_not() -> None:
    task = make_task(QUICK.but(automaton="permutations", size=3, length=8, ignore_share=0.2), CPU)
    words = task.sample(3000, torch.Generator().manual_seed(0)).tokens
    side_by_side = F.one_hot(words[:, 3:7], task.n_symbols).flatten(1).float()
    multiplied = F.one_hot(task.products(words, 3)[:, 6], len(task.elements)).float()
    streams = torch.stack(
        [F.pad(one, (0, 12 - one.shape[1])) for one in (side_by_side, multiplied)]
    )
    windows = [1, 2, 3]
    found = measurement.products_read(task, streams, words, 6, windows)
    control = measurement.products_read_off_symbols(task, words, 6, windows)
    assert found[0, 1] > 0.8 and control[1] > 0.8  # nothing was multiplied in this stream
    assert found[0, 2] < control[2] + 0.1 < 0.6
    assert found[1, 2] > 0.99 > control[2] + 0.3  # here something was


def test_the_place_for_the_probe_is_the_last_before_the_first_failure() -> None:
    assert measurement.last_right([1.0, 0.95, 0.7, 0.99], 0.9) == 1
    assert measurement.last_right([1.0, 1.0], 0.9) == 1
    assert measurement.last_right([0.2, 0.2], 0.9) == 0
