"""What the figures are said to show, on neurons and streams made by hand, each with a decoy."""

import torch

from lab import board, measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import EMPTY, MINE, THEIRS, make_task

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
    c3, d3 = BOARDS[..., 14], BOARDS[..., 15]
    either = ((c3 == MINE) & (d3 == THEIRS)) | ((c3 == THEIRS) & (d3 == MINE))
    assert measurement.unusual(either.float() + NOISE, BOARDS).abs().max() < 0.27


def test_a_rule_with_a_condition_dropped_scores_lower_than_the_rule() -> None:
    fires = ON.float() + NOISE > 0.5
    whole = measurement.judge(fires, ON)
    half = measurement.judge(fires, BOARDS[..., 14] == THEIRS)
    assert whole.f1 > 0.95
    assert half.f1 < whole.f1 - 0.1 and half.recall > 0.95
    assert measurement.judge(fires & ~fires, ON) == (0.0, 0.0, 0.0)
    legal = TASK.held_out().targets[..., TASK.tokens(torch.tensor(8))] > 0
    empty = BOARDS[..., 8] == EMPTY  # the neuron needs it, and "legal" implies it
    assert measurement.judge(ON, legal & empty) == measurement.judge(ON, legal)
    # "legal" goes along with what the neuron needs
    assert measurement.judge(ON, legal & empty).f1 > measurement.judge(ON, empty).f1 + 0.03


def test_the_turn_alone_names_a_clock_and_a_square_that_fills() -> None:
    late = TURNS > 20
    assert measurement.judge(late, measurement.best_by_turn(late)).f1 == 1
    assert measurement.judge(ON, measurement.best_by_turn(ON)).f1 < 0.7
    filled = BOARDS[..., 9] != EMPTY  # d2: a board is read, no clock
    assert measurement.judge(filled, measurement.best_by_turn(filled)).f1 > 0.8
    middle = filled.float().mean(0)
    assert (
        (middle > 0.3) & (middle < 0.7)
    ).sum() > 3  # at many turns some boards have it and some not


def test_where_empty_stays_low_the_move_was_carried_forward() -> None:
    when = measurement.moments(TASK, torch.arange(200, 400))
    tokens = TASK.held_out().tokens
    now = torch.nn.functional.one_hot(
        tokens, TASK.d_vocab
    ).float()  # the last move, and no earlier one
    carried = now.cumsum(1)
    unplayed = measurement.still_empty(BOARDS, when, torch.arange(200, 400))
    clock = torch.eye(TASK.n_ctx).expand(len(tokens), -1, -1)
    gaps = []
    for stream in (torch.cat([now, clock], -1), torch.cat([carried, clock], -1), clock):
        probe = board.fit(stream[:200].flatten(0, 1), BOARDS[:200].flatten(0, 1))
        after, control = (measurement.around(probe, stream, one) for one in (when, unplayed))
        gaps.append(control - after)
    forgets, remembers, only_the_turn = gaps
    assert remembers[:4].abs().max() < 0.1 and remembers[4:].min() > 0.9
    assert forgets[4] > 0.4 and forgets[5:].abs().max() < 0.1
    assert only_the_turn.abs().max() < 0.05


def test_the_control_is_the_same_square_at_the_same_turns_in_games_where_it_is_empty() -> None:
    rows = torch.arange(200, 400)
    when = measurement.moments(TASK, rows)
    unplayed = measurement.still_empty(BOARDS, when, rows)
    assert unplayed.square == when.square and len(unplayed.row) > 0.9 * len(when.row)
    for k in range(-4, 5):
        assert (BOARDS[unplayed.row, unplayed.turn + k, when.square] == EMPTY).all()
    assert len(unplayed.row.unique()) > 5


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
