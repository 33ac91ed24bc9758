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


def test_a_neuron_moves_the_logit_that_it_writes_where_it_fires() -> None:
    model = build_model(TASK, SETTINGS, CPU)
    last, neuron, token = model.cfg.n_layers - 1, 3, TASK.token(8)
    with torch.no_grad():
        model.blocks[last].mlp.out.weight[:, neuron] = 30 * model.W_U[:, token]
    assert measurement.move_effects(model, last)[neuron].argmax() == token
    name = f"blocks.{last}.mlp.hook_post"
    tokens = TASK.held_out().tokens
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=[name])
    post = cache[name][..., neuron]
    above = post > post.mean(0)
    fell = measurement.fall(model, tokens, last, neuron, token)
    found = measurement.means(fell, {"fires": above, "silent": ~above, "nowhere": above & ~above})
    assert found["fires"] > 0 > found["silent"] and "nowhere" not in found
    other = measurement.fall(model, tokens, last, neuron + 1, token)
    assert other.abs().mean() < 0.1 * fell.abs().mean()
