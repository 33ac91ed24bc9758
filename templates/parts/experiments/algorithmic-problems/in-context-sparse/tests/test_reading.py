"""Each reading key of the notebook, tried on learners that do and do not know of sparsity."""

import pytest
import torch

from lab import estimators, measurement
from lab.settings import QUICK
from lab.task import InContextFunctions, Prompts, make_task

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def task() -> InContextFunctions:
    return make_task(QUICK.but(family="sparse"), CPU)


@pytest.fixture(scope="module")
def prompts(task) -> Prompts:
    return task.prompts(1024, torch.Generator().manual_seed(0))


def running(task: InContextFunctions, fit):
    """A reader that runs an estimator on the pairs before each x."""

    def read(vectors):
        x, y = vectors[:, ::2, : task.d_x], vectors[:, 1::2, -1]
        return estimators.along(x, y, fit).repeat_interleave(2, dim=1)

    return read


def test_turning_the_axes_hurts_who_knows_of_sparsity_and_nobody_else(task, prompts) -> None:
    other = measurement.turned(prompts, torch.Generator().manual_seed(1))
    gaps = {}
    for name, fit in {
        "least squares": estimators.least_squares,
        "ridge": estimators.ridge(1.0),
        "one step": estimators.gradient_steps(1, 0.6),
        "lasso": estimators.lasso(0.1),
    }.items():
        before, after = (
            measurement.errors(measurement.answers(task, running(task, fit), one), one)[
                1 : task.d_x
            ]
            for one in (prompts, other)
        )
        gaps[name] = (after - before).mean().item()
    assert gaps.pop("lasso") > 0.1
    assert max(map(abs, gaps.values())) < 0.01


def test_turned_prompts_are_the_same_functions(task, prompts) -> None:
    other = measurement.turned(prompts, torch.Generator().manual_seed(1))
    torch.testing.assert_close(other.y, prompts.y)
    torch.testing.assert_close(
        torch.einsum("bpd,bd->bp", other.x, other.weights), prompts.y, atol=1e-4, rtol=0
    )
    torch.testing.assert_close(other.x.norm(dim=-1), prompts.x.norm(dim=-1))
    assert (other.weights.abs() > 1e-3).float().mean() > 0.95


def test_redrawing_an_idle_coordinate_moves_who_listens_to_it(task, prompts) -> None:
    redrawn = measurement.with_idle_redrawn(prompts, torch.Generator().manual_seed(2))
    assert torch.equal(redrawn.y, prompts.y)
    assert ((redrawn.x != prompts.x).any(1).sum(1) == 1).all()
    assert not ((redrawn.x != prompts.x).any(1) & prompts.relevant).any()
    told = estimators.along(prompts.x, prompts.y, estimators.with_support(prompts.relevant))
    told_after = estimators.along(redrawn.x, prompts.y, estimators.with_support(prompts.relevant))
    assert measurement.moved(told, told_after).max() < 1e-6
    blind = running(task, estimators.least_squares)
    by_place = measurement.moved(
        *(measurement.answers(task, blind, one) for one in (prompts, redrawn))
    )
    assert by_place[0] > 0.3 and by_place[task.d_x :].max() < 0.05


def test_a_dense_function_has_no_idle_coordinate(task) -> None:
    dense = make_task(QUICK.but(family="linear"), CPU).prompts(4, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="none to redraw"):
        measurement.with_idle_redrawn(dense, torch.Generator().manual_seed(0))


def test_signs_are_redrawn_as_signs() -> None:
    trees = make_task(QUICK.but(family="tree"), CPU).prompts(8, torch.Generator().manual_seed(0))
    redrawn = measurement.with_idle_redrawn(trees, torch.Generator().manual_seed(1))
    assert (redrawn.x.abs() == 1).all() and (redrawn.x != trees.x).any()
