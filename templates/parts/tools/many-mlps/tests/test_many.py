"""The stack against single models, and the masks against counts."""

import pytest
import torch

from lab import many
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task
from lab.training import loss_of

CPU = torch.device("cpu")
SMALL = QUICK.but(modulus=7, d_embed=8, d_mlp=16, steps=3, eval_every=3, warmup=1)


@pytest.fixture(scope="module")
def task():
    return make_task(SMALL, CPU)


def test_a_stack_computes_what_its_models_compute(task) -> None:
    tokens = task.held_out().tokens
    weights = many.fresh(task, SMALL, [0, 1, 2], CPU)
    for index in range(3):
        alone = build_model(task, SMALL.but(seed=index), CPU)(tokens)
        torch.testing.assert_close(many.logits(weights, tokens)[index], alone)
        again = many.single(weights, index, task, SMALL)(tokens)
        torch.testing.assert_close(again, alone)


def test_training_a_stack_is_training_each_alone(task) -> None:
    weights = many.fresh(task, SMALL, [0, 1], CPU)
    together = many.train_many(weights, task, SMALL, progress=False)
    for index, one in enumerate(many.each(weights)):
        alone = many.train_many(one, task, SMALL, progress=False)
        for name in weights:
            torch.testing.assert_close(together.weights[name][index], alone.weights[name][0])


def test_loss_is_that_of_the_single_model_over_the_chosen_examples(task) -> None:
    weights = many.fresh(task, SMALL, [0], CPU)
    chosen = torch.zeros(1, len(task.training.tokens))
    chosen[:, :5] = 1
    part = task.training.rows(slice(0, 5))
    expected = loss_of(build_model(task, SMALL.but(seed=0), CPU)(part.tokens), part.targets)
    torch.testing.assert_close(many.losses(weights, task.training, chosen)[0], expected)


def test_pruning_takes_the_smallest_and_only_from_what_is_left() -> None:
    values = torch.tensor([[[4.0, -1.0, 3.0, 0.5], [2.0, 8.0, -7.0, 0.1]]])
    first = many.prune({"W": values}, {"W": torch.ones_like(values)}, 0.25)
    assert first["W"].tolist() == [[[1, 1, 1, 0], [1, 1, 1, 0]]]
    second = many.prune({"W": values}, first, 0.5)
    assert second["W"].tolist() == [[[1, 0, 0, 0], [0, 1, 1, 0]]]


def test_what_is_masked_stays_zero_and_what_is_not_moves(task) -> None:
    weights = many.fresh(task, SMALL, [0], CPU)
    masks = many.prune(weights, {k: torch.ones_like(v) for k, v in weights.items()}, 0.5)
    after = many.train_many(weights, task, SMALL, masks=masks, progress=False).weights
    for name, mask in masks.items():
        assert not after[name][mask == 0].any()
        assert (after[name] != weights[name])[mask == 1].any()


def test_controls_keep_the_density(task) -> None:
    weights = many.fresh(task, SMALL, [0, 1], CPU)
    masks = many.prune(weights, {k: torch.ones_like(v) for k, v in weights.items()}, 0.7)
    for control in (many.shuffled(masks, 0), many.rows_permuted(masks, 0)):
        for name, mask in masks.items():
            assert not torch.equal(control[name], mask)
            assert torch.equal(control[name].flatten(1).sum(1), mask.flatten(1).sum(1))
    assert many.density(masks) == pytest.approx(0.3, abs=0.01)


def test_steps_to_an_accuracy_are_those_of_the_first_evaluation_there() -> None:
    held_out = torch.tensor([[0.1, 0.2], [0.99, 0.3], [1.0, 0.4]])
    outcome = many.Outcome({}, [10, 20, 30], held_out, held_out, held_out[-1])
    assert outcome.steps_to(0.99)[0] == 20
    assert outcome.steps_to(0.99)[1].isnan()
