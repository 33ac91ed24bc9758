"""The training loop: it learns, it can be repeated, and it picks up where it was cut off."""

from pathlib import Path

import pytest
import torch

from lab.data import IGNORE
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import accuracy, accuracy_by_position, loss_by_position, loss_of, train

CPU = torch.device("cpu")
SHORT = QUICK.but(steps=60, eval_every=20, warmup=5)


def test_loss_and_accuracy_count_only_positions_with_a_target() -> None:
    logits = torch.zeros(1, 3, 4)
    logits[0, 1, 2] = 50.0
    logits[0, 2, 0] = 50.0
    targets = torch.tensor([[IGNORE, 2, 1]])
    assert abs(loss_of(logits, targets).item() - 25.0) < 1e-3
    assert accuracy(logits, targets) == 0.5
    assert accuracy_by_position(logits, targets)[1:] == [1.0, 0.0]
    assert loss_by_position(logits, targets)[1:] == pytest.approx([0.0, 50.0])


def test_the_model_learns_something_in_seconds() -> None:
    task = make_task(SHORT, CPU)
    watched: list[int] = []
    history = train(
        build_model(task, SHORT, CPU), task, SHORT, progress=False, watch=watched.append
    )
    assert history.train_loss[-1] < history.train_loss[0]
    assert watched == history.steps == [20, 40, 60]


def test_the_same_seed_gives_the_same_model() -> None:
    runs = []
    for _ in range(2):
        task = make_task(SHORT, CPU)
        model = build_model(task, SHORT, CPU)
        train(model, task, SHORT.but(steps=3), progress=False)
        runs.append([p.detach() for p in model.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*runs, strict=True))


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    settings = SHORT.but(eval_every=2)
    whole_task = make_task(settings, CPU)
    whole = build_model(whole_task, settings, CPU)
    train(whole, whole_task, settings.but(steps=6), progress=False)
    for steps in (4, 6):
        task = make_task(settings, CPU)
        resumed = build_model(task, settings, CPU)
        history = train(
            resumed, task, settings.but(steps=steps), checkpoint=checkpoint, progress=False
        )
    assert history.steps == [2, 4, 6]
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(one, other)
