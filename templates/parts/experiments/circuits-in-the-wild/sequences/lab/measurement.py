"""Which item of its family a model or a single head puts first."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import head_scores, patching
from lab.pairs import END, Pairs


def says(model: TransformerBridge, tokens: Tensor, pairs: Pairs, items: Tensor) -> Tensor:
    """The item with the highest logit at the end of each prompt: ids [pair].

    tokens [pair, pos]: the clean or the corrupted prompts; items [item]: ids.
    """
    here = torch.cat(
        [
            patching.run(model, part)[torch.arange(len(part)), at]
            for part, at in zip(
                tokens.split(patching.ROWS), pairs.places[END].split(patching.ROWS), strict=True
            )
        ]
    )
    return items[here[:, items].argmax(-1)]


def next_share(model: TransformerBridge, tokens: Tensor, pairs: Pairs, items: Tensor) -> float:
    """The share of prompts at whose end the clean prompt's next item is put first."""
    return (says(model, tokens, pairs, items) == pairs.right).float().mean().item()


def written_items(model: TransformerBridge, items: Tensor) -> Tensor:
    """What each head raises most among the items if it sees one of them alone: [layer, head, item].

    items [item]: ids in their order. The value is how many places on in that order the item stands
    that the head raises most. The head reads the stream after the first MLP.
    """
    found = []
    for written in head_scores.written_by_heads(model, items, through_mlp0=True):
        logits = head_scores.direct_logits(model, written.transpose(0, 1), items)
        found.append(logits.argmax(-1) - torch.arange(len(items), device=items.device))
    return torch.stack(found).cpu()


def step_scores(places_on: Tensor, n_items: int, cycle: bool) -> dict[str, Tensor]:
    """The share of items for which a head raises most the next, the same, the one before: [layer, head].

    places_on [layer, head, item] as from `written_items`. Items at the end of a family that is no cycle
    have no next one, and are left out; likewise at its start.
    """

    def share(step: int) -> Tensor:
        there = (places_on - step) % n_items == 0 if cycle else places_on == step
        low, high = (0, n_items) if cycle else (max(0, -step), n_items - max(0, step))
        return there[..., low:high].float().mean(-1)

    return {"next": share(1), "same": share(0), "before": share(-1)}


def highest(model: TransformerBridge, item: int, layer: int, head: int, n: int = 10) -> list[str]:
    """The tokens that a head raises most when it sees one token alone, the highest first."""
    ids = torch.tensor([item], device=model.W_U.device)
    written = head_scores.written_by_heads(model, ids, through_mlp0=True)[layer][:, head]
    top = head_scores.direct_logits(model, written)[0].topk(n).indices
    return [model.tokenizer.decode([one]) for one in top.tolist()]
