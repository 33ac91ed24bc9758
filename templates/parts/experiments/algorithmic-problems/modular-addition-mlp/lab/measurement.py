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


def accuracies(model: MLP, batch: Batch, draws: int = 10) -> tuple[dict[str, float], float]:
    """Accuracy as the model is and when each neuron reads part of its weights, on either side.

    `a frequency at random` is the mean of some draws; their standard deviation is the second result.
    """
    weights = read(model)
    frequency = fourier.strongest(weights).frequency
    most, generator = weights.shape[1] // 2, torch.Generator().manual_seed(0)
    drawn = [
        torch.randint(1, most + 1, frequency.shape, generator=generator).to(weights.device)
        for _ in range(draws)
    ]
    random = torch.tensor([accuracy_with(fourier.keeping(weights, k), model, batch) for k in drawn])
    mean = weights.mean(1, keepdim=True)
    without = weights - fourier.keeping(weights, frequency) + mean
    return {
        "all of its weights": accuracy_with(weights, model, batch),
        "its strongest frequency": accuracy_with(fourier.keeping(weights, frequency), model, batch),
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
    inside, outside = fourier.strongest(read(model)), fourier.strongest(model.W_out.detach().T)
    same = (inside.frequency[0] == inside.frequency[1]) & (inside.frequency[0] == outside.frequency)
    return (inside.phase[0] + sign * inside.phase[1])[same], outside.phase[same]


def hidden(model: MLP, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The neurons before and after the nonlinearity on tokens [p * p, 2] in order: [p, p, d_mlp] each."""
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    p = round(len(tokens) ** 0.5)
    return cache["hook_pre"].view(p, p, -1), cache["hook_post"].view(p, p, -1)
