"""What each hidden neuron of the MLP reads from the two numbers, and what it writes for them."""

import torch
from torch import Tensor

from lab import fourier
from lab.data import Batch
from lab.model import MLP


def read(model: MLP) -> Tensor:
    """What each number adds to each neuron, read first and read second: [2, p, d_mlp].

    A neuron's input is the sum of the two, so it is this table and nothing else.
    """
    return (model.W_E @ model.W_in).detach()


def accuracy_with(weights: Tensor, model: MLP, batch: Batch) -> float:
    """Accuracy on a batch when the neurons read these weights [2, p, d_mlp] instead of their own."""
    first, second = batch.tokens.T
    with torch.no_grad():
        logits = model.act(weights[0, first] + weights[1, second]) @ model.W_out
    return (logits.argmax(-1) == batch.targets).float().mean().item()


def accuracies(model: MLP, batch: Batch) -> dict[str, float]:
    """Accuracy as the model is and when each neuron reads part of its weights, on either side.

    The second strongest frequency is the control: it is made as large as the strongest.
    """
    weights = read(model)
    mean = weights.mean(1, keepdim=True)
    first = fourier.keeping(weights, fourier.strongest(weights).frequency) - mean
    rest = weights - first
    second = fourier.keeping(rest, fourier.strongest(rest).frequency) - mean
    scale = first.norm(dim=1, keepdim=True) / second.norm(dim=1, keepdim=True).clamp_min(1e-12)
    parts = {
        "all of its weights": weights,
        "the strongest frequency": mean + first,
        "all but that": rest,
        "the second strongest,\nmade as large": mean + second * scale,
    }
    return {name: accuracy_with(part, model, batch) for name, part in parts.items()}


def regular(model: MLP, least: float = 0.9) -> Tensor:
    """Whether one wave holds at least this share of what a neuron reads, of a and of b: bool [d_mlp]."""
    return fourier.strongest(read(model)).share.amin(0) >= least


def product_share(activations: Tensor) -> Tensor:
    """The share of each neuron's variance over (a, b) that is no sum f(a) + g(b): [p, p, d] gives [d]."""
    centred = activations - activations.mean((0, 1))
    apart = centred - centred.mean(0) - centred.mean(1, keepdim=True)
    return apart.square().sum((0, 1)) / centred.square().sum((0, 1)).clamp_min(1e-12)


def one_frequency(model: MLP) -> Tensor:
    """Whether a neuron's strongest frequency is the same in a, in b and in the logits: bool [d_mlp]."""
    inside, outside = fourier.strongest(read(model)), fourier.strongest(model.W_out.detach().T)
    return (inside.frequency[0] == inside.frequency[1]) & (inside.frequency[0] == outside.frequency)


def phases(model: MLP, sign: int = 1) -> tuple[Tensor, Tensor]:
    """Phase in a + sign * phase in b, and phase of the output: [n] each, in radians.

    For the n neurons of `one_frequency`.
    """
    inside, outside = fourier.strongest(read(model)), fourier.strongest(model.W_out.detach().T)
    same = one_frequency(model)
    return (inside.phase[0] + sign * inside.phase[1])[same], outside.phase[same]


def hidden(model: MLP, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The neurons before and after the nonlinearity on tokens [p * p, 2] in order: [p, p, d_mlp] each."""
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    p = round(len(tokens) ** 0.5)
    return cache["hook_pre"].view(p, p, -1), cache["hook_post"].view(p, p, -1)
