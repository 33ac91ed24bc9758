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


def test_redrawing_tells_who_knows_the_coordinate_from_least_squares_and_from_who_ignores_x(
    task, prompts
) -> None:
    learners = {
        "told": lambda one: estimators.along(
            one.x, one.y, estimators.with_support(prompts.relevant)
        ),
        "least squares": lambda one: estimators.along(one.x, one.y, estimators.least_squares),
        "ignores x": lambda one: one.y.cumsum(1) - one.y,
    }
    moves = {}
    for used in (False, True):
        redrawn = measurement.with_redrawn(prompts, torch.Generator().manual_seed(2), used=used)
        assert torch.equal(redrawn.y, prompts.y)
        changed = (redrawn.x != prompts.x).any(1)
        assert (changed.sum(1) == 1).all() and (prompts.relevant[changed] == used).all()
        moves[used] = {
            who: measurement.moved(answers(prompts), answers(redrawn))
            for who, answers in learners.items()
        }
    assert moves[False]["told"].max() < 1e-6 and moves[True]["told"].min() > 0.5
    assert moves[False]["least squares"][: task.d_x - 1].min() > 0.15
    assert moves[False]["least squares"][task.d_x - 1 :].max() < 0.05
    assert max(moves[used]["ignores x"].max() for used in (False, True)) == 0


def test_a_cost_stays_within_its_error_where_nothing_is_lost(task, prompts) -> None:
    """Predictions whose error is drawn by chance alone, in both."""
    noise = torch.randn(2, *prompts.y.shape, generator=torch.Generator().manual_seed(3))
    rise, error = measurement.cost(prompts.y + noise[0], prompts.y + noise[1], prompts.y)
    assert (rise.abs() < 4 * error).all()
    assert error.mean().item() == pytest.approx((4 / len(prompts.y)) ** 0.5, rel=0.1)
    worse, error = measurement.cost(prompts.y + noise[0], prompts.y + 1.5 * noise[1], prompts.y)
    assert (worse > 4 * error).all()


def test_a_dense_function_has_no_idle_coordinate(task) -> None:
    seeded = torch.Generator().manual_seed(0)
    dense = make_task(QUICK.but(family="linear"), CPU).prompts(4, seeded)
    with pytest.raises(ValueError, match="not in use to redraw"):
        measurement.with_redrawn(dense, seeded, used=False)


def test_signs_are_redrawn_as_signs() -> None:
    trees = make_task(QUICK.but(family="tree"), CPU).prompts(8, torch.Generator().manual_seed(0))
    redrawn = measurement.with_redrawn(trees, torch.Generator().manual_seed(1), used=False)
    assert (redrawn.x.abs() == 1).all() and (redrawn.x != trees.x).any()
