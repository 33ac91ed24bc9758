"""Groups found without knowing what they should be, and how well they agree with known ones."""

import torch
from torch import Tensor


def k_means(data: Tensor, k: int, seed: int = 0, starts: int = 10, steps: int = 50) -> Tensor:
    """The group 0 .. k - 1 of each row of data [n, d]: [n].

    The best of several starts, each from rows drawn far apart (Arthur and Vassilvitskii 2007).
    """
    generator = torch.Generator().manual_seed(seed)
    best, least = torch.zeros(len(data), dtype=torch.long, device=data.device), torch.inf
    for _ in range(starts):
        centres = _spread_out(data, k, generator)
        for _ in range(steps):
            group = torch.cdist(data, centres).argmin(1)
            member = torch.nn.functional.one_hot(group, k).to(data.dtype)
            means = member.T @ data / member.sum(0).clamp_min(1)[:, None]
            centres = torch.where(member.sum(0)[:, None] > 0, means, centres)
        distance, group = torch.cdist(data, centres).min(1)
        if (spread := distance.square().sum().item()) < least:
            best, least = group, spread
    return best


def adjusted_rand(one: Tensor, other: Tensor) -> float:
    """How well two groupings [n] of the same things agree: 1 the same, 0 as well as by chance.

    Names of groups do not matter. Hubert and Arabie (1985), equation 5.
    """
    _, one = one.unique(return_inverse=True)
    _, other = other.unique(return_inverse=True)
    table = torch.zeros(int(one.max()) + 1, int(other.max()) + 1, dtype=torch.float64)
    table.index_put_((one.cpu(), other.cpu()), torch.ones(len(one)).double(), accumulate=True)
    together, rows, columns = (
        _pairs(counts).sum() for counts in (table, table.sum(1), table.sum(0))
    )
    expected = rows * columns / _pairs(table.sum())
    most = (rows + columns) / 2
    return ((together - expected) / (most - expected)).item() if most != expected else 1.0


def _pairs(counts: Tensor) -> Tensor:
    return counts * (counts - 1) / 2


def _spread_out(data: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """k rows, each drawn in proportion to its squared distance from those before it."""
    chosen = [int(torch.randint(len(data), (1,), generator=generator))]
    for _ in range(k - 1):
        nearest = torch.cdist(data, data[chosen]).amin(1).square().cpu()
        chance = nearest if nearest.sum() > 0 else torch.ones(len(data))
        chosen.append(int(torch.multinomial(chance, 1, generator=generator)))
    return data[chosen]
