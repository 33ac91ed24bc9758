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


def answers(model: TransformerBridge, batch: Batch) -> dict[str, tuple[float, float]]:
    """The share of examples a b = that get their answer, and the share that get that of b a =: as the
    model is, and with one part of it replaced.

    For one layer without LayerNorm; `batch` holds each pair in both orders.

    - attention frozen: each head has its mean pattern over the batch, whatever the numbers are;
    - attention without place: a number gets the mean of what it gets when it is first and second;
    - values without place: both numbers are read through the mean of the two position vectors;
    - neither: the last two at once. Swapping the numbers then changes nothing;
    - scores of b a: each number gets the attention that it gets in b a =, its value is that of a b =.
    """
    with torch.no_grad():
        _, cache = model.run_with_cache(batch.tokens, names_filter=[PATTERN, VALUES])
        pattern, values = cache[PATTERN], cache[VALUES]
        swapped = attention.patterns(model, batch.tokens[:, [1, 0, 2]])[0][..., [1, 0, 2]]
        turned, placeless = pattern.clone(), pattern.clone()
        turned[:, :, -1] = swapped[:, :, -1]
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
        "scores of b a": {PATTERN: turned},
    }
    mirror = mirrors(batch.tokens)
    wanted = batch.targets[:, -1]
    found = {}
    for name, parts in replaced.items():
        said = _said(model, batch.tokens, parts)
        found[name] = (
            (said == wanted).float().mean().item(),
            (said == wanted[mirror]).float().mean().item(),
        )
    return found


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


def _said(model: TransformerBridge, tokens: Tensor, replaced: dict[str, Tensor]) -> Tensor:
    hooks = [(name, lambda old, hook, new=new: new) for name, new in replaced.items()]
    with torch.no_grad():
        return model.run_with_hooks(tokens, fwd_hooks=hooks)[:, -1].argmax(-1)


def mirrors(tokens: Tensor) -> Tensor:
    """For each example a b = the index of b a =: [batch]."""
    size = int(tokens.max()) + 1
    code, turned = (tokens[:, i] * size + tokens[:, 1 - i] for i in (0, 1))
    order = code.argsort()
    return order[torch.searchsorted(code[order], turned)]
