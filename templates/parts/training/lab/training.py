"""One training loop for every model: held-out accuracy as it goes, checkpoints that resume, seeded."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from lab.data import IGNORE, Batch, Task
from lab.settings import Settings
from lab.step import Step


@dataclass
class History:
    """What a training run measured, one entry for each evaluation. Losses are in nats per target."""

    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    held_out_loss: list[float] = field(default_factory=list)
    held_out_accuracy: list[float] = field(default_factory=list)
    loss_by_position: list[list[float]] = field(default_factory=list)  # held out; [] for own losses
    seconds: float = 0.0


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy in nats over the positions that have a target.

    logits [..., d_vocab], targets [...] of token ids, IGNORE where there is nothing to predict.
    """
    return F.cross_entropy(logits.flatten(0, -2).float(), targets.flatten(), ignore_index=IGNORE)


def accuracy(logits: Tensor, targets: Tensor) -> float:
    """The share of targets whose token has the highest logit."""
    asked = targets != IGNORE
    return (logits.argmax(-1) == targets)[asked].float().mean().item()


def accuracy_by_position(logits: Tensor, targets: Tensor) -> list[float]:
    """Accuracy at each position [pos] of logits [batch, pos, d_vocab]; nan where nothing is asked."""
    asked = targets != IGNORE
    right = ((logits.argmax(-1) == targets) & asked).sum(0) / asked.sum(0)
    return [float(share) for share in right]


def loss_by_position(logits: Tensor, targets: Tensor) -> list[float]:
    """Mean cross-entropy in nats at each position [pos] of logits [batch, pos, d_vocab]; nan where
    nothing is asked."""
    loss = F.cross_entropy(
        logits.transpose(1, 2).float(), targets, ignore_index=IGNORE, reduction="none"
    )
    return [float(share) for share in loss.sum(0) / (targets != IGNORE).sum(0)]


def train(
    model: nn.Module,
    task: Task,
    settings: Settings,
    *,
    checkpoint: Path | None = None,
    progress: bool = True,
    watch: Callable[[int], object] | None = None,
) -> History:
    """Train with AdamW until held-out accuracy reaches `target_accuracy` or `steps` are done.

    Betas are (0.9, 0.98) and the learning rate warms up linearly. With a checkpoint path the run is
    saved at each evaluation and picked up from there when called again with the same settings.
    `watch` is called with the number of steps done after each evaluation, to measure as it goes.
    Hooks that stand on the model are called at every step; without any, training is faster.
    """
    torch.set_grad_enabled(True)
    run = _Run(model, task, settings, checkpoint)
    start = time.perf_counter() - run.history.seconds
    bar = tqdm(
        total=settings.steps, initial=run.step, disable=not progress, desc="training", ncols=100
    )
    model.train()
    while run.step < settings.steps and not run.finished():
        losses = []
        run.gradients.look_for_hooks()
        for _ in range(min(settings.eval_every, settings.steps - run.step)):
            losses.append(run.advance())
        run.evaluate(torch.stack(losses).mean().item(), time.perf_counter() - start)
        if watch is not None:
            watch(run.step)
        bar.update(len(losses))
        bar.set_postfix(
            loss=f"{run.history.train_loss[-1]:.3f}",
            held_out=f"{run.history.held_out_accuracy[-1]:.3f}",
        )
    bar.close()
    model.eval()
    return run.history


def predict(model: nn.Module, tokens: Tensor, chunk: int = 4096) -> Tensor:
    """Logits for tokens [batch, ...], computed without gradients, `chunk` examples at a time."""
    with torch.no_grad():
        return torch.cat([cast(Tensor, model(part)) for part in tokens.split(chunk)])


def evaluate(model: nn.Module, batch: Batch, task: Task | None = None) -> tuple[float, float]:
    """Loss and score of a model on a batch: nats and accuracy, unless the task has its own."""
    logits = predict(model, batch.tokens)
    loss, score = measures(task)
    return loss(logits, batch.targets).item(), score(logits, batch.targets)


