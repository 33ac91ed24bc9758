"""How sharply a neuron, or all neurons of a layer together, say that a feature of the board holds."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab.task import EMPTY, MINE, THEIRS, Othello

KINDS = ["mine", "theirs", "empty", "legal"]


class Features(NamedTuple):
    """What can be said of a position: each square mine, theirs or empty, each move legal."""

    values: Tensor  # booleans [game, turn, feature]
    names: list[str]
    kinds: Tensor  # [feature], an index of KINDS


def features(task: Othello, low: float = 0.02, high: float = 0.5) -> Features:
    """The features of the held-out positions that hold in more than a share `low` of them and in less
    than `high`: what nearly always holds is named well by anything."""
    boards, rules = task.boards(task.games), task.rules
    values = [boards == state for state in (MINE, THEIRS, EMPTY)]
    values.append(task.held_out().targets[..., 1:] > 0)
    squares = [range(rules.n_squares)] * 3 + [rules.playable]
    names = [
        f"{rules.name(square)} {kind}"
        for kind, where in zip(KINDS, squares, strict=True)
        for square in where
    ]
    kinds = [i for i, where in enumerate(squares) for _ in where]
    every = torch.cat(values, dim=-1)
    share = every.float().mean((0, 1))
    kept = ((share > low) & (share < high)).nonzero()[:, 0].tolist()
    return Features(
        every[..., kept], [names[i] for i in kept], torch.tensor([kinds[i] for i in kept])
    )


def cuts(values: Tensor, truth: Tensor) -> Tensor:
    """For each feature and column of values [n, column] the cut above which a column is on as often as the
    feature truth [n, feature] holds: [feature, column]."""
    order = values.sort(0, descending=True).values
    rank = truth.sum(0).long().clamp(1, len(values))
    return order[rank - 1]


def agreement(on: Tensor, holds: Tensor) -> Tensor:
    """F1 of yes [n, column] for what holds [n, column or 1], chance taken off: 0 for a yes at random, however
    frequent, 1 for one that is always right. That is Cohen's kappa; without it common features win every choice."""
    yes, true = on.float().mean(0), holds.float().mean(0)
    both = (on & holds).float().mean(0)
    return 2 * (both - yes * true) / (yes + true - 2 * yes * true).clamp_min(1e-9)


def scores_at(values: Tensor, truth: Tensor, limits: Tensor) -> Tensor:
    """F1 above chance of "column above its cut" for every feature, of values [n, column], truth [n, feature]
    and cuts [feature, column]: [feature, column]."""
    pairs = zip(truth.T, limits, strict=True)
    return torch.stack([agreement(values >= limit, holds[:, None]) for holds, limit in pairs])


def halves(values: Tensor) -> tuple[Tensor, Tensor]:
    """The positions of the first and of the second half of the games: [n, ...] each."""
    half = len(values) // 2
    return values[:half].flatten(0, 1), values[half:].flatten(0, 1)


class Best(NamedTuple):
    """For each of some things the best partner on one half of the games, and the F1 above chance on the
    other."""

    partner: Tensor
    score: Tensor


class Alone(NamedTuple):
    """What single neurons say, on fresh games."""

    by_neuron: Best  # [neuron], partners are features
    by_feature: (
        Best  # [feature], partners are neurons, those from n_neurons on with the sign turned
    )


def alone(post: Tensor, truth: Tensor) -> Alone:
    """The best feature of each neuron and the best neuron of each feature, chosen and cut on one half of the
    games and scored on the other. post [game, turn, neuron], truth [game, turn, feature].

    A neuron may speak by being high or by being low, and has a cut of its own for each feature.
    """
    seen, fresh = halves(torch.cat([post, -post], dim=-1))
    known, asked = halves(truth)
    limits = cuts(seen, known)
    chosen = scores_at(seen, known, limits)  # [feature, 2 * neuron]
    scored = scores_at(fresh, asked, limits)
    neuron = chosen.argmax(1)
    both_signs = chosen.unflatten(1, (2, -1))  # [feature, sign, neuron]
    flat = both_signs.flatten(0, 1).argmax(0)  # [neuron], an index of (feature, sign)
    columns = torch.arange(post.shape[-1], device=post.device)
    of_neuron = scored.unflatten(1, (2, -1)).flatten(0, 1)[flat, columns]
    return Alone(Best(flat // 2, of_neuron), Best(neuron, scored.gather(1, neuron[:, None])[:, 0]))


def together(post: Tensor, truth: Tensor, ridge: float = 1e-2) -> Tensor:
    """F1 above chance on fresh games of a linear readout of all neurons for each feature, [feature], fitted and cut on
    the other half of the games as in `alone`."""
    (seen, fresh), (known, asked) = halves(post.double()), halves(truth)
    mean, share = seen.mean(0), known.double().mean(0)
    centred = seen - mean
    gram = centred.T @ centred
    gram.diagonal().add_(ridge * gram.diagonal().mean() + 1e-9)
    weights = torch.linalg.solve(gram, centred.T @ (known.double() - share))
    said, says = centred @ weights, (fresh - mean) @ weights
    limits = cuts(said, known).diagonal()
    return agreement(says >= limits, asked)


def activations(
    model: TransformerBridge, tokens: Tensor, layers: Iterable[int]
) -> dict[int, Tensor]:
    """What the MLP neurons of these layers say at every position, by layer: [game, turn, neuron] each."""
    names = {layer: f"blocks.{layer}.mlp.hook_post" for layer in layers}
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=list(names.values()))
    return {layer: cache[name] for layer, name in names.items()}


def turned(
    model: TransformerBridge, tokens: Tensor, layers: Iterable[int], seed: int = 0
) -> dict[int, Tensor]:
    """As `activations`, but what each of these layers' neurons read is turned at random: they are random mixtures
    of the same stream, with the sizes and the angles between neurons that the layer has."""
    drawn = torch.randn(
        model.cfg.d_model, model.cfg.d_model, generator=torch.Generator().manual_seed(seed)
    )
    turn = torch.linalg.qr(drawn)[0].to(tokens.device)
    found: dict[int, Tensor] = {}
    for layer in layers:
        hook = (f"blocks.{layer}.mlp.hook_in", lambda value, hook: value @ turn)
        with model.hooks(fwd_hooks=[hook]):
            found |= activations(model, tokens, [layer])
    return found


def above(scores: Tensor, control: Tensor) -> Tensor:
    """Which scores [neuron] lie above 99 % of those of a control [neuron]."""
    return scores > control.quantile(0.99)
