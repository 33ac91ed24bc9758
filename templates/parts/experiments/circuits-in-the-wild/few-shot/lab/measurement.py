"""Examples at work: what they gain, whether a head brings the task or the answer, and a task without examples."""

import random
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution, patching
from lab.attribution import Head
from lab.pairs import END, Pairs
from lab.patching import ROWS

CONTEXT = ("answers", "words", "query", "first token", "rest")


def highest(model: TransformerBridge, tokens: Tensor, pairs: Pairs) -> Tensor:
    """The token with the highest logit at the end of each prompt [pair, pos]: [pair]."""
    found = []
    for rows, end in zip(tokens.split(ROWS), pairs.places[END].split(ROWS), strict=True):
        logits = patching.run(model, rows)
        found.append(logits[torch.arange(len(rows), device=rows.device), end].argmax(-1))
    return torch.cat(found)


def accuracy(model: TransformerBridge, tokens: Tensor, pairs: Pairs) -> float:
    """The share of prompts whose answer has the highest logit of the whole vocabulary."""
    return (highest(model, tokens, pairs) == pairs.right).float().mean().item()


def effects_from(
    model: TransformerBridge, pairs: Pairs, sources: Tensor, heads: Sequence[Head]
) -> Tensor:
    """Effect of each head's output at the end, taken from other prompts [pair, pos] of equal length: [head].

    The corrupted prompts are patched. 0 is their logit difference, 1 that of the clean prompts, whatever
    the sources are.
    """
    twins = Pairs(
        sources, pairs.corrupted, pairs.right, pairs.wrong, {END: pairs.places[END]}, pairs.dropped
    )
    patches = [patching.head_patch(model, twins, [head], END) for head in heads]
    moved = patching.replaced(model, twins, patches, patching.other_run(model))
    return patching.normalised(moved, patching.both_ends(model, pairs))


def mean_outputs(
    model: TransformerBridge, tokens: Tensor, pairs: Pairs, heads: Sequence[Head]
) -> dict[Head, Tensor]:
    """Each head's mean output at the end of prompts [pair, pos], before W_O: [d_head] each."""
    names = sorted({patching.z_hook(layer) for layer, _ in heads})
    sums: dict[Head, Tensor] = {}
    for rows, end in zip(tokens.split(ROWS), pairs.places[END].split(ROWS), strict=True):
        found = patching.activations(model, rows, names)
        for layer, head in heads:
            here = found[patching.z_hook(layer)][torch.arange(len(rows), device=rows.device), end]
            sums[layer, head] = (
                sums.get((layer, head), torch.zeros(())) + here[:, head].sum(0).cpu()
            )
    return {one: total / len(tokens) for one, total in sums.items()}


def with_outputs(
    model: TransformerBridge, pairs: Pairs, outputs: Mapping[Head, Tensor]
) -> tuple[float, float]:
    """Clean prompts whose heads put out these values at the end: accuracy, and by how many logits the answer
    leads another answer of the task, mean over prompts."""
    device = pairs.clean.device
    given = {head: value.to(device) for head, value in outputs.items()}
    ends = pairs.places[END]
    with attribution.heads_replaced(model, given, ends):
        logits = model(pairs.clean)
    here = logits[torch.arange(len(pairs), device=device), ends]
    right = (here.argmax(-1) == pairs.right).float().mean().item()
    return right, pairs.difference(logits).mean().item()


def other_heads(model: TransformerBridge, heads: Sequence[Head], seed: int) -> list[Head]:
    """A control: for each head another one, drawn from the same layer and none of them; fewer if a layer
    has no more."""
    rng, found = random.Random(seed), []
    for layer in sorted({layer for layer, _ in heads}):
        free = [(layer, head) for head in range(model.cfg.n_heads) if (layer, head) not in heads]
        wanted = sum(one == layer for one, _ in heads)
        found += rng.sample(free, min(wanted, len(free)))
    return found


def looked_at(seen: Mapping[str, float]) -> dict[str, float]:
    """Attention by named place, as `behaviour.attention` gives it, summed by what CONTEXT names."""
    found = dict.fromkeys(CONTEXT, 0.0)
    for place, share in seen.items():
        kind = next((one for one in ("answer", "word") if place.startswith(one)), place)
        name = {"answer": "answers", "word": "words"}.get(kind, kind)
        found[name if name in CONTEXT else "rest"] += share
    return found
