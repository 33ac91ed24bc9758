"""Heads of the IOI circuit with weights written by hand, on the shortest sentences that have its places.

"^ A B , B >" asks for A: "^" stands first, as a BOS does, and ">" is the end.
"""

import itertools

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab.pairs import Pairs

NAMES = 6
BOS, COMMA, END, N = NAMES, NAMES + 1, NAMES + 2, NAMES + 3
CONTEXT = 6
TOKEN, PLACE, BEFORE, SAID = 0, N, N + CONTEXT, 2 * N + CONTEXT  # where each begins in the stream
D_MODEL = 3 * N + CONTEXT
SHARP = 60.0


def pairs(third: bool = False) -> Pairs:
    """All pairs of two names in both orders; the corrupted sentence repeats the other name, or a third."""
    rows = []
    for one, two in itertools.permutations(range(NAMES), 2):
        other = next(name for name in range(NAMES) if name not in (one, two))
        for again, io in ((one, two), (two, one)):
            instead = other if third else io
            clean, corrupted = ([BOS, one, two, COMMA, said, END] for said in (again, instead))
            rows.append((clean, corrupted, io, again, 1 + (io == two), 1 + (again == two)))
    clean, corrupted, io, s, at_io, at_s = (torch.tensor(one) for one in zip(*rows, strict=True))
    places = {"io": at_io, "s1": at_s, "s2": torch.full_like(io, 4), "end": torch.full_like(io, 5)}
    return Pairs(clean, corrupted, io, s, places, {})


def empty(n_heads: int = 1, n_layers: int = 2, norm: str | None = None) -> TransformerBridge:
    """A model that holds token and position of each place, one-hot, and whose heads do nothing yet.

    `norm` is a LayerNorm with gains of 1, such as "LN"; without one nothing is normalised.
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": n_layers, "d_model": D_MODEL, "n_heads": n_heads, "d_head": N,
            "attn_only": True, "normalization_type": norm, "d_vocab": N, "n_ctx": CONTEXT, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        if norm is not None:
            for one in (*(block.ln1 for block in model.blocks), model.ln_final):
                one.weight.fill_(1.0)
        model.W_E[:, TOKEN : TOKEN + N] = torch.eye(N)
        model.W_pos[:, PLACE : PLACE + CONTEXT] = torch.eye(CONTEXT)
        model.unembed.weight[:, SAID : SAID + N] = torch.eye(N)
    return model


def looks_at(model: TransformerBridge, layer: int, head: int, positions: dict[int, float]) -> None:
    """A head that attends to fixed positions, however much it likes each, whatever stands there."""
    attention, first = model.blocks[layer].attn, head * N
    with torch.no_grad():
        attention.q.weight[first, TOKEN : TOKEN + N] = N**0.5
        for position, much in positions.items():
            attention.k.weight[first, PLACE + position] = much


def looks_for_itself(model: TransformerBridge, layer: int, head: int) -> None:
    """A head that attends to an earlier copy of the name that stands here, and else to the BOS."""
    attention, rows = model.blocks[layer].attn, slice(head * N, head * N + NAMES)
    with torch.no_grad():
        attention.q.weight[rows, TOKEN : TOKEN + NAMES] = 2 * SHARP * N**0.5 * torch.eye(NAMES)
        attention.k.weight[rows, TOKEN : TOKEN + NAMES] = torch.eye(NAMES)
        # The token itself is the other candidate: at position 4, where S stands again, it is disliked.
        last = head * N + NAMES
        attention.q.weight[last, TOKEN : TOKEN + N] = N**0.5
        attention.k.weight[last, PLACE + 4] = -SHARP
        attention.k.weight[last, PLACE + 0] = SHARP


def writes(model: TransformerBridge, layer: int, head: int, much: float) -> None:
    """What the head sees is added to the logit of that token, `much` times."""
    attention, dims = model.blocks[layer].attn, slice(head * N, head * N + N)
    with torch.no_grad():
        attention.v.weight[dims, TOKEN : TOKEN + N] = torch.eye(N)
        attention.o.weight[SAID : SAID + N, dims] = much * torch.eye(N)


def mean_direct(effects: Tensor) -> Tensor:
    """The mean over pairs of effects [pair, layer, head]."""
    return effects.mean(0)
