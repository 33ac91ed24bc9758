"""The IOI circuit of one model in a few numbers that can be compared between seeds.

Heads of different seeds have no common numbers: head 3 of one model is not head 3 of another. So
models are compared by layer and by kind of head.
"""

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, ioi_heads
from lab.attribution import Head
from lab.pairs import Pairs


class Circuit(NamedTuple):
    """What was measured on one model; direct effects in logits, means over prompts and their twins."""

    difference: float  # mean logit of IO minus that of S
    accuracy: float  # share of prompts that prefer their own answer
    first: float  # where no name is repeated: the share of prompts that prefer the first name
    direct: Tensor  # [layer, head], towards IO
    hidden: Tensor  # [layer, head], what effects for and against IO take off each other in the mean
    unrepeated: Tensor  # [layer, head], where no name is repeated: towards the first name
    heads: dict[str, list[Head]]  # by class


def circuit(model: TransformerBridge, pairs: Pairs, unrepeated: Pairs) -> Circuit:
    """Measure one model; both sets share their clean prompts, `unrepeated` has a third name at "s2".

    Either name comes first equally often, so where none is repeated a preference for IO over S is 0 by
    design. What a head can prefer there is the first name to the second, and that is measured.
    """
    leads, _ = behaviour.answers(model, pairs)
    asked_without = replace(unrepeated, clean=unrepeated.corrupted)
    towards_first = torch.where(unrepeated.places["io"] < unrepeated.places["s1"], 1.0, -1.0).cpu()
    third, _ = behaviour.answers(model, asked_without)
    effects = both_ways(model, pairs)
    without = ioi_heads.direct_effects(model, asked_without).cpu()
    difference, direct = leads.mean().item(), effects.mean(0)
    return Circuit(
        difference,
        behaviour.accuracy(model, pairs),
        (third * towards_first > 0).float().mean().item(),
        direct,
        torch.minimum(effects.clamp(min=0).mean(0), -effects.clamp(max=0).mean(0)),
        (without * towards_first[:, None, None]).mean(0),
        ioi_heads.labels(direct, ioi_heads.looks(model, pairs, unrepeated), difference),
    )


def both_ways(model: TransformerBridge, pairs: Pairs) -> Tensor:
    """Direct effects towards each prompt's own answer, clean prompts, then corrupted: [prompt, layer, head].

    The same two names stand at the same two places in both, and the answers are exchanged: a liking for
    a name or a place has a mean of 0.
    """
    other = replace(
        pairs,
        clean=pairs.corrupted,
        corrupted=pairs.clean,
        right=pairs.wrong,
        wrong=pairs.right,
    )
    return torch.cat([ioi_heads.direct_effects(model, one).cpu() for one in (pairs, other)])


def by_layer(direct: Tensor) -> tuple[Tensor, Tensor]:
    """The sums of each layer's positive and of its negative effects [layer, head]: [layer] each."""
    return direct.clamp(min=0).sum(1), direct.clamp(max=0).sum(1)


def share_of(direct: Tensor, n: int) -> float:
    """The share of all positive direct effects [layer, head] that the n strongest heads hold."""
    positive = direct.clamp(min=0).flatten()
    return (positive.topk(min(n, len(positive))).values.sum() / positive.sum()).item()


def depth(heads: list[Head], n_layers: int) -> float:
    """The mean layer of some heads, from 0 for the first to 1 for the last; nan without heads."""
    if not heads:
        return float("nan")
    return sum(layer for layer, _ in heads) / len(heads) / max(1, n_layers - 1)


def cancels(circuit: Circuit, n: int = 5) -> list[Head]:
    """At most n heads that write for IO in some prompts and against it in others, so that more than
    their mean is hidden, and more than a twentieth of the logit difference; the largest first."""
    least = circuit.direct.abs().clamp(min=0.05 * abs(circuit.difference))
    found = torch.where(circuit.hidden > least, circuit.hidden, 0.0)
    order = found.flatten().argsort(descending=True)[:n].tolist()
    heads = (divmod(i, found.shape[1]) for i in order)
    return [head for head in heads if found[head] > 0]
