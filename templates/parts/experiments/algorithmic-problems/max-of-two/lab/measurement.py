"""Does attention choose the number, or does something behind it sort out a mixture of both?"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attention
from lab.data import Batch
from lab.task import MaxOfTwo

PATTERN = "blocks.0.attn.hook_pattern"
NEURONS = "blocks.0.mlp.hook_post"


def different_pairs(task: MaxOfTwo, held_out: bool = True) -> Tensor:
    """Pairs [pair, 2] of two different numbers: the held-out ones, or all."""
    n = task.n_numbers
    pairs = (
        task.held_out().tokens[:, :2] if held_out else torch.cartesian_prod(*[torch.arange(n)] * 2)
    )
    return pairs[pairs[:, 0] != pairs[:, 1]]


def preference(model: TransformerBridge, task: MaxOfTwo, pairs: Tensor) -> Tensor:
    """Attention of the "=" to the answer minus that to the other number: [pair, head], -1 to 1.

    `pairs` [pair, 2] are of different numbers.
    """
    batch = task.encode(pairs.to(model.W_E.device))
    from_equals = attention.patterns(model, batch.tokens)[0, :, :, -1]  # [pair, head, key]
    first_is_it = (batch.tokens[:, 0] == batch.targets[:, -1])[:, None]
    to_a, to_b = from_equals[..., 0], from_equals[..., 1]
    return torch.where(first_is_it, to_a - to_b, to_b - to_a)


def accuracies(model: TransformerBridge, task: MaxOfTwo, pairs: Tensor) -> dict[str, float]:
    """The share of pairs [pair, 2] answered right as the model is, and with one part of it replaced.

    - frozen: every head attends as it does on average over the pairs, whatever the numbers are;
    - answer only, other only: every head attends to that number and to nothing else, and the share is
      that of the pairs for which the model says this number;
    - neurons frozen: each neuron has its mean over the pairs (where there is an MLP).
    """
    batch = task.encode(pairs.to(model.W_E.device))
    names = [PATTERN] + [NEURONS] * (not model.cfg.attn_only)
    with torch.no_grad():
        _, cache = model.run_with_cache(batch.tokens, names_filter=names)
    mean = cache[PATTERN].mean(0, keepdim=True)
    at_answer = batch.tokens[:, :2] == batch.targets[:, -1:]
    numbers, answer = batch.tokens[:, :2], batch.targets[:, -1]
    other = numbers.sum(1) - answer
    found = {
        "as it is": _says(model, batch, answer),
        "pattern frozen": _says(model, batch, answer, {PATTERN: mean}),
        "answer only": _says(model, batch, answer, {PATTERN: _only(mean, at_answer)}),
        "other only": _says(model, batch, other, {PATTERN: _only(mean, ~at_answer)}),
    }
    if not model.cfg.attn_only:
        still = cache[NEURONS].mean(0, keepdim=True)
        found["neurons frozen"] = _says(model, batch, answer, {NEURONS: still})
    return found


def scores(model: TransformerBridge, task: MaxOfTwo) -> Tensor:
    """Attention scores of the "=" for every number, read first and read second: [head, 2, number].

    For a model without LayerNorm. There the two curves differ by a constant, W_pos through the head.
    """
    n = task.n_numbers
    with torch.no_grad():
        query = (model.W_E[task.equals] + model.W_pos[2])[None]
        return torch.stack(
            [
                torch.cat(
                    [
                        attention.qk_circuit(
                            model, 0, head, query, model.W_E[:n] + model.W_pos[place]
                        )
                        for place in (0, 1)
                    ]
                )
                for head in range(model.cfg.n_heads)
            ]
        )


def by_distance(right: Tensor, pairs: Tensor) -> dict[str, float]:
    """The mean of right [pair] over pairs whose numbers are 1, 2-3, 4-7, 8-15, ... apart; how many these
    are stands in the name."""
    gap = (pairs[:, 0] - pairs[:, 1]).abs()
    groups = {}
    low = 1
    while low <= int(gap.max()):
        name = str(low) if low == 1 else f"{low}-{2 * low - 1}"
        here = (gap >= low) & (gap < 2 * low)
        groups[f"{name}\n({int(here.sum())})"] = right[here].float().mean().item()
        low *= 2
    return groups


def _says(
    model: TransformerBridge,
    batch: Batch,
    number: Tensor,
    replaced: dict[str, Tensor] | None = None,
) -> float:
    """The share of pairs for which the model says a number [pair]."""
    hooks = [
        (name, lambda old, hook, new=new: new.expand_as(old))
        for name, new in (replaced or {}).items()
    ]
    with torch.no_grad():
        logits = model.run_with_hooks(batch.tokens, fwd_hooks=hooks)
    return (logits[:, -1].argmax(-1) == number).float().mean().item()


def _only(pattern: Tensor, key: Tensor) -> Tensor:
    """The pattern [1, head, query, key] with the last query on the marked key of each pair alone."""
    forced = pattern.repeat(len(key), 1, 1, 1)
    forced[:, :, -1] = 0.0
    forced[:, :, -1, :2] = key[:, None].to(forced.dtype)
    return forced
