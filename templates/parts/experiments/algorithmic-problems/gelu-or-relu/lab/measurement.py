"""Which part of its nonlinearity a modular addition model uses, and what its neurons compute with it."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import fourier
from lab.data import Batch
from lab.task import ModularArithmetic
from lab.training import accuracy, loss_of

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "silu": F.silu,
}
SWAPS = {  # how: what the figure calls it
    "plain": "made relu",
    "restored": "made relu,\nmean and\nsize kept",
    "dealt": "control:\nchange\ndealt out",
}
BEFORE, AFTER = "blocks.0.mlp.hook_pre", "blocks.0.mlp.hook_post"


class Neurons(NamedTuple):
    """The MLP at the "=", before and after the nonlinearity: [p, p, neuron] over (a, b)."""

    before: Tensor
    after: Tensor

    def alive(self) -> "Neurons":
        """Those whose output varies, by more than a twentieth of the one that varies most."""
        size = self.after.std((0, 1))
        kept = size > 0.05 * size.max()
        return Neurons(self.before[..., kept], self.after[..., kept])


def neurons(model: TransformerBridge, task: ModularArithmetic) -> Neurons:
    """All neurons of the model on every pair."""
    p = task.modulus
    tokens = task.encode(task.pairs().to(model.W_E.device)).tokens
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=[BEFORE, AFTER])
    return Neurons(*(cache[name][:, -1].view(p, p, -1) for name in (BEFORE, AFTER)))


def how_many_frequencies(embedding: Tensor) -> float:
    """How many frequencies hold the norm of an embedding [p, d_model]: n if n of them hold it evenly."""
    return (1 / fourier.spectrum(embedding).square().sum()).item()


def explained(activations: Tensor, frequency: Tensor, multiples: tuple[int, ...] = (1,)) -> Tensor:
    """The share of each neuron's variance that waves of multiples of its frequency explain: [neuron].

    Cosines and sines in a, in b, and their products. activations [p, p, neuron] over (a, b), p odd;
    frequency [neuron] from 1 to (p - 1) / 2.
    """
    p = len(activations)
    basis = fourier.basis(p, activations.device)
    squared = torch.einsum("ka,lb,abd->kld", basis, basis, activations.float()).square()
    squared[0, 0] = 0.0
    row = (torch.arange(p, device=activations.device)[:, None] + 1) // 2  # 0, 1, 1, 2, 2, ...
    mine = row == 0
    for multiple in multiples:
        turns = multiple * frequency % p
        mine = mine | (row == torch.minimum(turns, p - turns))
    kept = squared * (mine[:, None] & mine[None])
    return kept.sum((0, 1)) / squared.sum((0, 1)).clamp_min(1e-12)


def overtones(found: Neurons) -> dict[str, float]:
    """How much more of the variance waves of 2k explain beside those of k, in the mean over neurons: after the
    nonlinearity and before it. And the same for another multiple than 2k, in the mean over all."""
    best, share = fourier.frequency_of(found.after)
    others = range(3, (len(found.after) - 1) // 2 + 1)
    before = explained(found.before, best)
    with_other = torch.stack([explained(found.after, best, (1, n)) for n in others])
    return {
        "2k": (explained(found.after, best, (1, 2)) - share).mean().item(),
        "control: another than 2k": (with_other - share).mean().item(),
        "2k, in the inputs": (explained(found.before, best, (1, 2)) - before).mean().item(),
    }


def bend(before: Tensor, act_fn: str) -> float:
    """How far a nonlinearity is from the ReLU on these inputs: mean distance / spread of its output.

    0: on these inputs it is a ReLU. The ReLU itself has 0 at any scale. A constant distance counts, too.
    """
    after = ACTIVATIONS[act_fn](before)
    return ((after - F.relu(before)).abs().mean() / after.std()).item()


def exchanged(before: Tensor, after: Tensor, act_fn: str, how: str = "plain") -> Tensor:
    """What neurons say with another nonlinearity, of [batch, pos, neuron] before and after theirs.

    "restored": each neuron keeps its mean and standard deviation over the batch, position by position;
    "dealt": what the exchange adds to a neuron is added to it on other examples of the batch instead.
    """
    new = ACTIVATIONS[act_fn](before)
    if how == "restored":
        size = after.std(0) / new.std(0).clamp_min(1e-9)
        return after.mean(0) + (new - new.mean(0)) * size
    if how == "dealt":
        seeded = torch.Generator().manual_seed(0)
        order = torch.rand(len(new), new.shape[-1], generator=seeded).argsort(0)
        return after + (new - after).gather(0, order.to(new.device)[:, None].expand_as(new))
    return new


def swapped(
    model: TransformerBridge, batch: Batch, act_fn: str, how: str = "plain"
) -> tuple[float, float]:
    """Loss in nats and accuracy on a batch with another nonlinearity in the neurons, weights as they are;
    `how` is one of SWAPS, as in `exchanged`."""
    kept: dict[str, Tensor] = {}

    def note(before: Tensor, hook: object) -> Tensor:
        kept["before"] = before
        return before

    def swap(after: Tensor, hook: object) -> Tensor:
        return exchanged(kept["before"], after, act_fn, how)

    with torch.no_grad():
        logits = model.run_with_hooks(batch.tokens, fwd_hooks=[(BEFORE, note), (AFTER, swap)])
    return loss_of(logits, batch.targets).item(), accuracy(logits, batch.targets)
