"""What 3.2 measures: lists written with and without help, kinds of mistakes, where the heads look."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import attention
from lab.data import IGNORE, Batch
from lab.task import Sorting
from lab.training import predict as logits_of

KINDS = ("still to come", "already written", "not in the list")


def lists_of(
    task: Sorting, length: int, n: int, generator: torch.Generator, window: int | None = None
) -> Batch:
    """n fresh lists of one length, numbers from anywhere or from within a window of that many."""
    return task.of_length(torch.full((n, 1), length, device=task.device), generator, window)


def sorted_half(batch: Batch) -> slice:
    """The positions from MID on at which lists of one length are written."""
    length = int((batch.targets[0] != IGNORE).sum())
    return slice(length + 1, 2 * length + 1)


def with_help(network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """What is written when the sorted half so far is right, and what is right: two [list, place]."""
    where = sorted_half(batch)
    return logits_of(network, batch.tokens)[:, where].argmax(-1), batch.targets[:, where]


def alone(network: nn.Module, batch: Batch) -> Tensor:
    """What is written when the network reads its own output (greedy decoding): [list, place]."""
    where, tokens = sorted_half(batch), batch.tokens.clone()
    written = []
    for position in range(where.start, where.stop):
        written.append(logits_of(network, tokens)[:, position].argmax(-1))
        if position + 1 < tokens.shape[1]:
            tokens[:, position + 1] = written[-1]
    return torch.stack(written, dim=1)


def mistakes(guess: Tensor, right: Tensor) -> dict[str, float]:
    """The share of numbers [list, place] with each of KINDS of mistake, for lists without repeats."""
    same = guess[:, :, None] == right[:, None, :]
    place = torch.arange(right.shape[1], device=right.device)
    later = (same & (place[None] > place[:, None])).any(-1)
    earlier = (same & (place[None] < place[:, None])).any(-1)
    shares = [kind.float().mean().item() for kind in (later, earlier, ~same.any(-1))]
    return dict(zip(KINDS, shares, strict=True))


def next_larger(written: Tensor, right: Tensor) -> float:
    """The share of numbers written [list, place] that are the smallest of the list above the one before.

    Asked where the list has a larger one; at the first place that is the smallest of all.
    """
    before = F.pad(written[:, :-1], (1, 0), value=-1)
    larger = right[:, None, :] > before[:, :, None]
    wanted = right[:, None, :].expand_as(larger).masked_fill(~larger, right.max() + 1).amin(-1)
    return (written == wanted)[larger.any(-1)].float().mean().item()


def sharpness(model: TransformerBridge, batch: Batch) -> tuple[float, float]:
    """Attention from each place to the number that has to be written there, and its lead in nats.

    Means over lists and places, of the head of the last layer with the largest mean attention.
    """
    where = sorted_half(batch)
    length = where.stop - where.start
    tokens = batch.tokens[:, : where.stop]
    rank = tokens[:, 1 : length + 1].argsort(1)
    to_list = attention.patterns(model, tokens)[-1, :, :, where, 1 : length + 1]
    found = to_list.gather(-1, rank[:, None, None, :].expand_as(to_list))
    right = found.diagonal(dim1=-2, dim2=-1).movedim(1, 0)  # [head, list, place]
    head = right[right.mean((1, 2)).argmax()]
    keys = torch.arange(where.start, where.stop, device=tokens.device) + 1
    return head.mean().item(), lead(head, keys).mean().item()


def lead(attention_paid: Tensor, keys: Tensor) -> Tensor:
    """Log attention to one key minus the log of the mean over the others, of `keys` in all: nats."""
    kept = attention_paid.clamp(1e-6, 1 - 1e-6)
    return kept.log() - ((1 - kept) / (keys - 1)).log()
