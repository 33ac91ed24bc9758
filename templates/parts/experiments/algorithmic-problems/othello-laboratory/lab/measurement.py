"""Two conjectures in a world with known features: squares share directions; later parts repair a loss."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import board
from lab.attribution import means
from lab.data import Batch
from lab.task import EMPTY, MINE, THEIRS


def cosines(stream: Tensor, boards: Tensor, kind: str) -> Tensor:
    """Cosines [square, square] between the directions of all squares, mine against theirs, in a stream
    [game, turn, d_model]: of a "probe" (best for reading) or of the "class means" (what is written)."""
    flat, states = stream.flatten(0, 1), boards.flatten(0, 1)
    if kind == "probe":
        directions = board.fit(flat, states).direction()
    else:
        mine, theirs = ((states == state).float() for state in (MINE, THEIRS))
        shares = mine / mine.sum(0).clamp_min(1) - theirs / theirs.sum(0).clamp_min(1)
        directions = shares.T @ flat
    unit = F.normalize(directions, dim=1)
    return unit @ unit.T


def overlap(cosine: Tensor) -> Tensor:
    """The sizes of the cosines of different squares, each pair once: [pair]."""
    return cosine[tuple(torch.triu_indices(*cosine.shape, offset=1))].abs()


def facts(boards: Tensor) -> Tensor:
    """A board as numbers, [..., 2 * square]: 1 mine, -1 theirs; then 1 empty."""
    owner = (boards == MINE).float() - (boards == THEIRS).float()
    return torch.cat([owner, (boards == EMPTY).float()], dim=-1)


def with_orthogonal_squares(stream: Tensor, boards: Tensor, seed: int = 0) -> Tensor:
    """A stream of the same shape in which the same boards are written with one orthogonal direction a square
    for its owner, as large as in the real one.

    All else is what a linear map of the board leaves of the real stream, dealt to other games at the
    same turn: noise of the same covariance. Where there is no room for orthogonal directions they are random.
    """
    known = facts(boards).flatten(0, 1)
    known = torch.cat([known, torch.ones_like(known[:, :1])], dim=1)
    flat = stream.flatten(0, 1)
    gram = known.T @ known
    gram.diagonal().add_(1e-4 * gram.diagonal().mean())
    weights = torch.linalg.solve(gram, known.T @ flat)  # [2 * square + 1, d_model]
    rest = (flat - known @ weights).view_as(stream)
    n_squares, width = boards.shape[-1], stream.shape[-1]
    seeded = torch.Generator().manual_seed(seed)
    drawn = torch.randn(width, n_squares, generator=seeded)
    axes = torch.linalg.qr(drawn)[0] if n_squares <= width else F.normalize(drawn, dim=0)
    sizes = weights[:n_squares].norm(dim=1, keepdim=True)
    order = torch.rand(boards.shape[:2], generator=seeded).argsort(0).to(stream.device)
    dealt = rest.gather(0, order[..., None].expand_as(rest))
    return facts(boards)[..., :n_squares] @ (sizes * axes.T.to(stream.device)) + dealt


def dealt_boards(boards: Tensor, seed: int = 0) -> Tensor:
    """The boards of other games at the same turn."""
    order = torch.rand(boards.shape[:2], generator=torch.Generator().manual_seed(seed)).argsort(0)
    return boards.gather(0, order.to(boards.device)[..., None].expand_as(boards))


def gap(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean logit of the legal moves minus that of the illegal ones, averaged over the positions that
    have any legal move. logits and targets [game, turn, d_vocab]."""
    legal = (targets > 0).float()
    illegal = 1 - legal
    illegal[..., 0] = 0
    apart = [(logits * one).sum(-1) / one.sum(-1).clamp_min(1) for one in (legal, illegal)]
    return (apart[0] - apart[1])[targets.sum(-1) > 0].mean()


class Loss(NamedTuple):
    """What the gap between legal and illegal moves loses by a change, in logits.

    `direct`: if the change reached the final LayerNorm and nothing else; `total`: if all later parts see it.
    """

    direct: float
    total: float

    @property
    def reaction(self) -> float:
        """What later parts add to the loss: against the sign of `direct`, they make up for it."""
        return self.total - self.direct


def loss_by(model: TransformerBridge, batch: Batch, layer: int, change: Tensor) -> Loss:
    """The loss by adding a change [game, turn, d_model] to what a layer's attention writes."""
    last = f"blocks.{model.cfg.n_layers - 1}.hook_resid_post"
    hook = (f"blocks.{layer}.hook_attn_out", lambda out, hook: out + change)
    with torch.no_grad():
        logits, cache = model.run_with_cache(batch.tokens, names_filter=[last])
        direct = model.unembed(model.ln_final(cache[last] + change))
        total = model.run_with_hooks(batch.tokens, fwd_hooks=[hook])
    whole = gap(logits, batch.targets)
    return Loss(*((whole - gap(one, batch.targets)).item() for one in (direct, total)))


def head_changes(model: TransformerBridge, tokens: Tensor) -> dict[tuple[int, int], Tensor]:
    """What replacing each head by its mean at that turn changes in the stream: [game, turn, d_model] each,
    by (layer, head)."""
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
        return {
            (layer, head): (mean - cache[f"blocks.{layer}.attn.hook_z"][:, :, head])
            @ model.W_O[layer, head]
            for (layer, head), mean in means(model, cache).items()
        }


def gap_direction(model: TransformerBridge, targets: Tensor) -> Tensor:
    """The unit direction in the last stream along which the gap of legal and illegal moves is read at each
    position: [game, turn, d_model], zero where no move is legal."""
    legal = (targets > 0).float()
    illegal = 1 - legal
    illegal[..., 0] = 0
    weights = [one / one.sum(-1, keepdim=True).clamp_min(1) for one in (legal, illegal)]
    read = (weights[0] - weights[1]) @ model.W_U.detach().T
    if model.cfg.normalization_type is not None:
        read = read * model.ln_final.weight.detach()
        read = read - read.mean(-1, keepdim=True)  # LayerNorm takes the mean away
    return F.normalize(read, dim=-1) * legal.any(-1, keepdim=True)


def random_change(
    model: TransformerBridge, batch: Batch, change: Tensor, seed: int = 0, same_loss: bool = True
) -> Tensor:
    """A control for a change [game, turn, d_model], of the same size at each position.

    With `same_loss` it keeps the parts along the direction from which the gap is read and along the last stream,
    whose size LayerNorm divides by; the rest is random. Without, all is random and has no part along these.
    """
    last = f"blocks.{model.cfg.n_layers - 1}.hook_resid_post"
    with torch.no_grad():
        _, cache = model.run_with_cache(batch.tokens, names_filter=[last])
    seeded = torch.Generator().manual_seed(seed)
    drawn = torch.randn(change.shape, generator=seeded).to(change.device)
    kept = torch.zeros_like(change)
    basis: list[Tensor] = []
    for one in (torch.ones_like(change), gap_direction(model, batch.targets), cache[last]):
        for unit in basis:
            one = one - (one * unit).sum(-1, keepdim=True) * unit
        basis.append(F.normalize(one, dim=-1))
    for unit in basis:
        if same_loss:
            kept = kept + (change * unit).sum(-1, keepdim=True) * unit
        drawn = drawn - (drawn * unit).sum(-1, keepdim=True) * unit
    return kept + F.normalize(drawn, dim=-1) * (change - kept).norm(dim=-1, keepdim=True)
