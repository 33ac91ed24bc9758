"""The rules of Othello for many games at once, on the device of the tensors they are given.

A set of squares is one int64, bit `row * side + column` (a bitboard), so that a step of 100,000
games is a few hundred integer operations. Boards of side 4, 6 and 8 are alike.
"""

from typing import NamedTuple

import torch
from torch import Tensor

DIRECTIONS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]


class Games(NamedTuple):
    """Games [game, turn]. `moves` holds squares, -1 after the end. The other three are sets of squares
    after each move, seen by the player who moves next: a forced pass has been made already, and a
    finished game has no legal move."""

    moves: Tensor
    mine: Tensor
    theirs: Tensor
    legal: Tensor


class Rules:
    """Othello on a board of even side: legal moves, flips, random games."""

    def __init__(self, side: int) -> None:
        if side not in (4, 6, 8):
            raise ValueError(f"a board has side 4, 6 or 8, not {side}")
        self.side = side
        self.n_squares = side * side
        low, high = side // 2 - 1, side // 2
        at = [row * side + column for row in (low, high) for column in (low, high)]
        self.centre = sorted(at)
        self.black = (1 << at[1]) | (1 << at[2])  # black moves first
        self.white = (1 << at[0]) | (1 << at[3])
        self.playable = [square for square in range(self.n_squares) if square not in at]
        self.n_turns = len(self.playable)
        self._all = _signed((1 << self.n_squares) - 1)
        self._steps = [
            (down * side + right, self._landing(down, right)) for down, right in DIRECTIONS
        ]

    def legal(self, mine: Tensor, theirs: Tensor) -> Tensor:
        """The sets of squares where the owner of `mine` may move."""
        empty = ~(mine | theirs) & self._all
        found = torch.zeros_like(mine)
        for step, landing in self._steps:
            found |= _shift(self._run(mine, theirs, step, landing), step, landing) & empty
        return found

    def flips(self, mine: Tensor, theirs: Tensor, move: Tensor) -> Tensor:
        """The sets of discs that change hands when the owner of `mine` plays `move`, a set of one."""
        found = torch.zeros_like(mine)
        for step, landing in self._steps:
            run = self._run(move, theirs, step, landing)
            closed = (_shift(run, step, landing) & mine) != 0
            found |= torch.where(closed, run, 0)
        return found

    def play(self, mine: Tensor, theirs: Tensor, square: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Play a square each: (mine, theirs, legal) as the next player to move sees them.

        Where the next player has no move and the other one has, the turn passes. A square of -1
        leaves the board as it is and hands over the turn.
        """
        played = square >= 0
        move = torch.where(played, torch.ones_like(mine) << square.clamp_min(0), 0)
        turned = self.flips(mine, theirs, move)
        mine, theirs = theirs & ~turned, mine | turned | move
        legal = self.legal(mine, theirs)
        other = self.legal(theirs, mine)
        passes = (legal == 0) & (other != 0)
        return (
            torch.where(passes, theirs, mine),
            torch.where(passes, mine, theirs),
            torch.where(passes, other, legal),
        )

    def start(self, n: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
        """The first position of n games, seen by black, who moves first: two sets of squares [n]."""
        return (
            torch.full((n,), _signed(self.black), dtype=torch.int64, device=device),
            torch.full((n,), _signed(self.white), dtype=torch.int64, device=device),
        )

    def random_games(self, n: int, generator: torch.Generator) -> Games:
        """n games in which every move is drawn evenly from the legal ones."""
        mine, theirs = self.start(n, generator.device)
        legal = self.legal(mine, theirs)
        turns: list[tuple[Tensor, ...]] = []
        for _ in range(self.n_turns):
            lottery = torch.rand(n, self.n_squares, generator=generator, device=generator.device)
            drawn = (lottery * self.squares(legal)).argmax(1)
            square = torch.where(legal != 0, drawn, -1)
            mine, theirs, legal = self.play(mine, theirs, square)
            turns.append((square, mine, theirs, legal))
        return Games(*(torch.stack(part, dim=1) for part in zip(*turns, strict=True)))

    def replay(self, moves: Tensor) -> Games:
        """The boards of given moves [game, turn]. Raises ValueError at an illegal move."""
        mine, theirs = self.start(len(moves), moves.device)
        legal = self.legal(mine, theirs)
        turns: list[tuple[Tensor, ...]] = []
        for square in moves.unbind(1):
            allowed = (legal >> square.clamp_min(0)) & 1 == 1
            if not (allowed | (square < 0)).all():
                raise ValueError(f"an illegal move at turn {len(turns)}")
            mine, theirs, legal = self.play(mine, theirs, square)
            turns.append((mine, theirs, legal))
        return Games(moves, *(torch.stack(part, dim=1) for part in zip(*turns, strict=True)))

    def squares(self, bits: Tensor) -> Tensor:
        """Sets [...] as booleans [..., square]."""
        places = torch.arange(self.n_squares, device=bits.device)
        return (bits[..., None] >> places) & 1 == 1

    def name(self, square: int) -> str:
        """A square as players write it: column letter, row number; square 0 is a1."""
        row, column = divmod(square, self.side)
        return f"{'abcdefgh'[column]}{row + 1}"

    def _run(self, start: Tensor, through: Tensor, step: int, landing: int) -> Tensor:
        """The unbroken lines inside `through` that begin next to `start` in one direction."""
        run = _shift(start, step, landing) & through
        for _ in range(self.side - 3):
            run = run | (_shift(run, step, landing) & through)
        return run

    def _landing(self, down: int, right: int) -> int:
        """The squares that a step in this direction can land on: no wrapping around an edge."""
        inside = range(self.side)
        return _signed(
            sum(
                1 << (row * self.side + column)
                for row in inside
                for column in inside
                if row - down in inside and column - right in inside
            )
        )


def _shift(bits: Tensor, step: int, landing: int) -> Tensor:
    return ((bits << step) if step > 0 else (bits >> -step)) & landing


def _signed(bits: int) -> int:
    """An unsigned 64-bit number as the int64 with the same bits."""
    return bits - (1 << 64) if bits >> 63 else bits
