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


def donors_board(rest, stream, known) -> dict[str, float]:
    weights = measurement.writes(stream, known)
    return measurement.whose(TASK, measurement.edited(rest, stream, known, weights), BATCH)


def test_the_donors_board_moves_the_moves_where_the_board_is_used() -> None:
    found = donors_board(plays_by_the_board, STREAM, BOARDS)
    assert found["the donor's board"] > 0.9
    assert abs(found["its own board"] - found["a third game's board"]) < 0.15
    found = donors_board(plays_by_the_code, STREAM, BOARDS)
    assert found["its own board"] > 0.9
    assert abs(found["the donor's board"] - found["a third game's board"]) < 0.15
    weights = measurement.mixed_up(measurement.writes(STREAM, BOARDS))
    mixed = measurement.edited(plays_by_the_board, STREAM, BOARDS, weights)
    assert measurement.whose(TASK, mixed, BATCH)["the donor's board"] < 0.6


def test_an_unturned_board_is_the_board_where_no_disc_changed_hands() -> None:
    unturned, colours = (
        measurement.unturned(TASK, TASK.games),
        TASK.black_white(TASK.games),
    )
    assert torch.equal(unturned == EMPTY, BOARDS == EMPTY)
    turned = (colours[:, 1:] != colours[:, :-1]) & (colours[:, :-1] != EMPTY)
    never = torch.nn.functional.pad(turned.cumsum(1), (0, 0, 1, 0)) == 0
    assert torch.equal(unturned[never], BOARDS[never])
    assert (unturned != BOARDS).float().mean() > 0.1


def test_unturned_boards_move_more_where_the_stream_holds_who_placed_the_discs() -> None:
    unturned = measurement.unturned(TASK, TASK.games)
    placed = measurement.facts(unturned) @ BOARD_AXES
    seen = placed + CODE @ CODE_AXES  # the code is there, and nobody looks at it

    def plays_by_who_placed(stream: torch.Tensor) -> torch.Tensor:
        """Finds the position whose discs were placed most alike, and says what is legal there."""
        read = (stream @ BOARD_AXES.T).flatten(0, 1)
        nearest = torch.cdist(read, (placed @ BOARD_AXES.T).flatten(0, 1)).argmin(1)
        return BATCH.targets.flatten(0, 1)[nearest].view_as(BATCH.targets)

    share = {
        name: donors_board(rest, stream, known)["the donor's board"]
        for name, rest, stream, known in (
            ("placed, true board", plays_by_who_placed, seen, BOARDS),
            ("placed, unturned", plays_by_who_placed, seen, unturned),
            ("board, true board", plays_by_the_board, STREAM, BOARDS),
            ("board, unturned", plays_by_the_board, STREAM, unturned),
        )
    }
    assert share["placed, unturned"] > share["placed, true board"] + 0.1
    assert share["board, true board"] > share["board, unturned"] + 0.1


def kept(rest, stream, name: str) -> float:
    basis = measurement.subspaces(stream, BOARDS)[name]
    logits = measurement.alone(rest, stream, stream.mean(0), basis)
    return TASK.score(logits, BATCH.targets)


def test_class_means_of_other_boards_keep_what_is_no_board_where_they_fill_the_stream() -> None:
    code_alone = CODE @ CODE_AXES  # no board anywhere, and fewer directions than class means
    assert kept(plays_by_the_code, code_alone, "written") > 0.95
    assert kept(plays_by_the_code, code_alone, "other boards") > 0.95
    spread = torch.randn(*BOARDS.shape[:2], 80, generator=torch.Generator().manual_seed(3))
    roomy = 3 * FACTS @ BOARD_AXES + spread @ AXES[48:]  # a stream that class means do not fill
    assert kept(plays_by_the_board, roomy / 3, "written") > 0.9
    assert kept(plays_by_the_board, roomy / 3, "other boards") < 0.8


def test_without_the_written_subspace_a_machine_that_uses_the_board_is_lost() -> None:
    basis = measurement.subspaces(STREAM, BOARDS)["written"]
    for rest, low, high in ((plays_by_the_board, 0, 0.7), (plays_by_the_code, 0.9, 1)):
        logits = measurement.without(rest, STREAM, MEAN, basis)
        assert low <= TASK.score(logits, BATCH.targets) <= high


def test_what_a_probe_reads_need_not_be_what_is_used() -> None:
    noisy = torch.randn(FACTS.shape, generator=torch.Generator().manual_seed(2))
    used = FACTS + 0.3 * noisy
    echo = used @ BOARD_AXES + 0.5 * FACTS @ ECHO_AXES  # a clean copy that nothing reads
    assert kept(plays_by_the_board, echo, "written") > kept(plays_by_the_board, echo, "read") + 0.1
    assert kept(plays_by_the_board, STREAM, "read") > 0.9  # no copy: the probe reads what is used
