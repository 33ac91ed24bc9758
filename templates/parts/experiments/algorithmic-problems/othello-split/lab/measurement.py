"""Cut a model at its board: keep a subspace of the residual stream, take it away, or put in another game's board."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import board
from lab.data import Batch
from lab.othello import Games
from lab.task import EMPTY, MINE, THEIRS, Othello

Rest = Callable[[Tensor], Tensor]  # the model from a cut on: stream [game, turn, d_model] -> logits


def rest_of(model: TransformerBridge, tokens: Tensor, layer: int) -> Rest:
    """The model after a layer, for games with these tokens [game, turn]."""

    def run(stream: Tensor) -> Tensor:
        hook = (f"blocks.{layer}.hook_resid_post", lambda value, hook: stream)
        with torch.no_grad():
            return model.run_with_hooks(tokens, fwd_hooks=[hook])

    return run


def dealt(boards: Tensor, seed: int = 0) -> Tensor:
    """The boards [game, turn, square] of other games at the same turn."""
    order = torch.rand(boards.shape[:2], generator=torch.Generator().manual_seed(seed)).argsort(0)
    return boards.gather(0, order.to(boards.device)[..., None].expand_as(boards))


def subspaces(stream: Tensor, boards: Tensor, seed: int = 0) -> dict[str, Tensor]:
    """Orthonormal bases [d_model, rank] of five subspaces of a stream [game, turn, d_model]:

    - written: spanned by the differences between the mean streams of a square's states;
    - read: what a linear probe of all squares of boards [game, turn, square] reads;
    - other boards: as written, with the boards of other games at the same turn;
    - principal, random: as many principal components, or random directions, as are written.
    """
    about_turn = (stream - stream.mean(0)).flatten(0, 1)
    states = boards.flatten(0, 1)
    written = board.written_subspace(about_turn, states)
    rank = written.shape[1]
    seeded = torch.Generator().manual_seed(seed)
    noise = torch.randn(stream.shape[-1], rank, generator=seeded).to(stream.device)
    return {
        "written": written,
        "read": board.fit(stream.flatten(0, 1), states).subspace(),
        "other boards": board.written_subspace(about_turn, dealt(boards, seed).flatten(0, 1)),
        "principal": torch.linalg.svd(about_turn, full_matrices=False)[2][:rank].T,
        "random": torch.linalg.qr(noise)[0],
    }


def alone(rest: Rest, stream: Tensor, mean: Tensor, basis: Tensor) -> Tensor:
    """Logits with nothing but a subspace kept, about the mean [turn, d_model]."""
    return rest(mean + (stream - mean) @ basis @ basis.T)


def without(rest: Rest, stream: Tensor, mean: Tensor, basis: Tensor) -> Tensor:
    """Logits with a subspace set to its mean [turn, d_model]."""
    return rest(stream - (stream - mean) @ basis @ basis.T)


def facts(boards: Tensor) -> Tensor:
    """A board as numbers, [..., 2 * square]: 1 mine, -1 theirs; then 1 empty."""
    owner = (boards == MINE).float() - (boards == THEIRS).float()
    return torch.cat([owner, (boards == EMPTY).float()], dim=-1)


def unturned(task: Othello, games: Games) -> Tensor:
    """Boards [game, turn, square] as if no disc were turned over after it was placed, seen by the player who
    moves next. The four in the centre stay as they are after the first move."""
    colours = task.black_white(games)
    before = F.pad(colours[:, :-1], (0, 0, 1, 0))
    placed = torch.where(before == EMPTY, colours, 0).cumsum(1)
    swapped = torch.where(placed == EMPTY, EMPTY, MINE + THEIRS - placed)
    return torch.where(task.black_moves_next(games)[..., None], placed, swapped)


def writes(stream: Tensor, boards: Tensor, ridge: float = 1e-3) -> Tensor:
    """The linear map [2 * square, d_model] from `facts` of boards [game, turn, square] to a stream [game, turn,
    d_model] that leaves the least squares, both about their mean at the turn."""
    known = facts(boards)
    x = (known - known.mean(0)).flatten(0, 1)
    gram = x.T @ x
    gram.diagonal().add_(ridge * gram.diagonal().mean())
    return torch.linalg.solve(gram, x.T @ (stream - stream.mean(0)).flatten(0, 1))


def mixed_up(weights: Tensor, seed: int = 0) -> Tensor:
    """A map of `writes` in which each square has the vectors of another: the same sizes, the wrong places."""
    order = torch.randperm(len(weights) // 2, generator=torch.Generator().manual_seed(seed))
    return weights.unflatten(0, (2, -1))[:, order.to(weights.device)].flatten(0, 1)


def edited(rest: Rest, stream: Tensor, boards: Tensor, weights: Tensor) -> Tensor:
    """Logits with the next game at the same turn as donor: what a map of `writes` makes of the donor's board is put
    in for what it makes of the own one. All else of the stream stays."""
    known = facts(boards)
    return rest(stream + (known.roll(1, 0) - known) @ weights)


def whose(task: Othello, logits: Tensor, batch: Batch) -> dict[str, float]:
    """The share of top moves that are legal on a game's own board, on its donor's, and on the board of a
    third game, which shows what is legal by coincidence. Positions count where all three go on."""
    targets = {
        "its own board": batch.targets,
        "the donor's board": batch.targets.roll(1, 0),
        "a third game's board": batch.targets.roll(2, 0),
    }
    going_on = torch.stack([one.sum(-1) > 0 for one in targets.values()]).all(0)
    return {
        name: task.legality(logits, one)[going_on].mean().item() for name, one in targets.items()
    }
