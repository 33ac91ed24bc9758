"""Which digit a model puts after a list, and which kinds of token its heads look at from there."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, patching
from lab.attribution import Head
from lab.numbered_lists import Listing, asked
from lab.pairs import END, Pairs, token_of

KINDS = ("number", "stop", "newline")  # a place is named after its kind: "number 0"


def probabilities(model: TransformerBridge, listings: Sequence[Listing]) -> Tensor:
    """The probability of each digit as the next token: [list, 10]. ValueError as `asked`."""
    pairs = asked(model, listings)
    found = [token_of(model, str(digit)) for digit in range(10)]
    if None in found:
        raise ValueError("digits are not one token each for this model")
    logits = []
    for some in patching.batches(pairs, patching.ROWS):
        rows = torch.arange(len(some), device=some.clean.device)
        logits.append(patching.run(model, some.clean)[rows, some.places[END]].float())
    return torch.cat(logits).softmax(-1)[:, torch.tensor(found)].cpu()


def mean_probability(probabilities: Tensor, listings: Sequence[Listing], rule: str) -> float:
    """The probability of the digit that a rule says: the mean over lists."""
    digits = torch.tensor([one.said[rule] for one in listings])
    return probabilities[torch.arange(len(digits)), digits].mean().item()


def shares(probabilities: Tensor, listings: Sequence[Listing]) -> dict[str, float]:
    """The share of lists in which each rule's digit is the likeliest of the ten, and of none's."""
    best = probabilities.argmax(-1).tolist()
    found = {
        rule: sum(one.said[rule] == digit for one, digit in zip(listings, best, strict=True))
        for rule in listings[0].said
    }
    no_rule = sum(digit not in one.said.values() for one, digit in zip(listings, best, strict=True))
    return {rule: n / len(best) for rule, n in (found | {"no rule": no_rule}).items()}


def attention_to_kinds(
    model: TransformerBridge, pairs: Pairs, seed: int = 0
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Attention [layer, head] from the end to all tokens of a kind together, and if it were even.

    "text" is the control: as many other tokens as there are numbers, drawn anew in each list. A first
    token without a name, a BOS, is not drawn.
    """
    masks = {
        kind: torch.stack(
            [patching.at(pairs, place) for place in pairs.places if place.startswith(kind)]
        ).any(0)
        for kind in KINDS
    }
    masks["text"] = _drawn(pairs, int(masks["number"][0].sum()), seed)
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.cfg.n_layers)]
    patterns = patching.activations(model, pairs.clean, names)
    rows = torch.arange(len(pairs), device=pairs.clean.device)
    from_end = torch.stack(
        [patterns[name].float()[rows, :, pairs.places[END]] for name in names]
    )  # [layer, pair, head, key]
    found = {kind: (from_end * mask[:, None]).sum(-1).mean(1).cpu() for kind, mask in masks.items()}
    length = pairs.places[END] + 1
    even = {kind: (mask.sum(-1) / length).mean().item() for kind, mask in masks.items()}
    return found, even


def attention_by_length(
    model: TransformerBridge, by_length: dict[int, Pairs], head: Head, places: Sequence[str]
) -> dict[str, list[float]]:
    """A head's attention from the end to some places, for lists of each length of line."""
    seen = [behaviour.attention(model, pairs.clean, pairs, head) for pairs in by_length.values()]
    return {place: [one[place] for one in seen] for place in places}


def _drawn(pairs: Pairs, n: int, seed: int) -> Tensor:
    """n tokens of each list that have no name, as a mask [pair, pos]."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros_like(pairs.clean, dtype=torch.bool)
    free = patching.at(pairs, patching.ELSEWHERE)
    for row, end in enumerate(pairs.places[END].tolist()):
        positions = free[row, :end].nonzero()[:, 0]
        positions = positions[positions > 0]
        mask[row, positions[torch.randperm(len(positions), generator=generator)[:n]]] = True
    return mask
