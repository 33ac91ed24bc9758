"""What 3.16 measures: where heads look, what layer 1 loses without the step back, what the weights match.

The circuit in question is the one of In-context Learning and Induction Heads (Olsson et al. 2022),
https://transformer-circuits.pub/2022/in-context-learning-and-induction-heads/
"""

from collections.abc import Callable

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab.data import IGNORE, Batch

Head = tuple[int, int]  # layer, head


def followers(tokens: Tensor) -> Tensor:
    """Keys that hold the token after an earlier copy of the query's token: bool [batch, query, key]."""
    same = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)
    return torch.cat([torch.zeros_like(same[..., :1]), same[..., :-1]], dim=-1)


def looks(pattern: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Mean attention of each head by what it looks at, over the queries that have a target: [layer, head].

    `pattern` [layer, batch, head, query, key]. "one back": the token before; "what followed": all the
    tokens after earlier copies of the query's token, added up; "earlier copies": those copies.
    """
    asked = batch.targets != IGNORE
    n = batch.tokens.shape[1]
    back = torch.ones(n - 1, dtype=torch.bool, device=pattern.device).diag(-1)
    copies = (batch.tokens[:, :, None] == batch.tokens[:, None, :]).tril(-1)
    keys = {
        "one back": back.expand(len(asked), n, n),
        "what followed": followers(batch.tokens),
        "earlier copies": copies,
    }
    return {
        name: _over_asked((pattern * where[:, None]).sum(-1), asked) for name, where in keys.items()
    }


def _over_asked(paid: Tensor, asked: Tensor) -> Tensor:
    """Mean of [layer, batch, head, query] over the asked [batch, query]: [layer, head]."""
    return (paid * asked[:, None]).sum((1, 3)) / asked.sum()


def evenly(batch: Batch) -> Tensor:
    """The pattern of a head that looks at all positions so far alike: [1, batch, 1, query, key]."""
    n = batch.tokens.shape[1]
    pattern = torch.ones(n, n, device=batch.tokens.device).tril()
    pattern = pattern / pattern.sum(-1, keepdim=True)
    return pattern.expand(1, len(batch.tokens), 1, n, n)


def without_step(
    model: TransformerBridge, batch: Batch, back: int | None, *, elsewhere: bool = False
) -> tuple[float, float]:
    """Attention of the last layer to what followed (mean over heads), and accuracy, when the patterns of
    layer 0 are `cut` at this distance; None leaves the model as it is."""

    def hooked(pattern: Tensor, hook: object) -> Tensor:
        return pattern if back is None else cut(pattern, back, elsewhere=elsewhere)

    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.cfg.n_layers)]
    with torch.no_grad(), model.hooks(fwd_hooks=[(names[0], hooked)]):
        logits, cache = model.run_with_cache(batch.tokens, names_filter=names)
    pattern = torch.stack([cache[name] for name in names])
    asked = batch.targets != IGNORE
    right = (logits.argmax(-1) == batch.targets)[asked].float().mean().item()
    return looks(pattern, batch)["what followed"][-1].mean().item(), right


def cut(pattern: Tensor, back: int, *, elsewhere: bool = False) -> Tensor:
    """A pattern [..., query, key] without the attention `back` positions back.

    With `elsewhere` that is kept, and as much is taken from the other keys: all they have, if it is less.
    """
    n = pattern.shape[-1]
    there = pattern * torch.ones(n, device=pattern.device)[back:].diag(-back)
    others = pattern - there
    if not elsewhere:
        return others
    taken = there.sum(-1, keepdim=True) / others.sum(-1, keepdim=True).clamp_min(1e-6)
    return there + others * (1 - taken).clamp_min(0)


def said_right(rule: Callable[[Tensor], Tensor], batch: Batch) -> float:
    """The share of the targets that a rule, from tokens [batch, pos] to what it says there, gets right."""
    return (rule(batch.tokens) == batch.targets)[batch.targets != IGNORE].float().mean().item()


def composition(model: TransformerBridge, first: Head, second: Head) -> Tensor:
    """From the weights: how much more than the mean token a query wants a key into which `first` wrote one.

    W_E W_Q (W_E W_V W_O W_K)^T, [d_vocab of the query, d_vocab of what `first` read], with the mean over
    tokens taken from W_E: a vector moved from all tokens to all positions changes no model. LayerNorm's
    gain and centring are in it, its scale (positive, another for each position) is not.
    """
    (layer, head), (later, reader) = first, second
    with torch.no_grad():
        read = _tokens(model, layer) @ model.W_V[layer, head] @ model.W_O[layer, head]
        query = _tokens(model, later) @ model.W_Q[later, reader]
        return query @ (_normed(model, later, read) @ model.W_K[later, reader]).T


def on_the_diagonal(matrix: Tensor) -> float:
    """The share of rows whose largest entry stands on the diagonal; 1 / rows by chance."""
    rows = torch.arange(len(matrix), device=matrix.device)
    return (matrix.argmax(1) == rows).float().mean().item()


def matching_pairs(model: TransformerBridge) -> Tensor:
    """`on_the_diagonal` of each head of layer 0 with each head of layer 1: [n_heads, n_heads]."""
    heads = range(model.cfg.n_heads)
    return torch.tensor(
        [[on_the_diagonal(composition(model, (0, a), (1, b))) for b in heads] for a in heads]
    )


def matching_tokens(model: TransformerBridge) -> Tensor:
    """`on_the_diagonal` of each head of layer 1 with the key's own token, no head between: [n_heads]."""
    with torch.no_grad():
        tokens = _tokens(model, 1)
        return torch.tensor(
            [
                on_the_diagonal(tokens @ model.W_Q[1, head] @ (tokens @ model.W_K[1, head]).T)
                for head in range(model.cfg.n_heads)
            ]
        )


def _tokens(model: TransformerBridge, layer: int) -> Tensor:
    """How tokens differ from their mean, as a layer's attention reads them: [d_vocab, d_model]."""
    return _normed(model, layer, model.W_E - model.W_E.mean(0))


def _normed(model: TransformerBridge, layer: int, vectors: Tensor) -> Tensor:
    """Vectors [n, d_model] as a layer's attention reads them, up to LayerNorm's scale and bias."""
    if model.cfg.normalization_type is None:
        return vectors
    return (vectors - vectors.mean(-1, keepdim=True)) * model.blocks[layer].ln1.weight
