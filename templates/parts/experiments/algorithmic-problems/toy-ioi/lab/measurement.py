"""What this notebook measures of a toy IOI model: whether it needs the repetition, where the two
mentions meet, and what each head adds to the answer."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution, roles
from lab.ioi import ORDERS, third_names
from lab.task import ToyIOI

VERSIONS = ["as it is", "filler for the first S", "third name for the first S"]


def prefers_io(model: TransformerBridge, task: ToyIOI) -> dict[str, float]:
    """How often IO has the higher logit than S, by VERSIONS of the held-out prompts. In the second and
    third one no name is repeated, so nothing is left that makes IO the answer."""
    prompts = task.unseen
    third = task.without_repetition(prompts)["S first"]
    tokens = [prompts.tokens, task.with_filler(prompts), third]
    return {
        version: (roles.differences(model, prompts, one) > 0).float().mean().item()
        for version, one in zip(VERSIONS, tokens, strict=True)
    }


def where_they_meet(model: TransformerBridge, task: ToyIOI) -> dict[str, Tensor]:
    """The share of IO - S that is lost on the held-out prompts when the heads of one layer write at one
    place what they write with a third name for "S first", and for "S again": [layer - 1, len(roles.PLACES)]
    each. Where both are large, what the layer writes there depends on both mentions."""
    return {
        replaced: roles.share_lost(model, task.unseen, tokens)
        for replaced, tokens in task.without_repetition(task.unseen).items()
    }


def attention_by_order(model: TransformerBridge, task: ToyIOI, query: str) -> dict[str, Tensor]:
    """Mean attention from "S again" or "END" to each of roles.PLACES, for each order:
    [layer * head, len(roles.PLACES)]."""
    looked = roles.attention(model, task.unseen, query).flatten(0, 1)
    return {
        order: looked[:, task.unseen.order == number].mean(1)
        for number, order in enumerate(ORDERS[: task.orders])
    }


def added_by_source(model: TransformerBridge, task: ToyIOI, to: str) -> dict[str, Tensor]:
    """What each head adds at END to the logit of "IO" or "S", against that of a third name, from what it
    reads at each of roles.PLACES, for each order: [layer * head, len(roles.PLACES)], at the scale of the
    final LayerNorm. IO - S is the one minus the other."""
    prompts = task.unseen
    seeded = torch.Generator(task.device).manual_seed(0)
    third = third_names(prompts, task.n_names, seeded)
    name = {"IO": prompts.io, "S": prompts.subject}[to]
    _, cache = attribution.run(model, prompts.tokens)
    added = torch.stack(
        [
            roles.by_place(attribution.effects_by_source(model, cache, head, name, third), prompts)
            for head in attribution.every_head(model)
        ]
    )
    return {
        order: added[:, prompts.order == number].mean(1)
        for number, order in enumerate(ORDERS[: task.orders])
    }
