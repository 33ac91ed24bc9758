"""A two-layer model whose weights are written by hand, so that the true effect of every head is known.

Layer 0, head 0 is a helper: it writes the previous token, which nothing reads out. Layer 1, head 0
uses that as its key: an induction head, and the only head that finds the answer. Layer 0, head 1
writes against the current token's logit; layer 1, head 1 erases a share of what it wrote, as is done
in GELU-4L (Dao et al. 2023, https://arxiv.org/abs/2310.07325).
"""

from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

HELPER, WRITER, FINDER, ERASER = (0, 0), (0, 1), (1, 0), (1, 1)
ROLES = {HELPER: "helper", WRITER: "writer", FINDER: "finder", ERASER: "eraser"}
_SHARP = 200.0


class Prompts(NamedTuple):
    """Repeated sequences: `right` follows the last token, `wrong` is the last token itself."""

    tokens: Tensor  # [batch, pos]
    right: Tensor  # [batch]
    wrong: Tensor  # [batch]


def prompts(n: int, n_tokens: int, period: int, generator: torch.Generator) -> Prompts:
    """n sequences: token 0, `period` distinct others, and the same again without the last of them."""
    scores = torch.rand(n, n_tokens - 1, generator=generator, device=generator.device)
    distinct = 1 + scores.argsort(1)[:, :period]
    start = torch.zeros_like(distinct[:, :1])
    tokens = torch.cat([start, distinct, distinct[:, :-1]], 1)
    return Prompts(tokens, distinct[:, -1], distinct[:, -2])


def model(
    n_tokens: int, n_ctx: int, *, found: float, written: float, erased: float, device: torch.device
) -> TransformerBridge:
    """The model. In logits: the finder adds `found` to the answer, the writer takes `written` from the
    current token, and the eraser gives back the share `erased` of that.

    The residual stream holds, in blocks: the token, the position, the previous token, the answer,
    each one-hot. There is no LayerNorm, so the logit difference is the plain sum of what is written.
    """
    d_head = max(n_tokens, n_ctx)
    token, place = slice(0, n_tokens), slice(n_tokens, n_tokens + n_ctx)
    previous = slice(place.stop, place.stop + n_tokens)
    answer = slice(previous.stop, previous.stop + n_tokens)
    network = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": answer.stop, "n_heads": 2, "d_head": d_head, "attn_only": True,
            "normalization_type": None, "d_vocab": n_tokens, "n_ctx": n_ctx, "seed": 0,
        },
        device=device,
    )  # fmt: skip
    tokens, places = torch.eye(n_tokens, device=device), torch.eye(n_ctx, device=device)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.W_E[:, token] = tokens
        network.W_pos[:, place] = places
        network.unembed.weight[:, answer] = tokens
        one, two = network.blocks[0].attn, network.blocks[1].attn
        second = d_head  # where head 1 begins; linear layers store [out, in]
        # helper: position p queries for key p - 1 and writes its token as "previous"
        one.q.weight[: n_ctx - 1, place] = _SHARP * places[1:]
        one.k.weight[: n_ctx - 1, place] = places[:-1]
        one.v.weight[:n_tokens, token] = tokens
        one.o.weight[previous, :n_tokens] = tokens
        # writer and eraser: each position looks at itself
        for attn in (one, two):
            attn.q.weight[second : second + n_ctx, place] = _SHARP * places
            attn.k.weight[second : second + n_ctx, place] = places
        one.v.weight[second : second + n_tokens, token] = tokens
        one.o.weight[answer, second : second + n_tokens] = -written * tokens
        two.v.weight[second : second + n_tokens, answer] = tokens
        two.o.weight[answer, second : second + n_tokens] = -erased * tokens
        # finder: looks where the previous token is the current one, copies the token there
        two.q.weight[:n_tokens, token] = _SHARP * tokens
        two.k.weight[:n_tokens, previous] = tokens
        two.v.weight[:n_tokens, token] = tokens
        two.o.weight[answer, :n_tokens] = found * tokens
    return network
