"""How the board gets into the residual stream: what can be read after each layer, and who writes a flip."""

from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import board
from lab.attribution import components
from lab.othello import Games
from lab.task import EMPTY, MINE, THEIRS, Othello


def accuracy_by_layer(streams: Tensor, truth: Tensor) -> Tensor:
    """The share of positions in which each square is read right, [layer, square], by probes for streams
    [layer, game, turn, d_model] and states [game, turn, square]: fitted on half of the games, scored
    on the other half."""
    half = len(truth) // 2
    found = []
    for stream in streams:
        probe = board.fit(stream[:half].flatten(0, 1), truth[:half].flatten(0, 1))
        found.append(probe.accuracy(stream[half:].flatten(0, 1), truth[half:].flatten(0, 1)))
    return torch.stack(found)


def matched_pairs(task: Othello, games: Games) -> tuple[Tensor, Tensor]:
    """Discs that the last move turned over and discs that it left: (game, turn, square), [n, 3] each.

    All were the opponent's before. Row i of both has the same turn, last move and square, so what
    depends on these three alone cannot tell them apart.
    """
    boards, black = task.boards(games), task.black_moves_next(games)
    last = games.moves[:, 1 : task.n_ctx]
    no_pass = (black[:, :-1] != black[:, 1:]) & (last >= 0)
    was = (boards[:, :-1] == THEIRS) & no_pass[..., None]
    rows, labels = [], []
    for state in (THEIRS, MINE):  # turned over, left
        game, turn, square = (was & (boards[:, 1:] == state)).nonzero().T
        alike = (turn * task.rules.n_squares + last[game, turn]) * task.rules.n_squares + square
        alike, order = alike.sort(stable=True)
        nth = torch.arange(len(alike), device=alike.device) - torch.searchsorted(alike, alike)
        rows.append(torch.stack([game, turn + 1, square], 1)[order])
        labels.append(alike * len(boards) + nth)
    flipped, kept = labels
    return rows[0][torch.isin(flipped, kept)], rows[1][torch.isin(kept, flipped)]


def board_before(task: Othello) -> Tensor:
    """The held-out boards before the last move turned anything over, and that move, as one more stream
    [1, game, turn, feature]: seen by the player who moves next, beside what is known without colours."""
    boards = task.boards(task.games)
    before = torch.nn.functional.pad(boards[:, :-1], (0, 0, 1, 0))  # the first one is not needed
    # the players change places, so "mine" before the move is "theirs" now
    owner = (before == THEIRS).float() - (before == MINE).float()
    return torch.cat([owner, task.colourless(task.held_out().tokens)], dim=-1)[None]


def told_apart(task: Othello, streams: Tensor) -> list[float]:
    """For each of streams [layer, game, turn, d_model] the share of matched pairs in which a probe's score of
    "theirs" over "mine" is higher for the disc turned over; a tie counts half.

    Probes are fitted on half of the held-out games, the pairs are from the other half.
    """
    boards = task.boards(task.games)
    half = len(boards) // 2
    pairs = matched_pairs(task, Games(*(part[half:] for part in task.games)))
    found = []
    for stream in streams:
        probe = board.fit(stream[:half].flatten(0, 1), boards[:half].flatten(0, 1))
        scores = probe.scores(stream[half:])
        theirs = scores[..., THEIRS] - scores[..., MINE]
        flipped, kept = (theirs[tuple(rows.T)] for rows in pairs)
        found.append((0.5 + 0.5 * (flipped - kept).sign()).mean().item())
    return found


def told_by_taken_squares(task: Othello) -> float:
    """The share of the pairs of `told_apart` that a rule without colours tells apart: the disc turns over if
    the squares from the last move to the one behind it are taken. A tie counts half."""
    half = len(task.games.moves) // 2
    games = Games(*(part[half:] for part in task.games))
    flipped, kept = (taken_beyond(task, games, rows) for rows in matched_pairs(task, games))
    return (0.5 + 0.5 * (flipped - kept).sign()).mean().item()


def taken_beyond(task: Othello, games: Games, rows: Tensor) -> Tensor:
    """1 where all squares from the last move to the one behind a disc are taken, else 0: [n] for `rows` [n, 3] of
    `matched_pairs`. A disc that can be turned over is in line with the move."""
    game, turn, square = rows.T
    side = task.rules.side
    move = games.moves[game, turn]
    down, across = square // side - move // side, square % side - move % side
    steps = torch.maximum(down.abs(), across.abs())
    taken = task.boards(games)[game, turn] != EMPTY
    in_line = torch.ones_like(steps, dtype=torch.bool)
    for step in range(1, side):  # up to the square behind the disc
        row, column = move // side + step * down.sign(), move % side + step * across.sign()
        inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
        at = (row * side + column).clamp(0, task.rules.n_squares - 1)
        here = taken.gather(1, at[:, None])[:, 0] & inside
        in_line &= here | (step > steps + 1)
    return (in_line & (steps + 1 < side)).float()


class Event(NamedTuple):
    """One last move that flips a square in some positions and leaves it in others. Row i of both lists
    [n, 2] of (game, turn) is of the same turn."""

    move: int  # a square
    square: int
    flipped: Tensor
    kept: Tensor


def matched_event(task: Othello, games: Games, most: int = 256) -> Event:
    """The move and the square with the most matched pairs; of more than `most` pairs, so many from all turns."""
    flipped, kept = matched_pairs(task, games)
    move = games.moves[flipped[:, 0], flipped[:, 1]]
    events = move * task.rules.n_squares + flipped[:, 2]
    event = int(events.mode().values)
    rows = (events == event).nonzero()[:, 0]
    rows = rows[torch.linspace(0, len(rows) - 1, min(most, len(rows))).long()]
    return Event(*divmod(event, task.rules.n_squares), flipped[rows, :2], kept[rows, :2])


def written(
    model: TransformerBridge, tokens: Tensor, at: Tensor, direction: Tensor
) -> dict[str, Tensor]:
    """What each head and MLP writes along a direction [d_model] at (game, turn) pairs [n, 2] of games with
    these tokens [game, turn]: [n] each. The embedding, the position and biases are the same in a matched pair.
    """
    found: dict[str, list[Tensor]] = {}
    for game, turn in (
        part.T for part in at.split(64)
    ):  # every activation of so many games is held
        with torch.no_grad():
            _, cache = model.run_with_cache(tokens[game])
        rows = torch.arange(len(game), device=game.device)
        for name, part in components(model, cache).items():
            if "embed" not in name and "bias" not in name:
                found.setdefault(name, []).append(part[rows, turn] @ direction)
    return {name: torch.cat(parts) for name, parts in found.items()}


def difference(flipped: Tensor, kept: Tensor, draws: int = 200) -> tuple[float, float]:
    """The mean difference of pairs [n] of numbers, and how large it gets by chance: three standard
    deviations over draws in which the two of each pair change places at random. With two, one of twenty
    parts that write nothing would stick out.
    """
    apart = flipped - kept
    seeded = torch.Generator(apart.device).manual_seed(0)
    signs = torch.randint(2, (draws, len(apart)), generator=seeded, device=apart.device) * 2 - 1
    return apart.mean().item(), 3 * (signs * apart).mean(1).std().item()
