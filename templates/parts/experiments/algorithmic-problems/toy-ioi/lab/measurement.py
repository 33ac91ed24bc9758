"""What this notebook measures of a toy IOI model: whether it needs the repetition, where it notices it,
and what each head adds to the answer."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution, roles
from lab.ioi import ORDERS
from lab.task import ToyIOI

VERSIONS = ["as it is", "filler for the first S", "third name for the first S"]


def unrepeated(task: ToyIOI) -> Tensor:
    """The held-out prompts with a third name in place of the first S: [batch, pos]."""
    seeded = torch.Generator(task.device).manual_seed(0)
    return task.with_third_name(task.unseen, seeded)


def prefers_io(model: TransformerBridge, task: ToyIOI) -> dict[str, float]:
    """How often IO has the higher logit than S, by VERSIONS of the held-out prompts. In the second and
    third one no name is repeated, so nothing is left that makes IO the answer."""
    tokens = [task.unseen.tokens, task.with_filler(task.unseen), unrepeated(task)]
    return {
        version: (roles.differences(model, task.unseen, one) > 0).float().mean().item()
        for version, one in zip(VERSIONS, tokens, strict=True)
    }


def where_noticed(model: TransformerBridge, task: ToyIOI) -> dict[str, float]:
    """The mean IO - S of the held-out prompts: as they are, with a third name for the first S, and with
    the heads of one layer patched from there at one place."""
    other = unrepeated(task)
    found = {
        "as it is": roles.differences(model, task.unseen).mean().item(),
        "third name": roles.differences(model, task.unseen, other).mean().item(),
    }
    for layer, left in enumerate(roles.noticed(model, task.unseen, other)):
        for place, one in zip(roles.PLACES, left.tolist(), strict=True):
            found[f"layer {layer}, {place}"] = one
    return found


def attention_by_order(model: TransformerBridge, task: ToyIOI, query: str) -> dict[str, Tensor]:
    """Mean attention from "S again" or "END" to each of roles.PLACES, for each order:
    [layer * head, len(roles.PLACES)]."""
    looked = roles.attention(model, task.unseen, query).flatten(0, 1)
    return {
        order: looked[:, task.unseen.order == number].mean(1)
        for number, order in enumerate(ORDERS[: task.orders])
    }


def added_by_source(model: TransformerBridge, task: ToyIOI) -> dict[str, Tensor]:
    """What each head adds to IO - S at END from what it reads at each of roles.PLACES, for each order:
    [layer * head, len(roles.PLACES)], at the scale of the final LayerNorm."""
    prompts = task.unseen
    _, cache = attribution.run(model, prompts.tokens)
    added = torch.stack(
        [
            roles.by_place(
                attribution.effects_by_source(model, cache, head, prompts.io, prompts.subject),
                prompts,
            )
            for head in attribution.every_head(model)
        ]
    )
    return {
        order: added[:, prompts.order == number].mean(1)
        for number, order in enumerate(ORDERS[: task.orders])
    }
