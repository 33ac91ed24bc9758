"""The board probe on residual streams into which a board was written by hand."""

import torch

from lab import board
from lab.othello import Rules
from lab.settings import QUICK
from lab.task import EMPTY, MINE, THEIRS, make_task

SEEDED = torch.Generator().manual_seed(0)
N_SQUARES, D_MODEL = 16, 64


def written(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Boards [n, square], directions [square, d_model] and residual vectors that hold +direction for
    mine, -direction for theirs, nothing for empty, and a constant."""
    boards = torch.randint(3, (n, N_SQUARES), generator=SEEDED)
    directions = torch.linalg.qr(torch.randn(D_MODEL, N_SQUARES, generator=SEEDED))[0].T
    sign = (boards == MINE).float() - (boards == THEIRS).float()
    return boards, directions, sign @ directions + 3.0


def test_what_was_written_is_read() -> None:
    boards, directions, residual = written(2000)
    probe = board.fit(residual[:1000], boards[:1000])
    mine_or_theirs = probe.scores(residual[1000:])[..., [MINE, THEIRS]].argmax(-1)
    occupied = boards[1000:] != EMPTY
    assert torch.equal(mine_or_theirs[occupied], (boards[1000:] == THEIRS).long()[occupied])
    cosine = torch.cosine_similarity(probe.direction(MINE, THEIRS), directions, dim=1)
    assert cosine.min() > 0.99


def test_nothing_is_read_from_other_boards() -> None:
    boards, _, residual = written(2000)
    probe = board.fit(residual[:1000], boards[:1000].roll(1, 0))
    assert probe.accuracy(residual[1000:], boards[1000:]).mean() < 0.45


def test_the_subspace_holds_the_directions_and_no_more() -> None:
    boards, directions, residual = written(500)
    basis = board.fit(residual, boards).subspace()
    assert basis.shape[1] <= 2 * N_SQUARES
    torch.testing.assert_close(basis.T @ basis, torch.eye(basis.shape[1]), atol=1e-4, rtol=0)
    kept = directions @ basis @ basis.T
    torch.testing.assert_close(kept, directions, atol=1e-2, rtol=0)


def test_the_written_subspace_holds_the_directions_and_less_of_anything_else() -> None:
    boards, directions, residual = written(4000)
    basis = board.written_subspace(residual, boards)
    kept = (directions @ basis).norm(dim=1)
    assert basis.shape[1] <= 2 * N_SQUARES
    assert kept.min() > 0.99


def test_the_best_guess_knows_the_turn() -> None:
    boards = torch.tensor([[0], [0], [1], [2], [2], [2]])
    turns = torch.tensor([0, 0, 0, 1, 1, 1])
    torch.testing.assert_close(board.best_guess(boards, turns), torch.tensor([5 / 6]))


def test_a_guess_by_turn_beats_chance_on_real_games() -> None:
    task = make_task(QUICK.but(model="", board_side=6, n_held_out=50), torch.device("cpu"))
    boards = task.boards(task.games).flatten(0, 1)
    turns = torch.arange(task.n_ctx).repeat(50)
    guess = board.best_guess(boards, turns)
    assert guess.shape == (Rules(6).n_squares,)
    assert 1 / 3 < guess.mean() < 1
