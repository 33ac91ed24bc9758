"""What the figures are said to show, on a second half made by hand, each with a decoy.

The planted stream holds a board (one direction a square for its owner, one for empty) and a code that names
the position and has nothing to do with the board. One second half decodes the board and knows the rules;
the decoy looks the code up and never sees a board.
"""

import torch

from lab import measurement
from lab.settings import QUICK
from lab.task import EMPTY, MINE, THEIRS, make_task

TASK = make_task(QUICK.but(model="", board_side=4, n_held_out=400), torch.device("cpu"))
BATCH, BOARDS = TASK.held_out(), TASK.boards(TASK.games)
SQUARES = TASK.rules.n_squares
WIDTH = 128
AXES = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=torch.Generator().manual_seed(0)))[0]
BOARD_AXES, CODE_AXES, ECHO_AXES = AXES[:32], AXES[32:48], AXES[48:80]
FACTS = torch.cat(
    [(BOARDS == MINE).float() - (BOARDS == THEIRS).float(), (BOARDS == EMPTY).float()], dim=-1
)  # [game, turn, 32]
CODE = torch.randn(*BOARDS.shape[:2], 16, generator=torch.Generator().manual_seed(1))
STREAM = FACTS @ BOARD_AXES + CODE @ CODE_AXES
MEAN = STREAM.mean(0)


def plays_by_the_board(stream: torch.Tensor) -> torch.Tensor:
    """Reads the board off its axes and says every legal move."""
    facts = stream @ BOARD_AXES.T
    owner, empty = facts[..., :SQUARES], facts[..., SQUARES:] > 0.5
    bits = 1 << torch.arange(SQUARES)
    mine = ((owner > 0) & ~empty).long() @ bits
    theirs = ((owner <= 0) & ~empty).long() @ bits
    legal = TASK.rules.squares(TASK.rules.legal(mine, theirs))[..., TASK.rules.playable]
    return torch.nn.functional.pad(legal.float(), (1, 0))


def plays_by_the_code(stream: torch.Tensor) -> torch.Tensor:
    """Finds the position whose code is nearest, and says what is legal there."""
    nearest = torch.cdist((stream @ CODE_AXES.T).flatten(0, 1), CODE.flatten(0, 1)).argmin(1)
    return BATCH.targets.flatten(0, 1)[nearest].view_as(BATCH.targets)


def test_the_swap_moves_the_moves_to_the_donor_where_the_board_is_used() -> None:
    bases = measurement.subspaces(STREAM, BOARDS)
    by_board = measurement.swapped(plays_by_the_board, STREAM, bases["written"])
    found = measurement.whose(TASK, by_board, BATCH)
    assert found["the donor's board"] > 0.9
    assert abs(found["its own board"] - found["a third game's board"]) < 0.15
    by_code = measurement.swapped(plays_by_the_code, STREAM, bases["written"])
    found = measurement.whose(TASK, by_code, BATCH)
    assert found["its own board"] > 0.9
    assert abs(found["the donor's board"] - found["a third game's board"]) < 0.15


def test_the_board_alone_is_enough_and_missed_where_it_is_used() -> None:
    bases = measurement.subspaces(STREAM, BOARDS)

    def legality(cut, rest, name: str) -> float:
        return TASK.score(cut(rest, STREAM, MEAN, bases[name]), BATCH.targets)

    assert legality(measurement.alone, plays_by_the_board, "written") > 0.9
    assert legality(measurement.alone, plays_by_the_board, "random") < 0.7
    assert legality(measurement.without, plays_by_the_board, "written") < 0.7
    assert legality(measurement.alone, plays_by_the_code, "written") < 0.7
    assert legality(measurement.without, plays_by_the_code, "written") > 0.9


def test_what_a_probe_reads_need_not_be_what_is_used() -> None:
    noisy = torch.randn(FACTS.shape, generator=torch.Generator().manual_seed(2))
    used = FACTS + 0.3 * noisy
    echo = used @ BOARD_AXES + 0.5 * FACTS @ ECHO_AXES  # a clean copy that nothing reads
    bases = measurement.subspaces(echo, BOARDS)
    donors = {
        name: measurement.whose(
            TASK, measurement.swapped(plays_by_the_board, echo, bases[name]), BATCH
        )["the donor's board"]
        for name in ("written", "read")
    }
    assert donors["written"] > donors["read"] + 0.15


def test_a_subspace_that_holds_most_of_the_variance_cannot_tell() -> None:
    bases = measurement.subspaces(STREAM, BOARDS)
    kept = {
        name: TASK.score(
            measurement.alone(plays_by_the_code, STREAM, MEAN, bases[name]), BATCH.targets
        )
        for name in ("principal", "written")
    }
    assert kept["principal"] > kept["written"] + 0.2  # the code is variance, too