def measures(
    task: Task | None,
) -> tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor, Tensor], float]]:
    """What a task is trained on and what it is scored by, both of (logits, targets): its methods
    `loss` and `score` where it has them, else cross-entropy and accuracy."""
    return getattr(task, "loss", loss_of), getattr(task, "score", accuracy)


class _Run:
    """The state of one training run: what a checkpoint must hold for it to go on as if unbroken."""

    def __init__(
        self, model: nn.Module, task: Task, settings: Settings, checkpoint: Path | None
    ) -> None:
        self.model, self.task, self.settings, self.checkpoint = model, task, settings, checkpoint
        self.loss, _ = measures(task)
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters,
            lr=settings.lr,
            weight_decay=settings.weight_decay,
            betas=(0.9, 0.98),
            fused=all(p.device.type in ("cpu", "cuda") for p in self.parameters),
        )
        self.gradients = Step(
            model, self.loss, only_asked=self.loss is loss_of, compiled=settings.compile
        )
        self.step = 0
        self.history = History()
        if checkpoint is not None and checkpoint.exists():
            self._resume(torch.load(checkpoint, map_location="cpu", weights_only=True))

    def advance(self) -> Tensor:
        """One optimiser step; the loss stays on the device, so that nothing waits for the host."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.lr * min(
                1.0, (self.step + 1) / max(1, self.settings.warmup)
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.gradients.backward(self.task.train_batch())
        self.optimizer.step()
        self.step += 1
        return loss

    def evaluate(self, train_loss: float, seconds: float) -> None:
        """Measure on held-out examples, note it down, save."""
        if not math.isfinite(train_loss):
            raise FloatingPointError(f"the loss is {train_loss} at step {self.step}: lower lr")
        batch = self.task.held_out()
        logits = predict(self.gradients.forward, batch.tokens)
        _, score = measures(self.task)
        self.history.steps.append(self.step)
        self.history.train_loss.append(train_loss)
        self.history.held_out_loss.append(self.loss(logits, batch.targets).item())
        self.history.held_out_accuracy.append(score(logits, batch.targets))
        named = self.loss is loss_of and logits.dim() == 3
        self.history.loss_by_position.append(
            loss_by_position(logits, batch.targets) if named else []
        )
        self.history.seconds = seconds
        if self.checkpoint is not None:
            self._save(self.checkpoint)

    def finished(self) -> bool:
        """True once the last two evaluations reached the target accuracy."""
        last = self.history.held_out_accuracy[-2:]
        return len(last) == 2 and min(last) >= self.settings.target_accuracy

    def _save(self, path: Path) -> None:
        generator = getattr(self.task, "generator", None)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".partial")
        torch.save(
            {
                "settings": _key(self.settings),
                "step": self.step,
                "model": [p.detach() for p in self.model.parameters()],
                "optimizer": self.optimizer.state_dict(),
                "generator": None if generator is None else generator.get_state(),
                "history": asdict(self.history),
            },
            unfinished,
        )
        unfinished.replace(path)

    def _resume(self, saved: dict[str, Any]) -> None:
        if saved["settings"] != _key(self.settings):
            return  # made with other settings: train anew and overwrite it
        with torch.no_grad():
            for mine, theirs in zip(self.model.parameters(), saved["model"], strict=True):
                mine.copy_(theirs)
        self.optimizer.load_state_dict(saved["optimizer"])
        generator = getattr(self.task, "generator", None)
        if generator is not None and saved["generator"] is not None:
            generator.set_state(saved["generator"])
        self.step = saved["step"]
        self.history = History(**saved["history"])


def _key(settings: Settings) -> dict[str, Any]:
    """The settings that make two runs the same run: more steps make it longer, `compile` shorter."""
    return {key: value for key, value in vars(settings).items() if key not in ("steps", "compile")}
