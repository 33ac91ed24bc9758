"""Measurements on attention heads. Source of the circuit view: A Mathematical Framework for
Transformer Circuits (Elhage et al. 2021), https://transformer-circuits.pub/2021/framework/

In a model trained from scratch `hook_attn_scores` holds the pattern too, not the scores before the
softmax (seen with TransformerLens 4.3): compute scores with `qk_circuit`.
"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge


def patterns(model: TransformerBridge, tokens: Tensor) -> Tensor:
    """Attention patterns [layer, batch, head, query, key] for tokens [batch, pos]."""
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.cfg.n_layers)]
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=names)
    return torch.stack([cache[name] for name in names])


def offset_score(pattern: Tensor, offset: int) -> Tensor:
    """Mean attention paid `offset` positions back, over the queries that have such a key.

    pattern [..., query, key] gives [...]. Offset 0 is the current token, 1 the previous one.
    """
    return pattern.diagonal(-offset, dim1=-2, dim2=-1).mean(-1)


def previous_token_score(pattern: Tensor) -> Tensor:
    """Mean attention from each position to the one before it: [layer, batch, head, ...] -> [layer, head]."""
    return offset_score(pattern, 1).mean(1)


def induction_score(pattern: Tensor, period: int) -> Tensor:
    """How much heads attend to the token after the previous copy of the current one: [layer, head].

    `pattern` [layer, batch, head, query, key] is of sequences that repeat with this period; the score
    is the mean attention period - 1 back, over the queries that have an earlier copy. Definition:
    In-context Learning and Induction Heads (Olsson et al. 2022).
    """
    return pattern.diagonal(1 - period, dim1=-2, dim2=-1)[..., 1:].mean(-1).mean(1)


def qk_circuit(
    model: TransformerBridge, layer: int, head: int, query: Tensor, keys: Tensor
) -> Tensor:
    """Attention scores [n_queries, n_keys] of a head for residual vectors [n, d_model] each.

    Includes the biases of queries and keys and the division by sqrt(d_head). The vectors are what
    the head reads: apply the model's LayerNorm to them first where it has one.
    """
    q = query @ model.W_Q[layer, head] + model.b_Q[layer, head]
    k = keys @ model.W_K[layer, head] + model.b_K[layer, head]
    return q @ k.T / model.cfg.d_head**0.5


def ov_circuit(model: TransformerBridge, layer: int, head: int) -> Tensor:
    """What attending to each token adds to each logit, W_E W_V W_O W_U: [d_vocab, d_vocab]."""
    return model.W_E @ model.W_V[layer, head] @ model.W_O[layer, head] @ model.W_U


def without_heads(model: TransformerBridge, tokens: Tensor, heads: list[tuple[int, int]]) -> Tensor:
    """Logits with the outputs of some (layer, head) pairs set to zero before W_O."""

    def zero(z: Tensor, hook: object, head: int) -> Tensor:
        z[:, :, head] = 0.0
        return z

    hooks = [
        (f"blocks.{layer}.attn.hook_z", lambda z, hook, head=head: zero(z, hook, head))
        for layer, head in heads
    ]
    with torch.no_grad():
        return model.run_with_hooks(tokens, fwd_hooks=hooks)
