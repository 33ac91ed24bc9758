"""One description of a toy IOI solution, and a distance between two that does not care which head is which."""

from itertools import permutations

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution
from lab.task import Prompts

FEATURES = [
    "S again -> S first",
    "S again -> IO",
    "END -> S first",
    "END -> IO",
    "END -> S again",
    "writes IO",
    "writes S",
]
MOST_HEADS = 8  # every matching is tried, and 9! would be 362,880 of them


def describe(model: TransformerBridge, prompts: Prompts) -> Tensor:
    """What each head does, layer by layer: [layer * head, len(FEATURES)].

    The first five numbers are mean attention from one role to another; the last two the direct effect
    at END on the logit of IO and of S, against the mean name, as a share of the model's mean
    logit difference IO - S (of one logit if that is less, as in a model that knows nothing).
    """
    logits, cache = attribution.run(model, prompts.tokens)
    rows = torch.arange(len(logits), device=logits.device)
    s_first, io, s_again = prompts.places.T
    end = torch.full_like(io, prompts.tokens.shape[1] - 1)
    looks = [(s_again, s_first), (s_again, io), (end, s_first), (end, io), (end, s_again)]
    names = torch.stack([prompts.io, prompts.subject])  # every name that occurs in these prompts
    mean_name = model.W_U.detach()[:, names.unique()].mean(1)
    whole = attribution.logit_difference(logits, prompts.io, prompts.subject).mean().clamp(min=1)
    scale = cache["ln_final.hook_in"][:, -1].var(-1, unbiased=False).add(model.cfg.eps).sqrt()
    described = []
    for layer, head in attribution.every_head(model):
        pattern = cache[f"blocks.{layer}.attn.hook_pattern"][:, head]
        attention = [pattern[rows, query, key].mean() for query, key in looks]
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
        described.append(torch.stack([*attention, *effects]))
    return torch.stack(described)


def distance(one: Tensor, other: Tensor) -> float:
    """Root mean square difference of two descriptions [head, feature] under the best matching of heads.

    The smaller one is filled up with heads that do nothing. Heads may be matched across layers.
    """
    most = max(len(one), len(other))
    if most > MOST_HEADS:
        raise ValueError(
            f"{most} heads: every matching is tried, so at most {MOST_HEADS} are possible"
        )
    one, other = (
        torch.cat([part, part.new_zeros(most - len(part), part.shape[1])]) for part in (one, other)
    )
    apart = (one[:, None] - other[None]).square().sum(-1)  # [head of one, head of other]
    matchings = torch.tensor(list(permutations(range(most))), device=one.device)
    cost = apart[torch.arange(most, device=one.device), matchings].sum(1).min()
    return (cost / one.numel()).sqrt().item()
