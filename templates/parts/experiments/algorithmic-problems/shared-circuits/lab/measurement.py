"""What two operations share inside one model: the cost of each neuron, its waves, and the way in for the operator."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import fourier
from lab.data import Batch
from lab.task import TwoOperations

NEURONS, RESIDUAL = "blocks.0.mlp.hook_post", "blocks.0.hook_resid_mid"
PATTERN, VALUES = "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_v"
OPERATOR = 1  # its position in a op b =


class Last(NamedTuple):
    """At the "=": the neurons [question, neuron], and the logits without them [question, d_vocab]."""

    neurons: Tensor
    rest: Tensor


def at_the_end(model: TransformerBridge, tokens: Tensor) -> Last:
    """What the logits are made of in a model of one layer without LayerNorm."""
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=[NEURONS, RESIDUAL])
        return Last(cache[NEURONS][:, -1], cache[RESIDUAL][:, -1] @ model.W_U)


def rises(seen: dict[str, Last], targets: dict[str, Tensor], write: Tensor) -> dict[str, Tensor]:
    """Rise of the loss in nats when a neuron has its mean over these questions instead: [neuron] each.

    `write` [neuron, d_vocab] is what a neuron adds to the logits. Some rises are below 0.
    """
    found = {}
    for name, (neurons, rest) in seen.items():
        logits, apart = rest + neurons @ write, neurons - neurons.mean(0)
        whole = F.cross_entropy(logits, targets[name])
        found[name] = torch.stack(
            [
                F.cross_entropy(logits - apart[:, [j]] * write[j], targets[name]) - whole
                for j in range(len(write))
            ]
        )
    return found


def costs(model: TransformerBridge, batches: dict[str, Batch]) -> dict[str, Tensor]:
    """The rise of the loss on each batch with each neuron at its mean over it: [neuron] each, in nats.

    The mean is the batch's own: one over both operations would move the two losses apart by itself.
    """
    with torch.no_grad():
        seen = {name: at_the_end(model, batch.tokens) for name, batch in batches.items()}
        targets = {name: batch.targets[:, -1] for name, batch in batches.items()}
        return rises(seen, targets, model.blocks[0].mlp.W_out @ model.W_U)


def rank_correlation(one: Tensor, other: Tensor) -> float:
    """Spearman's correlation of two lists [n]: 1 if they rank alike, 0 if unrelated, -1 if reversed.

    Equal values share their mean rank. Pairs of zeros, such as dead neurons, are left out.
    """
    some = (one != 0) | (other != 0)
    return torch.corrcoef(torch.stack([_ranks(one[some]), _ranks(other[some])]))[0, 1].item()


def _ranks(values: Tensor) -> Tensor:
    """The rank of each value [n], from 1; equal ones share their mean rank."""
    _, which, times = values.unique(return_inverse=True, return_counts=True)
    return (times.cumsum(0) - (times - 1) / 2)[which].double()


def pictures(model: TransformerBridge, task: TwoOperations) -> dict[str, Tensor]:
    """For each operation the neurons at the "=" over (a, b): [p, p, neuron]."""
    p, device = task.modulus, model.W_E.device
    return {
        name: at_the_end(model, task.questions(name).tokens.to(device)).neurons.view(p, p, -1)
        for name in task.operations
    }


class Shared(NamedTuple):
    """Neurons that respond under two operations, and how many respond to one frequency under both."""

    used: Tensor  # [neuron], True for those that vary under both
    table: (
        Tensor  # [k, k], how many of them have which best frequency under one and under the other
    )
    share: float  # of the used ones, those with the same best frequency


def same_frequency(one: Tensor, other: Tensor) -> Shared:
    """Do the neurons of two pictures [p, p, neuron] respond to the same frequencies?"""
    sizes = torch.stack([one.std((0, 1)), other.std((0, 1))])
    used = (sizes > 0.05 * sizes.max()).all(0)
    first, second = (fourier.frequency_of(picture[..., used])[0].cpu() for picture in (one, other))
    n = len(one) // 2
    table = torch.bincount((first - 1) * n + second - 1, minlength=n * n).view(n, n).double()
    return Shared(used, table, (table.trace() / table.sum()).item())


def answers_with(
    model: TransformerBridge, task: TwoOperations, asked: str, taken: str, parts: list[str]
) -> Tensor:
    """Answers [p * p] to all questions of one operation, with parts taken from the same questions of another.

    `parts` name what is taken over: "pattern" is every head's attention, "values" the operator's values.
    """
    device = model.W_E.device
    donor, tokens = (task.questions(name).tokens.to(device) for name in (taken, asked))
    with torch.no_grad():
        _, cache = model.run_with_cache(donor, names_filter=[PATTERN, VALUES])

        def pattern(old: Tensor, hook: object) -> Tensor:
            return cache[PATTERN]

        def values(old: Tensor, hook: object) -> Tensor:
            new = old.clone()
            new[:, OPERATOR] = cache[VALUES][:, OPERATOR]
            return new

        ways = {"pattern": (PATTERN, pattern), "values": (VALUES, values)}
        logits = model.run_with_hooks(tokens, fwd_hooks=[ways[part] for part in parts])
    return logits[:, -1].argmax(-1)


def turned(
    model: TransformerBridge, task: TwoOperations, asked: str, taken: str
) -> dict[str, float]:
    """The share of questions answered as the other operation would have it, by what was taken from it.

    Questions with the same right answer under both are left out.
    """
    own, other = (task.questions(name).targets[:, -1] for name in (asked, taken))
    differ = (own != other).to(model.W_E.device)
    found = {}
    for name, parts in {
        "nothing": [],
        "pattern": ["pattern"],
        "values at the operator": ["values"],
        "both": ["pattern", "values"],
    }.items():
        said = answers_with(model, task, asked, taken, parts)
        found[name] = (said == other.to(said.device))[differ].float().mean().item()
    return found
