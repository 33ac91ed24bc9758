"""A rotary head's score as a sum of waves over distance.

RoPE (Su et al. 2021, https://arxiv.org/abs/2104.09864) turns each pair of query and key dimensions
by an angle that grows with position, so the score between a query and a key is a sum of one cosine
of the distance for each pair. TransformerLens' native models turn neighbours (2i, 2i + 1) together.
"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge


def frequencies(model: TransformerBridge) -> Tensor:
    """The angle in radians by which each pair turns from one position to the next: [d_head / 2]."""
    d_head = model.cfg.d_head
    pair = torch.arange(0, d_head, 2, device=model.W_E.device)
    return model.cfg.rotary_base ** (-pair / d_head)


def waves(query: Tensor, key: Tensor, model: TransformerBridge) -> tuple[Tensor, Tensor]:
    """Amplitude and phase of each pair's wave, [..., d_head / 2] each.

    query and key [..., d_head] are as projected, before any rotation (`hook_q` and `hook_k` hold
    them so). At a distance d the pair adds amplitude * cos(frequency * d + phase) to the score,
    which includes the division by sqrt(d_head).
    """
    as_complex = [
        torch.view_as_complex(x.float().unflatten(-1, (-1, 2)).contiguous()) for x in (query, key)
    ]
    product = as_complex[0] * as_complex[1].conj() / model.cfg.d_head**0.5
    return product.abs(), product.angle()


def score_at(query: Tensor, key: Tensor, model: TransformerBridge, distances: Tensor) -> Tensor:
    """What each pair adds to the score at each distance back [n]: [..., d_head / 2, n]. Sum over
    the pairs for the score."""
    amplitude, phase = waves(query, key, model)
    angle = frequencies(model)[:, None] * distances.to(query.device)
    return amplitude[..., None] * (angle + phase[..., None]).cos()
