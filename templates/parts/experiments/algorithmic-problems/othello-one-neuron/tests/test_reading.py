"""What the figures are said to show, on neurons and streams made by hand, each with a decoy."""

import torch

from lab import board, measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import EMPTY, THEIRS, make_task

CPU = torch.device("cpu")
SETTINGS = QUICK.but(model="", board_side=6, n_held_out=400)
TASK = make_task(SETTINGS, CPU)
BOARDS = TASK.boards(TASK.games)
TURNS = torch.arange(TASK.n_ctx).expand_as(BOARDS[..., 0]).float()
ON = (BOARDS[..., 8] == EMPTY) & (BOARDS[..., 14] == THEIRS)  # c2 empty, c3 theirs
NOISE = 0.1 * torch.randn(ON.shape, generator=torch.Generator().manual_seed(0))


def test_a_condition_shows_in_its_map_and_the_turn_does_not() -> None:
    maps = measurement.unusual(ON.float() + NOISE, BOARDS)
    usual = (BOARDS == EMPTY).float().mean(0)
    assert maps[8, 2] > 0.2 and maps[14, 1] > 0.3
    assert maps[14, 1] == maps[:, 1].max()
    late = measurement.unusual(TURNS + NOISE, BOARDS)
    assert late.abs().mean() < 0.06 < (usual[0] - usual[-1]).abs().mean()


def test_a_rule_with_a_condition_dropped_scores_lower_than_the_rule() -> None:
    fires = ON.float() + NOISE > 0.5
    whole = measurement.judge(fires, ON)
    half = measurement.judge(fires, BOARDS[..., 14] == THEIRS)
    assert whole.f1 > 0.95
    assert half.f1 < whole.f1 - 0.1 and half.recall > 0.95
    assert measurement.judge(fires & ~fires, ON) == (0.0, 0.0, 0.0)


def test_a_neuron_that_fires_late_is_named_by_the_turn_alone() -> None:
    late = TURNS > 20
    assert measurement.judge(late, measurement.best_by_turn(late)).f1 == 1
    assert measurement.judge(ON, measurement.best_by_turn(ON)).f1 < 0.7


def test_where_empty_stays_low_the_move_was_carried_forward() -> None:
    when = measurement.moments(TASK, torch.arange(200, 400))
    tokens = TASK.held_out().tokens
    now = torch.nn.functional.one_hot(
        tokens, TASK.d_vocab
    ).float()  # the last move, and no earlier one
    carried = now.cumsum(1)
    curves = []
    for stream in (now, carried):
        probe = board.fit(stream[:200].flatten(0, 1), BOARDS[:200].flatten(0, 1))
        squares = torch.full_like(when.row, when.square)
        curves.append(measurement.around(probe, stream, when, squares))
    forgets, remembers = curves
    assert remembers[3] > 0.9 and remembers[4:].max() < 0.1
    assert forgets[4] < 0.2 and forgets[5:].min() > 0.25


def test_the_control_square_is_empty_all_along_and_not_always_the_same() -> None:
    when = measurement.moments(TASK, torch.arange(200, 400))
    squares = measurement.still_empty(BOARDS, when)
    there = squares >= 0
    row, turn = when.row[there], when.turn[there]
    for k in range(-4, 5):
        assert (BOARDS[row, turn + k, squares[there]] == EMPTY).all()
    assert len(squares[there].unique()) > 5


def test_a_move_goes_unsaid_without_its_neuron_and_stays_where_others_say_it() -> None:
    batch, half = TASK.held_out(), len(BOARDS) // 2
    last_move = torch.nn.functional.one_hot(batch.tokens, TASK.d_vocab).flatten(0, 1).float()
    legal = (batch.targets > 0).flatten(0, 1).float()
    often = (last_move.T @ legal) / last_move.sum(0).clamp_min(200)[:, None]
    heard, token = divmod(int(often.argmax()), TASK.d_vocab)  # this move makes that one legal
    for writers, gone in (([3], True), ([3, 4], False)):
        model = build_model(TASK, SETTINGS, CPU)
        last = model.cfg.n_layers - 1
        with torch.no_grad():
            for parameter in model.blocks.parameters():
                parameter.zero_()
            for block in model.blocks:
                block.ln2.weight.fill_(1.0)
            model.W_pos.zero_()
            mlp, embedding = model.blocks[last].mlp, torch.nn.functional.normalize(model.W_E, dim=1)
            for neuron in writers:
                getattr(mlp, "in").weight[neuron] = embedding[heard]
                getattr(mlp, "in").bias[neuron] = -0.6 * model.cfg.d_model**0.5
                mlp.out.weight[:, neuron] = 0.1 * model.W_U[:, token]
            model.unembed.weight.mul_(20)
        found = measurement.said_without(model, batch, last, 3, token, half)
        assert found.legal[0] > 0.9, found
        assert found.legal[1] < 0.2 if gone else found.legal[1] > 0.9
