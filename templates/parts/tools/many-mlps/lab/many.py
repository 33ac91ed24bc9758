"""Many MLPs of `lab/model.py` trained side by side as one stack of matrices, whole or masked.

A sweep of fifty small models one after the other spends its time on overhead; as a stack it is one
sequence of batched products. All models of a stack see the same examples in the same order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from lab.data import Batch
from lab.model import MLP, build_model
from lab.settings import Settings
from lab.task import ModularArithmetic

Weights = dict[
    str, Tensor
]  # "W_E" [model, d_vocab, d_embed], "W_in" [model, 2, d_embed, d_mlp], "W_out"


@dataclass
class Outcome:
    """What training a stack gave: the weights, and for each model numbers [model] or [eval, model]."""

    weights: Weights
    steps: list[int]
    held_out: Tensor  # accuracy at each evaluation
    held_out_loss: Tensor  # nats, at each evaluation
    train_loss: Tensor  # nats, at the last step

    @property
    def accuracy(self) -> Tensor:
        """Held-out accuracy at the end: [model]."""
        return self.held_out[-1]

    def steps_to(self, accuracy: float) -> Tensor:
        """The step of the first evaluation at which a model reached this accuracy; nan if none did."""
        reached = self.held_out >= accuracy
        steps = torch.tensor(self.steps, dtype=torch.float)[reached.cpu().float().argmax(0)]
        return torch.where(reached.any(0).cpu(), steps, torch.nan)


def fresh(
    task: ModularArithmetic, settings: Settings, seeds: list[int], device: torch.device
) -> Weights:
    """The random weights of one model for each seed."""
    return stack([build_model(task, settings.but(seed=seed), device) for seed in seeds])


def stack(models: list[MLP]) -> Weights:
    """Copies of the weights of models of one shape."""
    names = [name for name, _ in models[0].named_parameters()]
    return {name: torch.stack([getattr(one, name).detach() for one in models]) for name in names}


def join(stacks: list[Weights]) -> Weights:
    """Several stacks as one."""
    return {name: torch.cat([one[name] for one in stacks]) for name in stacks[0]}


def masked(weights: Weights, masks: Weights) -> Weights:
    """The weights, zero where the masks are."""
    return {name: weights[name] * masks[name] for name in weights}


def single(weights: Weights, index: int, task: ModularArithmetic, settings: Settings) -> MLP:
    """One model of a stack, with its hooks."""
    model = build_model(task, settings, weights["W_E"].device)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name][index])
    return model


def logits(weights: Weights, tokens: Tensor) -> Tensor:
    """Logits [model, batch, d_vocab] of ReLU models on tokens [batch, 2]."""
    first, second = (weights["W_E"] @ weights["W_in"][:, side] for side in (0, 1))
    hidden = torch.relu(first[:, tokens[:, 0]] + second[:, tokens[:, 1]])
    return hidden @ weights["W_out"]


def losses(weights: Weights, batch: Batch, trained: Tensor | None = None) -> Tensor:
    """Cross-entropy in nats of each model: [model]; with `trained` [model, batch] over those examples."""
    scores = logits(weights, batch.tokens).log_softmax(-1)
    each = -scores.gather(-1, batch.targets.expand(len(scores), -1)[..., None])[..., 0]
    return each.mean(1) if trained is None else (each * trained).sum(1) / trained.sum(1)


def accuracies(weights: Weights, batch: Batch) -> Tensor:
    """The accuracy of each model: [model]."""
    return (logits(weights, batch.tokens).argmax(-1) == batch.targets).float().mean(1)


def train_many(
    start: Weights,
    task: ModularArithmetic,
    settings: Settings,
    *,
    masks: Weights | None = None,
    trained: Tensor | None = None,
    early: bool = True,
    name: str = "training",
    progress: bool = True,
) -> Outcome:
    """Train every model of a stack on the whole training set with AdamW, as `lab/training.py` does.

    Weights under a mask of 0 stay 0. `trained` [model, n_training] picks the training examples of each
    model. With `early` it ends when all models reached `target_accuracy`, else after `steps`.
    """
    torch.set_grad_enabled(True)
    masks = masks or {key: torch.ones_like(value) for key, value in start.items()}
    weights = {key: value.clone().requires_grad_() for key, value in start.items()}
    optimizer = torch.optim.AdamW(
        weights.values(), lr=settings.lr, weight_decay=settings.weight_decay, betas=(0.9, 0.98)
    )
    steps: list[int] = []
    held_out, held_out_loss = [], []
    loss = torch.zeros(len(start["W_E"]))
    for step in tqdm(range(1, settings.steps + 1), desc=name, disable=not progress):
        for group in optimizer.param_groups:
            group["lr"] = settings.lr * min(1.0, step / max(1, settings.warmup))
        loss = losses(masked(weights, masks), task.training, trained)
        optimizer.zero_grad(set_to_none=True)
        loss.sum().backward()  # the models share no weight: each gets the gradient of its own loss
        optimizer.step()
        if step % settings.eval_every == 0 or step == settings.steps:
            with torch.no_grad():
                now = masked(weights, masks)
                held_out.append(accuracies(now, task.held_out()))
                held_out_loss.append(losses(now, task.held_out()))
            steps.append(step)
            if early and bool((held_out[-1] >= settings.target_accuracy).all()):
                break
    final = {key: value.detach() for key, value in masked(weights, masks).items()}
    return Outcome(final, steps, torch.stack(held_out), torch.stack(held_out_loss), loss.detach())


def prune(weights: Weights, masks: Weights, share: float) -> Weights:
    """Masks in which the smallest `share` of the weights that survive so far is gone, matrix by matrix."""

    def shrink(value: Tensor, mask: Tensor) -> Tensor:
        flat, kept = value.abs().flatten(1).masked_fill(mask.flatten(1) == 0, -1.0), mask.flatten(1)
        n_left = (kept.sum(1) * (1 - share)).round().long().clamp_min(1)
        rank = flat.argsort(1, descending=True).argsort(1)
        return (rank < n_left[:, None]).to(mask.dtype).view_as(mask)

    return {name: shrink(weights[name], masks[name]) for name in weights}


def shuffled(masks: Weights, seed: int) -> Weights:
    """Masks with as many ones in each matrix, at random places."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: _reorder(mask.flatten(1), generator).view_as(mask) for name, mask in masks.items()
    }


def rows_permuted(masks: Weights, seed: int) -> Weights:
    """The same masks with the rows of each matrix in another order: the pattern of sparsity within and
    between rows is kept, but it meets other initial weights."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, mask in masks.items():
        rows = mask.flatten(1, -2)
        order = torch.randperm(rows.shape[1], generator=generator).to(mask.device)
        found[name] = rows[:, order].view_as(mask)
    return found


def density(masks: Weights) -> float:
    """The share of weights that a mask leaves."""
    return sum(m.sum().item() for m in masks.values()) / sum(m.numel() for m in masks.values())


def each(weights: Weights) -> Iterator[Weights]:
    """The models of a stack one by one, as stacks of one."""
    for index in range(len(weights["W_E"])):
        yield {name: value[index : index + 1] for name, value in weights.items()}


def _reorder(rows: Tensor, generator: torch.Generator) -> Tensor:
    order = torch.rand(rows.shape, generator=generator).argsort(1).to(rows.device)
    return rows.gather(1, order)
