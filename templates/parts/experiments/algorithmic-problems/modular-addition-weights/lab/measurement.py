"""Every matrix of the model, how many directions it uses, and which neurons are alike in which object."""

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import clusters, decompositions, fourier
from lab.data import IGNORE, Batch
from lab.task import ModularArithmetic


class ShuffledAnswers(ModularArithmetic):
    """The same questions with the training answers dealt out anew: nothing to find but a list."""

    def train_batch(self) -> Batch:
        """The training pairs, each with the answer of another one."""
        generator = torch.Generator().manual_seed(0)
        tokens, targets = self.training
        dealt = torch.randperm(len(tokens), generator=generator).to(tokens.device)
        return Batch(tokens, torch.where(targets == IGNORE, targets, targets[dealt]))

    def held_out(self) -> Batch:
        """The list itself: what is asked is whether it is known."""
        return self.train_batch()


def matrices(model: TransformerBridge, p: int) -> dict[str, Tensor]:
    """Every matrix between the p numbers and their logits; heads stand side by side in QK and OV."""
    with torch.no_grad():
        mlp = model.blocks[0].mlp
        w_q, w_k, w_v, w_o = model.W_Q[0], model.W_K[0], model.W_V[0], model.W_O[0]
        found = {
            "W_E": model.W_E[:p],
            "QK": torch.cat(list(w_q @ w_k.transpose(1, 2)), dim=1),
            "OV": torch.cat(list(w_v @ w_o), dim=1),
            "W_in": mlp.W_in,
            "W_out": mlp.W_out,
            "W_out W_U": mlp.W_out @ model.W_U[:, :p],
        }
    return {name: matrix.detach() for name, matrix in found.items()}


def effective_rank(singular: Tensor) -> float:
    """How many directions share the square of the singular values: n if n of them are equal.

    (sum of squares)^2 / sum of fourth powers, the participation ratio.
    """
    squared = singular.square()
    return (squared.sum() ** 2 / squared.square().sum()).item()


def strongest_wave(embedding: Tensor, first: int = 6) -> tuple[int, float]:
    """The frequency with the largest share of the norm of an embedding [p, d], and how much of its wave the first
    left singular vectors hold: 1 if all, `first` / (p - 1) for a wave that was not picked by its share."""
    left = torch.linalg.svd(embedding, full_matrices=False).U[:, :first]
    k = int(fourier.spectrum(embedding).argmax()) + 1
    wave = fourier.basis(len(embedding), embedding.device)[[2 * k - 1, 2 * k]].T
    return k, decompositions.explained(wave, left)


def wave_of_chance(embedding: Tensor, draws: int = 50) -> tuple[float, float]:
    """Mean and standard deviation of the second number of `strongest_wave` for random matrices of that shape."""
    drawn = []
    for seed in range(draws):
        generator = torch.Generator().manual_seed(seed)
        drawn.append(strongest_wave(torch.randn(embedding.shape, generator=generator))[1])
    values = torch.tensor(drawn)
    return values.mean().item(), values.std().item()


def neurons(model: TransformerBridge, task: ModularArithmetic) -> Tensor:
    """Activations after the nonlinearity at the "=" on every pair, in order: [p * p, neuron]."""
    tokens = task.encode(task.pairs().to(model.W_E.device)).tokens
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter="blocks.0.mlp.hook_post")
    return cache["blocks.0.mlp.hook_post"][:, -1]


def of_one_frequency(activations: Tensor, least: float = 0.5) -> tuple[Tensor, Tensor]:
    """Which neurons [neuron] have a frequency that explains at least that share, and which it is.

    `activations` [p * p, neuron]. Neurons without one have no true group.
    """
    p = round(len(activations) ** 0.5)
    frequency, share = fourier.frequency_of(activations.view(p, p, -1))
    alive = activations.amax(0) > 0.01 * activations.max()
    return alive & (share >= least), frequency


def objects(model: TransformerBridge, task: ModularArithmetic) -> dict[str, Tensor]:
    """Five descriptions of every neuron, [neuron, feature] each, without a Fourier feature in sight."""
    p, activations = task.modulus, neurons(model, task)
    found = matrices(model, p)
    with torch.no_grad():
        all_heads = (model.W_V[0] @ model.W_O[0]).sum(0)
        read, written = found["W_E"] @ all_heads @ found["W_in"], found["W_out W_U"]
    return {
        "activations": (activations - activations.mean(0)).T,
        "W_in": found["W_in"].T,
        "W_E OV W_in": (read - read.mean(0)).T,
        "W_out": found["W_out"],
        "W_out W_U": written - written.mean(1, keepdim=True),
    }


def likeness(rows: Tensor) -> Tensor:
    """The absolute cosine between every two rows: scale and sign of a neuron mean nothing."""
    unit = F.normalize(rows, dim=1)
    return (unit @ unit.T).abs()


def agreement(rows: Tensor, truth: Tensor, groups: list[int]) -> list[float]:
    """How well k-means on the likeness of rows [n, feature] agrees with true groups [n], for each
    number of groups asked for: 1 the same, 0 chance (adjusted Rand index)."""
    alike = likeness(rows)
    return [clusters.adjusted_rand(clusters.k_means(alike, k), truth) for k in groups]
