"""What the figures are said to show, on streams into which a board was written by hand, each with a decoy."""

import torch

from lab import board, measurement
from lab.settings import QUICK
from lab.task import EMPTY, MINE, THEIRS, make_task

TASK = make_task(QUICK.but(model="", board_side=4, n_held_out=400), torch.device("cpu"))
BOARDS, COLOURS = TASK.boards(TASK.games), TASK.black_white(TASK.games)


def stream_with(states: torch.Tensor) -> torch.Tensor:
    """A stream [1, game, turn, d_model] with one direction a square for one owner against the other, and
    one for empty."""
    directions = torch.linalg.qr(torch.randn(40, 32, generator=torch.Generator().manual_seed(0)))[
        0
    ].T
    owner = (states == MINE).float() - (states == THEIRS).float()
    return (owner @ directions[:16] + (states == EMPTY).float() @ directions[16:])[None]


def test_the_line_that_stays_high_is_the_board_that_is_written() -> None:
    for written, other in ((BOARDS, COLOURS), (COLOURS, BOARDS)):
        stream = stream_with(written)
        assert measurement.accuracy_by_layer(stream, written).mean() > 0.99
        assert measurement.accuracy_by_layer(stream, other).mean() < 0.9


def test_flipped_discs_tell_the_board_from_the_board_without_the_last_flips() -> None:
    # What a square would be had the last move turned nothing over: the old owner, from the other side.
    unturned = BOARDS.clone()
    before = BOARDS[:, :-1]
    swapped = torch.where(before == MINE, THEIRS, torch.where(before == THEIRS, MINE, before))
    unturned[:, 1:] = torch.where(before == EMPTY, BOARDS[:, 1:], swapped)
    streams = torch.cat([stream_with(BOARDS), stream_with(unturned)])
    knows, late = measurement.accuracy_on_flipped(streams, BOARDS, COLOURS)
    assert knows > 0.99
    # A probe makes up for some of it from the other squares, so it is not wrong on all of them.
    assert late < 0.65
    assert measurement.accuracy_by_layer(streams, BOARDS)[1].mean() > late + 0.2


def test_a_stream_without_a_board_reads_no_better_than_the_guess() -> None:
    turns = torch.arange(TASK.n_ctx).expand_as(BOARDS[..., 0])
    late = torch.nn.functional.one_hot(turns, 40).float()[None]
    half = len(BOARDS) // 2
    guess = board.best_guess(BOARDS[half:].flatten(0, 1), turns[half:].flatten())
    read = measurement.accuracy_by_layer(late, BOARDS)[0]
    assert (read - guess).max() < 0.02


def test_a_part_that_writes_flips_makes_a_bar_and_one_that_follows_the_turn_does_not() -> None:
    games = TASK.draw(3000, 1)
    event = measurement.matched_event(TASK, games)
    boards = TASK.boards(games)
    assert len(event.flipped) == len(event.kept) > 50
    for at, state in ((event.flipped, THEIRS), (event.kept, MINE)):
        game, turn = at.T
        assert (games.moves[game, turn] == event.move).all()
        assert (boards[game, turn - 1, event.square] == THEIRS).all()
        assert (boards[game, turn, event.square] == state).all()
    noise = torch.randn(2, len(event.kept), generator=torch.Generator().manual_seed(0))
    apart, by_chance = measurement.difference(1 + noise[0], noise[1])
    assert apart > by_chance
    late = [
        at[:, 1].float() + part for at, part in zip((event.flipped, event.kept), noise, strict=True)
    ]
    apart, by_chance = measurement.difference(*late)
    assert abs(apart) < by_chance
    idle = torch.randn(60, 2, 200, generator=torch.Generator().manual_seed(1))
    out = [abs(apart) > chance for apart, chance in (measurement.difference(*one) for one in idle)]
    assert sum(out) <= 1, "of sixty parts that write nothing"


def test_unmatched_positions_would_have_made_a_bar_of_the_turn() -> None:
    games = TASK.draw(3000, 1)
    event = measurement.matched_event(TASK, games)
    boards, last = TASK.boards(games), games.moves[:, 1 : TASK.n_ctx]
    was = (boards[:, :-1, event.square] == THEIRS) & (last == event.move)
    turns = [
        (was & (boards[:, 1:, event.square] == state)).nonzero()[:, 1].float()
        for state in (THEIRS, MINE)
    ]
    assert (turns[0].mean() - turns[1].mean()).abs() > 0.2
    assert torch.equal(event.flipped[:, 1], event.kept[:, 1])
