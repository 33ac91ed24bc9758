"""What each neuron contributes to each stored fact, and which facts are lost without it."""

from typing import NamedTuple

import torch
from torch import Tensor

from lab.data import Batch
from lab.model import MLP


def pushes(model: MLP, facts: Batch) -> Tensor:
    """What each neuron adds to the right logit minus the wrong one: [fact, neuron], in nats.

    Their sum over neurons is the margin of the fact: above 0 it is recalled.
    """
    with torch.no_grad():
        _, cache = model.run_with_cache(facts.tokens)
        right_minus_wrong = model.W_out[:, facts.targets] - model.W_out[:, 1 - facts.targets]
        return cache["hook_post"] * right_minus_wrong.T


def sharers(push: Tensor) -> Tensor:
    """How many neurons have a part in each fact: [fact], n if n push equally hard, either way.

    (sum of |push|)^2 / sum of squares, the participation ratio.
    """
    return push.abs().sum(1).square() / push.square().sum(1).clamp_min(1e-12)


def lost(push: Tensor, taken: Tensor) -> Tensor:
    """Which recalled facts fall when `taken` [fact, neuron] is taken from their margin: [fact, neuron].

    A fact that is wrong already cannot be lost.
    """
    margin = push.sum(1, keepdim=True)
    return (margin > 0) & (margin - taken <= 0)


class Noise(NamedTuple):
    """Facts lost when each neuron's pushes are dealt out anew over the facts: means and spreads over draws."""

    by_neuron: Tensor  # [neuron], mean
    by_neuron_spread: Tensor
    needed: Tensor  # [n], mean number of facts that 0, 1, 2, ... such losses hit
    needed_spread: Tensor


def noise(push: Tensor, longest: int, draws: int = 20) -> Noise:
    """The control: as much is taken as a neuron gives, from other facts. `needed` has `longest` entries."""
    generator = torch.Generator().manual_seed(0)
    by_neuron, needed = [], []
    for _ in range(draws):
        order = torch.rand(push.shape, generator=generator).argsort(0).to(push.device)
        fallen = lost(push, push.gather(0, order))
        by_neuron.append(fallen.sum(0).float())
        needed.append(counts(fallen, longest))
    one, other = torch.stack(by_neuron), torch.stack(needed)
    return Noise(one.mean(0), one.std(0), other.mean(0), other.std(0))


def counts(fallen: Tensor, longest: int) -> Tensor:
    """How many facts cannot do without 0, 1, 2, ... of the neurons: [longest], the last one "or more"."""
    return fallen.sum(1).clamp(max=longest - 1).bincount(minlength=longest).float()


def token_concentration(fallen: Tensor, tokens: Tensor) -> Tensor:
    """How unevenly the facts that fall with each neuron are spread over tokens: [neuron].

    fallen [fact, neuron], tokens [fact] (the first of each pair, or the second). The variance of the
    number of losses over tokens, divided by what a random spread would have: about 1 by chance,
    near the number of facts a token has if a neuron serves whole tokens.
    """
    n_tokens = int(tokens.max()) + 1
    size = tokens.bincount(minlength=n_tokens).float()[:, None]
    hits = torch.zeros(n_tokens, fallen.shape[1], device=fallen.device)
    hits = hits.index_add(0, tokens, fallen.float())
    share = fallen.float().mean(0)
    expected = size * share
    variance = (size * share * (1 - share)).clamp_min(1e-9)
    return ((hits - expected).square() / variance).mean(0)
