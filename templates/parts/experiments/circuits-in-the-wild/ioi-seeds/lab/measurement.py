"""The IOI circuit of one model in a few numbers that can be compared between seeds.

Heads of different seeds have no common numbers: head 3 of one model is not head 3 of another. So
models are compared by layer and by kind of head.
"""

from dataclasses import replace
from typing import NamedTuple

from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, ioi_heads
from lab.attribution import Head
from lab.pairs import Pairs


class Circuit(NamedTuple):
    """What was measured on one model; direct effects in logits, their mean and spread over prompts."""

    difference: float  # mean logit of IO minus that of S
    accuracy: float  # share of prompts that prefer their own answer
    accuracy_unrepeated: float  # the same question where no name is repeated
    direct: Tensor  # [layer, head]
    spread: Tensor  # [layer, head], standard deviation over prompts
    unrepeated: Tensor  # [layer, head], the mean where no name is repeated
    heads: dict[str, list[Head]]  # by class


def circuit(model: TransformerBridge, pairs: Pairs, unrepeated: Pairs) -> Circuit:
    """Measure one model; both sets share their clean prompts, `unrepeated` has a third name at "s2"."""
    leads, _ = behaviour.answers(model, pairs)
    third, _ = behaviour.answers(model, replace(unrepeated, clean=unrepeated.corrupted))
    effects = ioi_heads.direct_effects(model, pairs).cpu()
    asked_without = replace(unrepeated, clean=unrepeated.corrupted)
    without = ioi_heads.direct_effects(model, asked_without).cpu()
    difference, direct = leads.mean().item(), effects.mean(0)
    return Circuit(
        difference,
        behaviour.accuracy(model, pairs),
        (third > 0).float().mean().item(),
        direct,
        effects.std(0),
        without.mean(0),
        ioi_heads.labels(direct, ioi_heads.looks(model, pairs, unrepeated), difference),
    )


def by_layer(circuit: Circuit) -> Tensor:
    """The sum of a layer's direct effects, as a share of the logit difference: [layer]."""
    return circuit.direct.sum(1) / circuit.difference


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
