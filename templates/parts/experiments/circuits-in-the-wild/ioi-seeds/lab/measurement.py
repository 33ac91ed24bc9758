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
    """What was measured on one model; direct effects in logits, their mean and spread over prompts."""

    difference: float  # mean logit of IO minus that of S
    accuracy: float  # share of prompts that prefer their own answer
    first: float  # where no name is repeated: the share of prompts that prefer the first name
    direct: Tensor  # [layer, head], towards IO
    spread: Tensor  # [layer, head], standard deviation over prompts
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
    effects = ioi_heads.direct_effects(model, pairs).cpu()
    without = ioi_heads.direct_effects(model, asked_without).cpu()
    difference, direct = leads.mean().item(), effects.mean(0)
    return Circuit(
        difference,
        behaviour.accuracy(model, pairs),
        (third * towards_first > 0).float().mean().item(),
        direct,
        effects.std(0),
        (without * towards_first[:, None, None]).mean(0),
        ioi_heads.labels(direct, ioi_heads.looks(model, pairs, unrepeated), difference),
    )


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


def cancels(circuit: Circuit, times: float = 2.0) -> list[Head]:
    """Heads whose direct effect varies over prompts by more than so many times its mean, and by more
    than a tenth of the logit difference: a pale cell that hides large effects of both signs."""
    found = (circuit.spread > times * circuit.direct.abs()) & (
        circuit.spread > 0.1 * abs(circuit.difference)
    )
    return [(int(layer), int(head)) for layer, head in found.nonzero()]
