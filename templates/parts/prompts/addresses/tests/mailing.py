"""A model whose tokenizer has a token for each name in both forms, and whose weights are zero.

Tokens, places and what is said have their own dimensions.
"""

from collections.abc import Collection

import handmade
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import addresses

NAMES = [*addresses.FIRST_NAMES, *addresses.SURNAMES]
OTHERS = ["From", ":", " <", " (", "_", ".", "@", "mail", "com", ">", "\n", "a", "b"]
WORDS = [
    tiny.END_OF_TEXT, *OTHERS, *(f" {name}" for name in NAMES), *NAMES,
    *(name.lower() for name in NAMES),
]  # fmt: skip
N, CONTEXT, WIDTH = len(WORDS), 32, 64
TOKEN, PLACE, SAID = 0, N, N + CONTEXT


def word(one: str) -> int:
    """The id of a token."""
    return WORDS.index(one)


def blank() -> TransformerBridge:
    """Two layers of two heads that attend to nothing in particular and write nothing."""
    return handmade.blank(
        WORDS, place=PLACE, said=SAID, d_model=SAID + N, n_ctx=CONTEXT, d_head=WIDTH
    )


@torch.no_grad()
def looks(
    model: TransformerBridge,
    number: int,
    queries: Collection[int],
    keys: Collection[int],
    much: float = 60.0,
) -> None:
    """Head `number` of layer 0 attends by dimensions of the stream; calls add up."""
    attention, first = model.blocks[0].attn, number * WIDTH
    free = next(i for i in range(WIDTH) if not attention.q.weight[first + i].any())
    attention.q.weight[first + free, [*queries]] = WIDTH**0.5
    attention.k.weight[first + free, [*keys]] = much


@torch.no_grad()
def writes(
    model: TransformerBridge, number: int, moves: Collection[tuple[int, int, float]]
) -> None:
    """Head `number` of layer 0 adds to what is said for what it attends to: source, target, how much.

    At most as many sources as the head is wide.
    """
    attention, first = model.blocks[0].attn, number * WIDTH
    sources = sorted({source for source, _, _ in moves})
    for i, source in enumerate(sources):
        attention.v.weight[first + i, source] = 1.0
    for source, target, much in moves:
        attention.o.weight[SAID + target, first + sources.index(source)] = much
