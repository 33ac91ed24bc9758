"""The known structure of two models as numbers, and how much of it a blind method shows."""

from collections.abc import Callable
from itertools import combinations

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import decompositions, fourier
from lab.task import ModularArithmetic

Reduce = Callable[[Tensor], Tensor]
PLACES = {"resid_post": "blocks.0.hook_resid_post", "neurons": "blocks.0.mlp.hook_post"}


def observations(model: TransformerBridge, task: ModularArithmetic) -> dict[str, Tensor]:
    """What the methods get to see: W_E [p, d_model]; at the "=", on every pair, [p * p, width]. And the logits
    [p * p, p], from which the truth is read."""
    tokens, p = task.encode(task.pairs().to(model.W_E.device)).tokens, task.modulus
    with torch.no_grad():
        logits, cache = model.run_with_cache(tokens, names_filter=list(PLACES.values()))
    inside = {short: cache[name][:, -1] for short, name in PLACES.items()}
    return {"W_E": model.W_E[:p].detach(), "logits": logits[:, -1, :p]} | inside


def key_frequencies(rows: Tensor) -> list[int]:
    """Frequencies with more than twice their even share of the norm of rows [p, d], strongest first."""
    share = fourier.spectrum(rows)
    found = [int(k) + 1 for k in share.argsort(descending=True) if share[k] > 2 / len(share)]
    return found or [int(share.argmax()) + 1]


def by_sum(data: Tensor) -> Tensor:
    """The mean of data [p * p, d] over the pairs with each sum modulo p: [p, d]."""
    p = round(len(data) ** 0.5)
    n = torch.arange(p, device=data.device)
    sums = (n[:, None] + n).flatten() % p
    return torch.zeros(p, data.shape[1], device=data.device).index_add(0, sums, data) / p


def circles(n: Tensor, keys: list[int], p: int) -> list[Tensor]:
    """For each key frequency the circle that numbers n run around: [len(n), 2] each."""
    angles = [2 * torch.pi * k * n.float() / p for k in keys]
    return [torch.stack([angle.cos(), angle.sin()], dim=1) for angle in angles]


def truths(adder: dict[str, Tensor], p: int) -> dict[str, dict[str, list[Tensor]]]:
    """By structure and object, the true units [n, dimensions] of a model that adds and of one that compares.

    The circles have the key frequencies of the adder's logits, whatever the object. Taken from the object, they
    would be the ones in which it varies most. The order is of the numbers, and of the larger one at the "=".
    """
    n = torch.arange(p, device=adder["W_E"].device)
    a, b = torch.cartesian_prod(n, n).T
    keys = key_frequencies(by_sum(adder["logits"]))
    return {
        "circles": {"W_E": circles(n, keys, p)}
        | {name: circles((a + b) % p, keys, p) for name in PLACES},
        "order": {"W_E": [n.float()[:, None]]}
        | {name: [torch.maximum(a, b).float()[:, None]] for name in PLACES},
    }


def scores(found: Tensor, units: list[Tensor]) -> tuple[float, float]:
    """Coverage and visibility of true units [n, t] in components [n, k].

    Coverage: the share of all units that is linear in the components. Visibility: the share of one unit
    that is linear in as few components as it has dimensions, the best ones; the mean over units.
    """
    coverage = decompositions.explained(torch.cat(units, dim=1), found)
    best = [
        max(
            decompositions.explained(unit, found[:, few])
            for few in map(list, combinations(range(found.shape[1]), unit.shape[1]))
        )
        for unit in units
    ]
    return coverage, sum(best) / len(best)


def methods(k: int) -> dict[str, Reduce]:
    """The methods by name: data [n, d] to components [n, k]. NMF is for data without negative entries."""
    return {
        "PCA": lambda data: decompositions.pca(data, k),
        "ICA": lambda data: decompositions.ica(data, k),
        "NMF": lambda data: decompositions.nmf(data, k)[0],
    }


def random_scores(
    data: Tensor, units: list[Tensor], k: int, draws: int = 8
) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the scores of k random directions: [2] each."""
    drawn = torch.tensor(
        [scores(decompositions.random_directions(data, k, seed), units) for seed in range(draws)]
    )
    return drawn.mean(0), drawn.std(0)


def gap_of_the_ends(place: Tensor, most: int = 4) -> float:
    """How much farther apart numbers are across the ends than elsewhere: place [n, 2] in the order of the numbers.

    The last numbers are followed by the first, up to `most` steps apart: their distance over the median distance
    of other numbers as many steps apart, in the median over these pairs. 1 where the ends meet as neighbours do.
    """
    distances, n = torch.cdist(place, place), torch.arange(len(place), device=place.device)
    ratios = []
    for step in range(1, most + 1):
        apart = distances[n, n.roll(-step)]
        ratios.append(apart[-step:] / apart[:-step].median())
    return torch.cat(ratios).median().item()
