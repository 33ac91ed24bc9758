"""What the figures are said to show, on streams into which a board was written by hand, each with a decoy."""

import torch

from lab import board, measurement
from lab.model import build_model
from lab.probes import residuals
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


def test_pairs_tell_a_board_from_the_one_before_the_move() -> None:
    # What a square would be had the last move turned nothing over: the old owner, from the other side.
    unturned = BOARDS.clone()
    before = BOARDS[:, :-1]
    swapped = torch.where(before == MINE, THEIRS, torch.where(before == THEIRS, MINE, before))
    unturned[:, 1:] = torch.where(before == EMPTY, BOARDS[:, 1:], swapped)
    streams = torch.cat([stream_with(BOARDS), stream_with(unturned)])
    knows, late = measurement.told_apart(TASK, streams)
    line = measurement.told_apart(TASK, measurement.board_before(TASK))[0]
    assert knows > 0.99 and knows > line + 0.1
    assert 0.6 < late < line + 0.02  # neighbours tell much, so above chance would not do


def test_pairs_are_half_told_by_saying_theirs_and_without_colours() -> None:
    # Every disc of a pair is the opponent's before: a constant is right on all that were turned over.
    same = torch.zeros(1, *BOARDS.shape[:2], 40)
    assert measurement.told_apart(TASK, same) == [0.5]
    blind = TASK.colourless(TASK.held_out().tokens)[None]
    assert abs(measurement.told_apart(TASK, blind)[0] - 0.5) < 0.1


def test_taken_squares_tell_pairs_apart_without_colours() -> None:
    task = make_task(QUICK.but(model="", board_side=6), torch.device("cpu"))
    by_taken = measurement.told_by_taken_squares(task)
    assert by_taken > measurement.told_apart(task, measurement.board_before(task))[0] + 0.05
    assert measurement.told_apart(TASK, stream_with(BOARDS))[0] > 0.99
    assert measurement.told_by_taken_squares(TASK) < 0.9
    for rows, share in zip(measurement.matched_pairs(task, task.games), (1.0, 0.7), strict=True):
        assert measurement.taken_beyond(task, task.games, rows).mean() <= share
    flipped, _ = measurement.matched_pairs(task, task.games)
    assert (
        measurement.taken_beyond(task, task.games, flipped).min() == 1
    )  # nothing turns over without


def test_matched_pairs_are_of_one_turn_move_and_square() -> None:
    flipped, kept = measurement.matched_pairs(TASK, TASK.games)
    assert len(flipped) == len(kept) > 200
    assert torch.equal(flipped[:, 1:], kept[:, 1:])
    game, turn, square = torch.stack([flipped, kept]).unbind(-1)
    assert torch.equal(*TASK.games.moves[game, turn])
    assert (BOARDS[game, turn - 1, square] == THEIRS).all()
    assert (BOARDS[game, turn, square] == torch.tensor([[THEIRS], [MINE]])).all()
    assert len(flipped.unique(dim=0)) == len(flipped) and len(kept.unique(dim=0)) == len(kept)


def test_taken_squares_alone_reach_the_line_without_colours_and_a_board_lies_above_it() -> None:
    line = measurement.accuracy_by_layer(
        TASK.colourless(TASK.held_out().tokens)[None], BOARDS
    ).mean()
    taken = stream_with(torch.where(BOARDS == EMPTY, EMPTY, MINE))
    assert measurement.accuracy_by_layer(taken, BOARDS).mean() < line + 0.01
    assert measurement.accuracy_by_layer(stream_with(BOARDS), BOARDS).mean() > line + 0.1


def test_the_bars_add_up_to_the_difference_that_the_probe_reads() -> None:
    settings = QUICK.but(model="", d_model=32, d_mlp=32)
    model = build_model(TASK, settings, torch.device("cpu"))
    tokens = TASK.held_out().tokens
    stream = residuals(model, tokens)[-1]
    event = measurement.matched_event(TASK, TASK.games)
    probe = board.fit(stream.flatten(0, 1), BOARDS.flatten(0, 1))
    direction = probe.direction(THEIRS, MINE)[event.square]
    bars = [measurement.written(model, tokens, at, direction) for at in (event.flipped, event.kept)]
    read = [stream[tuple(at.T)] @ direction for at in (event.flipped, event.kept)]
    torch.testing.assert_close(
        sum(bars[0].values()) - sum(bars[1].values()), read[0] - read[1], atol=1e-4, rtol=1e-4
    )


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
