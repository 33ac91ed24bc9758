"""How does a one-layer model know which number came first, and which waves are its logits made of?"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attention
from lab.data import Batch
from lab.task import ModularArithmetic

PATTERN, VALUES = "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_v"


def different_pairs(task: ModularArithmetic) -> Batch:
    """Every pair of two different numbers, where the order can matter: p * (p - 1) examples."""
    pairs = task.pairs()
    batch = task.encode(pairs[pairs[:, 0] != pairs[:, 1]])
    return batch.to(task.held_out().tokens.device)


def preference(model: TransformerBridge, tokens: Tensor) -> Tensor:
    """Attention from the last token to the first minus that to the second: [batch, head], -1 to 1."""
    from_last = attention.patterns(model, tokens)[0, :, :, -1]
    return from_last[..., 0] - from_last[..., 1]


def accuracies(model: TransformerBridge, batch: Batch) -> dict[str, float]:
    """The share of examples a b = answered right, as the model is and with one part of it replaced.

    For one layer without LayerNorm; `batch` holds each pair in both orders.

    - attention frozen: each head has its mean pattern over the batch, whatever the numbers are;
    - attention without place: a number gets the mean of what it gets when it is first and second;
    - values without place: both numbers are read through the mean of the two position vectors;
    - neither: the last two at once. Swapping the numbers then changes nothing.
    """
    with torch.no_grad():
        _, cache = model.run_with_cache(batch.tokens, names_filter=[PATTERN, VALUES])
        pattern, values = cache[PATTERN], cache[VALUES]
        swapped = attention.patterns(model, batch.tokens[:, [1, 0, 2]])[0][..., [1, 0, 2]]
        placeless = pattern.clone()
        placeless[:, :, -1] = (pattern[:, :, -1] + swapped[:, :, -1]) / 2
        half = torch.einsum("d,hde->he", model.W_pos[0] - model.W_pos[1], model.W_V[0]) / 2
        shift = torch.stack([-half, half, torch.zeros_like(half)])
    frozen = pattern.mean(0, keepdim=True).expand_as(pattern)
    replaced = {
        "as it is": {},
        "attention frozen": {PATTERN: frozen},
        "attention without place": {PATTERN: placeless},
        "values without place": {VALUES: values + shift},
        "neither": {PATTERN: placeless, VALUES: values + shift},
    }
    return {name: _accuracy(model, batch, parts) for name, parts in replaced.items()}


def every_logit(model: TransformerBridge, task: ModularArithmetic) -> Tensor:
    """The logits of all answers for all pairs: [p, p, p] over (a, b, c)."""
    p = task.modulus
    with torch.no_grad():
        logits = model(task.encode(task.pairs().to(model.W_E.device)).tokens)
    return logits[:, -1, :p].reshape(p, p, p)


def waves(logits: Tensor, sign: int) -> Tensor:
    """The share of the logits' variance that is cos(2 pi k (a + sign * b - c) / p), for k = 1 .. (p - 1) / 2.

    logits [p, p, p] over (a, b, c), p odd. Each pair's mean over c is taken off first.
    """
    p = len(logits)
    centred = logits - logits.mean(2, keepdim=True)
    n = torch.arange(p, device=logits.device)
    phase = (n[:, None, None] + sign * n[None, :, None] - n) % p
    found = []
    for k in range(1, p // 2 + 1):
        wave = torch.cos(2 * torch.pi * k * phase / p)
        along = (centred * wave).sum().square() / wave.square().sum()
        found.append(along / centred.square().sum().clamp_min(1e-12))
    return torch.stack(found)


def effective_number(shares: Tensor) -> float:
    """How many of the shares [n] count: m if m of them are equal and the others 0."""
    return (shares.sum().square() / shares.square().sum().clamp_min(1e-12)).item()


def _accuracy(model: TransformerBridge, batch: Batch, replaced: dict[str, Tensor]) -> float:
    hooks = [(name, lambda old, hook, new=new: new) for name, new in replaced.items()]
    with torch.no_grad():
        logits = model.run_with_hooks(batch.tokens, fwd_hooks=hooks)
    return (logits[:, -1].argmax(-1) == batch.targets[:, -1]).float().mean().item()
