"""Which heads several contrasts have in common, and how many that would be by chance."""

from collections.abc import Mapping

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import fast_patching
from lab.attribution import Head
from lab.pairs import END, Pairs


def maps(model: TransformerBridge, contrasts: Mapping[str, Pairs]) -> dict[str, Tensor]:
    """The effect of every head at the end, by gradient, for each contrast: [layer, head].

    Where the model does not tell the two prompts of a contrast apart, this is printed, and its map is 0.
    """
    found = {}
    for name, pairs in contrasts.items():
        try:
            found[name] = fast_patching.heads_by_gradient(model, pairs, END)
        except ValueError as error:
            print(f"{name}: left at 0, since {error}")
            found[name] = torch.zeros(model.cfg.n_layers, model.cfg.n_heads)
    return found


def leading(effects: Tensor, n: int) -> set[Head]:
    """The n heads with the largest effects [layer, head]; none whose effect is not above 0."""
    order = torch.nan_to_num(effects).flatten().argsort(descending=True)[:n].tolist()
    heads = [divmod(i, effects.shape[1]) for i in order]
    return {head for head in heads if effects[head] > 0}


def in_common(effects: Mapping[str, Tensor], n: int) -> list[Head]:
    """The heads that are among the n leading ones of every contrast, in order of layer and head."""
    return sorted(set.intersection(*(leading(one, n) for one in effects.values())))


def in_common_by_chance(
    effects: Mapping[str, Tensor],
    n: int,
    draws: int = 200,
    seed: int = 0,
    *,
    within_layers: bool = False,
) -> tuple[float, float]:
    """How many that is if the heads of each contrast are renumbered at random: mean and spread.

    `within_layers`: each head stays in its layer, so that contrasts may share layers by chance.
    """
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(draws):
        mixed = {}
        for name, one in effects.items():
            rows = one if within_layers else one.reshape(1, -1)
            orders = [torch.randperm(rows.shape[1], generator=generator) for _ in rows]
            mixed[name] = rows.gather(1, torch.stack(orders)).view_as(one)
        found.append(len(in_common(mixed, n)))
    counts = torch.tensor(found, dtype=torch.float)
    return counts.mean().item(), counts.std().item()


def likeness(one: Tensor, other: Tensor) -> float:
    """Cosine between two maps of effects: 1 if the same heads count in the same proportions."""
    return torch.cosine_similarity(one.flatten(), other.flatten(), dim=0).item()
