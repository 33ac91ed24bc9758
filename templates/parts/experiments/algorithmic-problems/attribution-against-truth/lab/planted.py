"""A two-layer model whose weights are written by hand, so that what every head does is known.

Layer 0: a helper writes the previous token, which is never read out; a writer pushes the current
token's logit down; an idle head does nothing. Layer 1: a finder uses the helper's note as its key and
says the answer, and so does its twin; an eraser takes back a share of what the writer wrote, as is
done in GELU-4L (Dao et al. 2023, https://arxiv.org/abs/2310.07325).
"""

from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab.attribution import Head

HELPER, WRITER, IDLE = (0, 0), (0, 1), (0, 2)
FINDER, TWIN, ERASER = (1, 0), (1, 1), (1, 2)
ROLES = {HELPER: "helper", WRITER: "writer", IDLE: "idle"}
ROLES |= {FINDER: "finder", TWIN: "twin", ERASER: "eraser"}
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
    n_tokens: int,
    n_ctx: int,
    *,
    found: float,
    twin: float,
    written: float,
    erased: float,
    layer_norm: bool = False,
    device: torch.device,
) -> TransformerBridge:
    """The model. The finder adds `found` to the answer's logit and its twin adds `twin`; the writer takes
    `written` from the current token's, and the eraser gives back the share `erased` of that.

    The residual stream holds, in blocks: the token, the position, the previous token, the answer, each
    one-hot. Without LayerNorm the logit difference is the plain sum of what is written. With it, each
    head writes the same, and the final LayerNorm divides by the size of everything.
    """
    d_head = max(n_tokens, n_ctx)
    token, place = slice(0, n_tokens), slice(n_tokens, n_tokens + n_ctx)
    previous = slice(place.stop, place.stop + n_tokens)
    answer = slice(previous.stop, previous.stop + n_tokens)
    network = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": answer.stop, "n_heads": 3, "d_head": d_head, "attn_only": True,
            "normalization_type": "LN" if layer_norm else None, "d_vocab": n_tokens, "n_ctx": n_ctx,
            "seed": 0,
        },
        device=device,
    )  # fmt: skip
    tokens, places = torch.eye(n_tokens, device=device), torch.eye(n_ctx, device=device)
    # what LayerNorm divides by at the last position, if the mean is left out: see the tests
    sizes = [2.0, 3.0 + written**2] if layer_norm else [answer.stop] * 2
    first, second = ((size / answer.stop) ** 0.5 for size in sizes)

    def rows(role: Head, n: int) -> slice:  # linear layers store [out, in]
        return slice(role[1] * d_head, role[1] * d_head + n)

    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if not (layer_norm and _is_gain(name)):
                parameter.zero_()
        network.W_E[:, token] = tokens
        network.W_pos[:, place] = places
        network.unembed.weight[:, answer] = tokens
        one, two = network.blocks[0].attn, network.blocks[1].attn
        # helper: position p queries for key p - 1 and writes its token as "previous"
        one.q.weight[rows(HELPER, n_ctx - 1), place] = _SHARP * places[1:]
        one.k.weight[rows(HELPER, n_ctx - 1), place] = places[:-1]
        one.v.weight[rows(HELPER, n_tokens), token] = tokens
        one.o.weight[previous, rows(HELPER, n_tokens)] = first * tokens
        # writer and eraser: each position looks at itself
        for attn, role in ((one, WRITER), (two, ERASER)):
            attn.q.weight[rows(role, n_ctx), place] = _SHARP * places
            attn.k.weight[rows(role, n_ctx), place] = places
        one.v.weight[rows(WRITER, n_tokens), token] = tokens
        one.o.weight[answer, rows(WRITER, n_tokens)] = -written * first * tokens
        two.v.weight[rows(ERASER, n_tokens), answer] = tokens
        two.o.weight[answer, rows(ERASER, n_tokens)] = -erased * second * tokens
        # finder and twin: look where the previous token is the current one, copy the token there
        for role, worth in ((FINDER, found), (TWIN, twin)):
            two.q.weight[rows(role, n_tokens), token] = _SHARP * tokens
            two.k.weight[rows(role, n_tokens), previous] = tokens
            two.v.weight[rows(role, n_tokens), token] = tokens
            two.o.weight[answer, rows(role, n_tokens)] = worth * second * tokens
    return network


def _is_gain(name: str) -> bool:
    """Whether a parameter is the gain of a LayerNorm."""
    return "ln" in name and name.endswith("weight")
