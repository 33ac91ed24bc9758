"""Linear probes: what can be read off the residual stream by a linear map, layer by layer.

A probe that reads something shows that it is there, not that the model uses it. Every score comes
from examples that the probe was not fitted on, and is to be compared with a control: the same labels
shuffled (Hewitt and Liang 2019, https://arxiv.org/abs/1909.03368), or an untrained model.
"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge


def residuals(model: TransformerBridge, tokens: Tensor, position: int | None = None) -> Tensor:
    """The residual stream before the first layer and after each: [n_layers + 1, batch, pos, d_model].

    With a position the dimension `pos` is gone.
    """
    names = ["blocks.0.hook_resid_pre"]
    names += [f"blocks.{layer}.hook_resid_post" for layer in range(model.cfg.n_layers)]
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=names)
    stream = torch.stack([cache[name] for name in names])
    return stream if position is None else stream[:, :, position]


def layer_names(model: TransformerBridge) -> list[str]:
    """A name for each layer of `residuals`, for the axis of a figure."""
    return ["embedding", *(f"after layer {layer}" for layer in range(model.cfg.n_layers))]


def probe_accuracy(
    features: Tensor, labels: Tensor, *, test_share: float = 0.3, ridge: float = 1e-2, seed: int = 0
) -> float:
    """Accuracy on held-out examples of a linear classifier of labels [n] from features [n, d].

    The classifier is ridge regression on one-hot labels, in closed form, with the strength `ridge`
    relative to the mean variance of a feature; the guess is the class with the largest output.
    """
    classes, index = labels.unique(return_inverse=True)
    fit, test = _split(len(labels), test_share, seed, labels.device)
    one_hot = torch.nn.functional.one_hot(index, len(classes)).to(features.dtype)
    predicted = _ridge(features[fit], one_hot[fit], features[test], ridge)
    return (predicted.argmax(-1) == index[test]).float().mean().item()


def probe_r2(
    features: Tensor, values: Tensor, *, test_share: float = 0.3, ridge: float = 1e-2, seed: int = 0
) -> float:
    """The share of the variance of values [n] that a linear map of features [n, d] explains, on
    held-out examples; 0 for a guess of the mean, negative for worse, nan where there is no variance."""
    values = values.to(features.dtype)
    fit, test = _split(len(values), test_share, seed, values.device)
    predicted = _ridge(features[fit], values[fit, None], features[test], ridge)[:, 0]
    left = (values[test] - predicted).square().sum()
    there = (values[test] - values[test].mean()).square().sum()
    return (1 - left / there).item() if there > 0 else float("nan")


def shuffled(labels: Tensor, seed: int = 0) -> Tensor:
    """The labels of other examples: a probe that reads these reads nothing."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    return labels[order.to(labels.device)]


def most_common(labels: Tensor) -> float:
    """The accuracy of always guessing the most common label: what a probe has to beat."""
    return labels.unique(return_counts=True)[1].max().item() / len(labels)


def _split(n: int, test_share: float, seed: int, device: torch.device) -> tuple[Tensor, Tensor]:
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).to(device)
    cut = max(1, round(test_share * n))
    return order[cut:], order[:cut]


def _ridge(x: Tensor, y: Tensor, at: Tensor, strength: float) -> Tensor:
    mean_x, mean_y = x.mean(0), y.mean(0)
    centred = x - mean_x
    gram = centred.T @ centred
    gram.diagonal().add_(strength * gram.diagonal().mean() + 1e-8)
    weights = torch.linalg.solve(gram, centred.T @ (y - mean_y))
    return (at - mean_x) @ weights + mean_y
