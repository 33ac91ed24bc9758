"""One description of a toy IOI solution, and a distance between two that does not care which head is which."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution, roles
from lab.ioi import Prompts

FEATURES = [
    "S again -> S first",
    "S again -> IO",
    "END -> S first",
    "END -> IO",
    "END -> S again",
    "writes IO",
    "writes S",
]
MOST_HEADS = 16  # the matching looks at every subset of heads: 65,536


def describe(model: TransformerBridge, prompts: Prompts) -> Tensor:
    """What each head does, layer by layer: [layer * head, len(FEATURES)].

    The first five numbers are mean attention from one role to another, above what even attention would pay,
    so that a head that does nothing is zeros; the last two the direct effect
    at END on the logit of IO and of S, against the mean name, as a share of the model's mean
    logit difference IO - S (of one logit if that is less, as in a model that knows nothing).
    """
    logits, cache = attribution.run(model, prompts.tokens)
    at_again, at_end = (
        (roles.attention(model, prompts, query) - roles.even_attention(prompts, query))
        .mean(2)
        .flatten(0, 1)
        for query in ("S again", "END")
    )
    names = torch.stack([prompts.io, prompts.subject])  # every name that occurs in these prompts
    mean_name = model.W_U.detach()[:, names.unique()].mean(1)
    whole = attribution.logit_difference(logits, prompts.io, prompts.subject).mean().clamp(min=1)
    scale = cache["ln_final.hook_in"][:, -1].var(-1, unbiased=False).add(model.cfg.eps).sqrt()
    described = []
    for row, (layer, head) in enumerate(attribution.every_head(model)):
        written = (
            cache[f"blocks.{layer}.attn.hook_z"][:, -1, head] @ model.W_O[layer, head].detach()
        )
        if model.cfg.normalization_type is not None:
            written = written - written.mean(-1, keepdim=True)
            written = written / scale[:, None] * model.ln_final.weight.detach()
        effects = [
            ((model.W_U.detach()[:, name].T - mean_name) * written).sum(-1).mean() / whole
            for name in names
        ]
        described.append(torch.cat([at_again[row, :2], at_end[row, :3], torch.stack(effects)]))
    return torch.stack(described)


def distance(one: Tensor, other: Tensor) -> float:
    """How far apart two descriptions [head, feature] are under the best matching of their heads: the
    root of the sum of squares. Heads that attend evenly and write nothing add nothing, so models of
    different sizes can be compared.

    The smaller one is filled up with heads that do nothing. Heads may be matched across layers.
    """
    most = max(len(one), len(other))
    if most > MOST_HEADS:
        raise ValueError(f"{most} heads: more than {MOST_HEADS} cannot be matched here")
    one, other = (
        torch.cat([part, part.new_zeros(most - len(part), part.shape[1])]) for part in (one, other)
    )
    together = (one[:, None] - other[None]).square().sum(-1)
    apart = one.square().sum(-1)[:, None] + other.square().sum(
        -1
    )  # each with a head that does nothing
    return cheapest_matching(torch.minimum(together, apart)) ** 0.5


def floor(model: TransformerBridge, prompts: Prompts) -> float:
    """The distance of a model from itself, described on one half of the prompts and on the other."""
    half = len(prompts.tokens) // 2
    halves = (slice(None, half), slice(half, None))
    one, other = (describe(model, Prompts(*(part[rows] for part in prompts))) for rows in halves)
    return distance(one, other)


def cheapest_matching(costs: Tensor) -> float:
    """The least sum of costs [n, n] that takes one entry from each row and each column.

    Row by row, for every subset of columns the cheapest way to have used it (Held and Karp 1962).
    """
    n = len(costs)
    subsets = torch.arange(2**n, device=costs.device)
    best = torch.where(subsets == 0, 0.0, torch.inf)
    for row in costs:
        new = torch.full_like(best, torch.inf)
        for column in range(n):
            holds = (subsets >> column) & 1 == 1
            before = best[subsets[holds] ^ (1 << column)]
            new[holds] = torch.minimum(new[holds], before + row[column])
        best = new
    return best[-1].item()


def where_they_meet(
    model: TransformerBridge, prompts: Prompts, without: dict[str, Tensor]
) -> Tensor | None:
    """Where what a layer writes depends on both mentions of S: [len(roles.PLACES)].

    The share of IO - S that is lost when one layer's heads write at one place what they write with a third
    name for one S (`IOITask.without_repetition`): the smaller of the two shares, at the layer where it
    is largest. None for a model whose IO - S falls by less than one logit without one of the two.
    """
    whole = roles.differences(model, prompts).mean()
    gaps = [whole - roles.differences(model, prompts, tokens).mean() for tokens in without.values()]
    if min(gaps) < 1:
        return None
    shares = [roles.share_lost(model, prompts, tokens) for tokens in without.values()]
    return torch.stack(shares).amin(0).amax(0)
