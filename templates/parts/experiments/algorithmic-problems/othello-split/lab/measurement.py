"""Cut a model at its board: keep a subspace of the residual stream, take it away, or give it another game's."""

from collections.abc import Callable

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import board
from lab.data import Batch
from lab.task import Othello

Rest = Callable[[Tensor], Tensor]  # the model from a cut on: stream [game, turn, d_model] -> logits


def rest_of(model: TransformerBridge, tokens: Tensor, layer: int) -> Rest:
    """The model after a layer, for games with these tokens [game, turn]."""

    def run(stream: Tensor) -> Tensor:
        hook = (f"blocks.{layer}.hook_resid_post", lambda value, hook: stream)
        with torch.no_grad():
            return model.run_with_hooks(tokens, fwd_hooks=[hook])

    return run


def subspaces(stream: Tensor, boards: Tensor, seed: int = 0) -> dict[str, Tensor]:
    """Orthonormal bases [d_model, rank] of four subspaces of a stream [game, turn, d_model]:

    - written: spanned by the differences between the mean streams of a square's states;
    - read: what a linear probe of all squares of boards [game, turn, square] reads;
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
        "principal": torch.linalg.svd(about_turn, full_matrices=False)[2][:rank].T,
        "random": torch.linalg.qr(noise)[0],
    }


def alone(rest: Rest, stream: Tensor, mean: Tensor, basis: Tensor) -> Tensor:
    """Logits with nothing but a subspace kept, about the mean [turn, d_model]."""
    return rest(mean + (stream - mean) @ basis @ basis.T)


def without(rest: Rest, stream: Tensor, mean: Tensor, basis: Tensor) -> Tensor:
    """Logits with a subspace set to its mean [turn, d_model]."""
    return rest(stream - (stream - mean) @ basis @ basis.T)


def swapped(rest: Rest, stream: Tensor, basis: Tensor) -> Tensor:
    """Logits with the coordinates of the next game at the same turn, its donor, in a subspace."""
    return rest(stream + (stream.roll(1, 0) - stream) @ basis @ basis.T)


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
