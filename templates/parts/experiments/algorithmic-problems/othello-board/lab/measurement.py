"""How the board gets into the residual stream: what can be read after each layer, and who writes a flip."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
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


def accuracy_on_flipped(streams: Tensor, truth: Tensor, colours: Tensor) -> list[float]:
    """For each layer the accuracy on the discs that the last move flipped.

    Probes are fitted and scored as in `accuracy_by_layer`; `colours` [game, turn, square] are the same
    boards in black and white, in which a flip is a change of a square that was not empty.
    """
    flipped = (colours[:, 1:] != colours[:, :-1]) & (colours[:, :-1] != EMPTY)
    half = len(truth) // 2
    found = []
    for stream in streams:
        probe = board.fit(stream[:half].flatten(0, 1), truth[:half].flatten(0, 1))
        right = probe.read(stream[half:, 1:]) == truth[half:, 1:]
        found.append(right[flipped[half:]].float().mean().item())
    return found


class Event(NamedTuple):
    """One last move that flips a square in some positions and leaves it in others. Row i of both lists
    [n, 2] of (game, turn) is of the same turn."""

    move: int  # a square
    square: int
    flipped: Tensor
    kept: Tensor


def matched_event(task: Othello, games: Games, most: int = 256) -> Event:
    """The move and the square with the most pairs of positions, flipped and kept, at the same turn.

    A disc of the opponent before the move is meant: kept, it is "mine" for the next player.
    """
    boards, black = task.boards(games), task.black_moves_next(games)
    last = games.moves[:, 1 : task.n_ctx]
    no_pass = (black[:, :-1] != black[:, 1:]) & (last >= 0)
    was = (boards[:, :-1] == THEIRS) & no_pass[..., None]
    flipped, kept = was & (boards[:, 1:] == THEIRS), was & (boards[:, 1:] == MINE)
    moved = F.one_hot(last.clamp_min(0), task.rules.n_squares).float()
    counts = [torch.einsum("gtm,gts->tms", moved, one.float()) for one in (flipped, kept)]
    pairs = torch.minimum(*counts)  # [turn, move, square]
    move, square = divmod(int(pairs.sum(0).argmax()), task.rules.n_squares)
    here = [(one[..., square] & (last == move)) for one in (flipped, kept)]
    rows: tuple[list[Tensor], list[Tensor]] = ([], [])
    for turn, n in enumerate(pairs[:, move, square].long().tolist()):
        for one, found in zip(here, rows, strict=True):
            game = one[:, turn].nonzero()[:n, 0]
            found.append(torch.stack([game, torch.full_like(game, turn + 1)], 1))
    flips, keeps = (torch.cat(found)[:most] for found in rows)
    return Event(move, square, flips, keeps)


def written(
    model: TransformerBridge, tokens: Tensor, at: Tensor, direction: Tensor
) -> dict[str, Tensor]:
    """What each component writes along a direction [d_model] at (game, turn) pairs [n, 2] of games with
    these tokens [game, turn]: [n] each."""
    found: dict[str, list[Tensor]] = {}
    for game, turn in (
        part.T for part in at.split(64)
    ):  # every activation of so many games is held
        with torch.no_grad():
            _, cache = model.run_with_cache(tokens[game])
        rows = torch.arange(len(game), device=game.device)
        for name, part in components(model, cache).items():
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
