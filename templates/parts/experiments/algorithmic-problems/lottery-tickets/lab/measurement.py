"""Tickets and their controls at the same density, and what a mask says about the circuit before training."""

import torch
from torch import Tensor

from lab import fourier, many
from lab.many import Outcome, Weights
from lab.settings import Settings
from lab.task import ModularArithmetic


def tickets(
    start: Weights, dense: Outcome, task: ModularArithmetic, settings: Settings
) -> tuple[list[Weights], list[Outcome]]:
    """Masks and trained networks of each round of pruning and rewinding; round 0 is dense."""
    masks = [{name: torch.ones_like(value) for name, value in start.items()}]
    found = [dense]
    for round_ in range(1, settings.n_rounds + 1):
        masks.append(many.prune(found[-1].weights, masks[-1], settings.prune_share))
        rewound = many.masked(start, masks[-1])
        found.append(
            many.train_many(rewound, task, settings, masks=masks[-1], name=f"round {round_}")
        )
    return masks, found


def controls(
    start: Weights, fresh: Weights, dense: Weights, young: Weights, masks: list[Weights]
) -> dict[str, list[tuple[Weights, Weights]]]:
    """By name, initial weights and mask for each round from 1 on, with as many weights left as the ticket.

    - random mask: as many weights of each matrix, anywhere;
    - fresh weights: the ticket's mask over other initial weights;
    - rows permuted: the ticket's mask with the rows of each matrix in another order;
    - in one go: the largest weights of the finished network, pruned once;
    - young mask: the largest weights of a network that was stopped before it generalised.
    """
    whole = masks[0]
    left = [many.density(mask) for mask in masks[1:]]
    rounds = list(enumerate(masks[1:], start=1))
    return {
        "random mask": [(start, many.shuffled(mask, seed=i)) for i, mask in rounds],
        "fresh weights": [(fresh, mask) for _, mask in rounds],
        "rows permuted": [(start, many.rows_permuted(mask, seed=i)) for i, mask in rounds],
        "in one go": [(start, many.prune(dense, whole, 1 - share)) for share in left],
        "young mask": [(start, many.prune(young, whole, 1 - share)) for share in left],
    }


def in_one_go(start: Weights, dense: Outcome, density: float) -> Weights:
    """The mask of the largest weights of the dense networks, this share of each matrix."""
    whole = {name: torch.ones_like(value) for name, value in start.items()}
    return many.prune(dense.weights, whole, 1 - density)


def with_anothers_change(start: Weights, dense: Weights) -> Weights:
    """Each network's initial weights plus what training changed in the one before it, [seed, ...]: what it
    would be if the change had nothing to do with where it began."""
    return {name: value + (dense[name] - value).roll(1, 0) for name, value in start.items()}


def train_all(
    trials: list[tuple[Weights, Weights]], task: ModularArithmetic, settings: Settings, name: str
) -> Outcome:
    """All of one control side by side, in the order round, seed."""
    masks = many.join([mask for _, mask in trials])
    start = many.masked(many.join([initial for initial, _ in trials]), masks)
    return many.train_many(start, task, settings, masks=masks, name=name)


def mean_steps(steps: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over seeds of steps [..., seed] of those that got there, nan if none did; and how many did."""
    return steps.nanmean(-1), (~steps.isnan()).sum(-1)


def key_frequencies(embedding: Tensor, how_many: int) -> Tensor:
    """The strongest frequencies of an embedding [p, d], as indices from 0: [how_many]."""
    return fourier.spectrum(embedding).topk(how_many).indices


def share_at(embedding: Tensor, keys: Tensor) -> float:
    """The share of the norm of an embedding [p, d] at these frequencies: how_many / (p // 2) by chance."""
    return fourier.spectrum(embedding)[keys].sum().item()


def random_band(like: Tensor, how_many: int, draws: int = 200) -> tuple[float, float]:
    """Where the share of norm at `how_many` frequencies lies for normal embeddings of the shape of one [p, d]:
    two standard deviations to either side of the mean."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(draws, *like.shape, generator=generator)
    shares = torch.tensor([share_at(one, torch.arange(how_many)) for one in drawn])
    mean, spread = shares.mean().item(), shares.std().item()
    return mean - 2 * spread, mean + 2 * spread


def overlap(one: Tensor, other: Tensor) -> float:
    """How much of their spectra two embeddings [p, d] have in common: 1 the same, 0 nothing."""
    return torch.minimum(fourier.spectrum(one), fourier.spectrum(other)).sum().item()
