"""What each hidden neuron of the MLP reads from the two numbers, and what it writes for them."""

from typing import NamedTuple

import torch
from torch import Tensor

from lab import fourier
from lab.data import Batch
from lab.model import MLP


class Waves(NamedTuple):
    """The strongest frequency of each column, the share of its variance, and its phase: [..., column].

    A column n -> cos(2 pi k n / p + phase) has frequency k, share 1 and this phase, -pi to pi.
    """

    frequency: Tensor
    share: Tensor
    phase: Tensor


def read(model: MLP) -> Tensor:
    """What each number adds to each neuron, read first and read second: [2, p, d_mlp].

    A neuron's input is the sum of the two, so it is this table and nothing else.
    """
    return (model.W_E @ model.W_in).detach()


def strongest(weights: Tensor) -> Waves:
    """The strongest wave of weights [..., p, column] over the numbers 0 to p - 1."""
    by_number = weights.movedim(-2, 0)
    share, index = fourier.power(by_number).max(0)
    coefficients = torch.tensordot(fourier.basis(len(by_number), weights.device), by_number, dims=1)
    cosine = coefficients.gather(0, 2 * index[None] + 1)[0]
    sine = coefficients.gather(0, 2 * index[None] + 2)[0]
    return Waves(index + 1, share, torch.atan2(-sine, cosine))


def keeping(weights: Tensor, frequency: Tensor) -> Tensor:
    """The part of weights [..., p, column] that is constant or a wave of each column's frequency.

    `frequency` [..., column] is from 1 to (p - 1) / 2, for an odd p.
    """
    by_number = weights.movedim(-2, 0)
    basis = fourier.basis(len(by_number), weights.device)
    coefficients = torch.tensordot(basis, by_number, dims=1)
    of_row = (torch.arange(len(basis), device=weights.device) + 1) // 2  # 0, 1, 1, 2, 2, ...
    of_row = of_row.view(-1, *[1] * frequency.dim())
    kept = coefficients * ((of_row == 0) | (of_row == frequency))
    return torch.tensordot(basis.T, kept, dims=1).movedim(0, -2)


def accuracy_with(weights: Tensor, model: MLP, batch: Batch) -> float:
    """Accuracy on a batch when the neurons read these weights [2, p, d_mlp] instead of their own."""
    first, second = batch.tokens.T
    with torch.no_grad():
        logits = model.act(weights[0, first] + weights[1, second]) @ model.W_out
    return (logits.argmax(-1) == batch.targets).float().mean().item()


def accuracies(model: MLP, batch: Batch, draws: int = 10) -> tuple[dict[str, float], float]:
    """Accuracy as the model is and when each neuron reads part of its weights, on either side.

    `a frequency at random` is the mean of some draws; their standard deviation is the second result.
    """
    weights = read(model)
    frequency = strongest(weights).frequency
    most, generator = weights.shape[1] // 2, torch.Generator().manual_seed(0)
    drawn = [
        torch.randint(1, most + 1, frequency.shape, generator=generator).to(weights.device)
        for _ in range(draws)
    ]
    random = torch.tensor([accuracy_with(keeping(weights, k), model, batch) for k in drawn])
    mean = weights.mean(1, keepdim=True)
    without = weights - keeping(weights, frequency) + mean
    return {
        "all of its weights": accuracy_with(weights, model, batch),
        "its strongest frequency": accuracy_with(keeping(weights, frequency), model, batch),
        "all but that": accuracy_with(without, model, batch),
        "a frequency at random": random.mean().item(),
    }, random.std().item()


def product_share(activations: Tensor) -> Tensor:
    """The share of each neuron's variance over (a, b) that is no sum f(a) + g(b): [p, p, d] gives [d]."""
    centred = activations - activations.mean((0, 1))
    apart = centred - centred.mean(0) - centred.mean(1, keepdim=True)
    return apart.square().sum((0, 1)) / centred.square().sum((0, 1)).clamp_min(1e-12)


def phases(model: MLP, sign: int = 1) -> tuple[Tensor, Tensor]:
    """Phase in a + sign * phase in b, and phase of the output: [n] each, in radians.

    For the n neurons whose strongest frequency is the same in a, in b and in the logits.
    """
    inside, outside = strongest(read(model)), strongest(model.W_out.detach().T)
    same = (inside.frequency[0] == inside.frequency[1]) & (inside.frequency[0] == outside.frequency)
    return (inside.phase[0] + sign * inside.phase[1])[same], outside.phase[same]


def agreement(one: Tensor, other: Tensor) -> float:
    """How closely two lists of angles [n] agree: 1 if they are equal, near 0 if unrelated, -1 if opposite."""
    return torch.cos(one - other).mean().item()


def hidden(model: MLP, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The neurons before and after the nonlinearity on tokens [p * p, 2] in order: [p, p, d_mlp] each."""
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    p = round(len(tokens) ** 0.5)
    return cache["hook_pre"].view(p, p, -1), cache["hook_post"].view(p, p, -1)
