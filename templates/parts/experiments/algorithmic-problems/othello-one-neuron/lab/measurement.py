"""One square over time, and one neuron: when it fires, how well a rule says so, what it is for."""

from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import board
from lab.data import Batch
from lab.task import EMPTY, MINE, THEIRS, Othello


class Moments(NamedTuple):
    """Games (rows) and turns [n] at which one square was played, far from either end."""

    square: int
    row: Tensor
    turn: Tensor


def moments(task: Othello, rows: Tensor, reach: int = 4) -> Moments:
    """When, in these games, the square was played that is played nearest to mid-game on average."""
    moves = task.games.moves
    playable = torch.tensor(task.rules.playable, device=moves.device)
    at = moves[..., None] == playable  # [game, turn, square]
    turns = torch.arange(moves.shape[1], device=moves.device)[:, None]
    mean = (at * turns).sum((0, 1)) / at.sum((0, 1)).clamp_min(1)
    square = int(playable[(mean - task.n_ctx / 2).abs().argmin()])
    row, turn = (moves[rows] == square).nonzero(as_tuple=True)
    inside = (turn >= reach) & (turn < task.n_ctx - reach)
    return Moments(square, rows[row[inside]], turn[inside])


def still_empty(boards: Tensor, when: Moments, rows: Tensor, reach: int = 4) -> Moments:
    """The same square at the same turns in games where it is empty until `reach` turns later: for each moment
    one of these rows, drawn at random, and none where there is none. boards [game, turn, square]."""
    empty = boards[rows][:, when.turn + reach, when.square] == EMPTY  # [game, moment]
    seeded = torch.Generator(boards.device).manual_seed(0)
    lottery = torch.rand(empty.shape, generator=seeded, device=boards.device) * empty
    found = empty.any(0)
    return Moments(when.square, rows[lottery.argmax(0)][found], when.turn[found])


def around(probe: board.BoardProbe, stream: Tensor, when: Moments, reach: int = 4) -> Tensor:
    """The mean "empty" score of the square from `reach` turns before the moments to `reach` after them:
    [2 * reach + 1]. stream [game, turn, d_model]."""
    steps = range(-reach, reach + 1)
    scores = [probe.scores(stream[when.row, when.turn + k])[..., EMPTY] for k in steps]
    return torch.stack([one[:, when.square].mean() for one in scores])


def move_effects(model: TransformerBridge, layer: int) -> Tensor:
    """What each neuron of a layer adds to each logit, against the mean logit, per unit of activation and
    before the final LayerNorm's scale: [neuron, token]."""
    readout = model.ln_final.weight.detach()[:, None] * model.W_U.detach()
    readout = readout - readout.mean(0)  # LayerNorm takes the mean away
    return model.W_out[layer].detach() @ (readout - readout.mean(1, keepdim=True))


def unusual(active: Tensor, boards: Tensor, n_top: int = 50) -> Tensor:
    """How much more often than usual each square is mine, theirs or empty in the positions where a neuron
    is most active: [square, 3], -1 to 1. active [game, turn], boards [game, turn, square].

    Usual is the share over all games at the turns of those positions.
    """
    top = active.flatten().topk(n_top).indices
    game, turn = top // active.shape[1], top % active.shape[1]
    states = torch.stack([boards == state for state in (MINE, THEIRS, EMPTY)], dim=-1).float()
    return (states[game, turn] - states.mean(0)[turn]).mean(0)


class Score(NamedTuple):
    """How well a rule says when a neuron fires."""

    precision: float
    recall: float
    f1: float


def judge(fires: Tensor, rule: Tensor) -> Score:
    """The score of a rule, booleans of the shape of `fires`. 0 where nothing is said or nothing fires."""
    both, said, fired = (float(one.sum()) for one in (fires & rule, rule, fires))
    return Score(both / max(said, 1), both / max(fired, 1), 2 * both / max(said + fired, 1))


def best_by_turn(fires: Tensor) -> Tensor:
    """The rule that knows the turn and nothing else: fires at the turns at which firing is most common,
    as many as give the best F1. fires [game, turn] gives booleans of that shape."""
    order = fires.float().mean(0).argsort(descending=True)
    best, found = -1.0, torch.zeros_like(fires)
    for n in range(1, len(order) + 1):
        rule = torch.zeros_like(fires)
        rule[:, order[:n]] = True
        score = judge(fires, rule).f1
        if score > best:
            best, found = score, rule
    return found


def fires(active: Tensor, half: int) -> Tensor:
    """Where a neuron fires: above half of its 50th highest activation in the first `half` games. active and
    what comes back are [game, turn]."""
    return active > 0.5 * active[:half].flatten().topk(50).values.min()


def said(logits: Tensor, targets: Tensor, token: int) -> Tensor:
    """Where a move is said: its probability is above half of an even share among the legal moves, [game, turn].
    logits and targets [game, turn, d_vocab]."""
    even = 1 / (targets > 0).sum(-1).clamp_min(1)
    return logits.softmax(-1)[..., token] > 0.5 * even


class Said(NamedTuple):
    """The share of positions in which a neuron fires and its move is said: as the model is, and without the
    neuron. nan where there is no such position."""

    legal: tuple[float, float]  # where the move is legal
    illegal: tuple[float, float]  # where it is not


def said_without(
    model: TransformerBridge, batch: Batch, layer: int, neuron: int, token: int, half: int
) -> Said:
    """How often a move is said where a neuron fires, with the neuron and with its mean over these games at that
    turn in its place. `half` games say when it fires."""
    name = f"blocks.{layer}.mlp.hook_post"

    def ablate(post: Tensor, hook: object) -> Tensor:
        changed = post.clone()
        changed[..., neuron] = post[..., neuron].mean(0)
        return changed

    with torch.no_grad():
        before, cache = model.run_with_cache(batch.tokens, names_filter=[name])
        after = model.run_with_hooks(batch.tokens, fwd_hooks=[(name, ablate)])
    on, legal = fires(cache[name][..., neuron], half), batch.targets[..., token] > 0
    found = [
        tuple(
            said(logits, batch.targets, token)[on & where].float().mean().item()
            for logits in (before, after)
        )
        for where in (legal, ~legal)
    ]
    return Said(*found)
