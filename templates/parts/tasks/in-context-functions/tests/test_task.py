"""The generator against what is known of each family of functions."""

import pytest
import torch

from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
FAMILIES = ["linear", "sparse", "network", "tree"]


def many(family: str, **changes):
    task = make_task(
        QUICK.but(family=family, **{"d_x": 6, "n_pairs": 40, "noise": 0.0, **changes}), CPU
    )
    return task, task.prompts(2000, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("family", FAMILIES)
def test_y_has_mean_square_one(family: str) -> None:
    _, prompts = many(family)
    assert prompts.y.square().mean().item() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("family", ["linear", "sparse"])
def test_least_squares_finds_the_weights_that_are_claimed(family: str) -> None:
    _, prompts = many(family, n_nonzero=2)
    solved = torch.linalg.lstsq(prompts.x, prompts.y[..., None]).solution[..., 0]
    torch.testing.assert_close(solved, prompts.weights, atol=1e-4, rtol=0)
    assert set(prompts.relevant.sum(1).tolist()) == {6 if family == "linear" else 2}
    assert not prompts.weights[~prompts.relevant].any()


def test_noise_is_what_least_squares_leaves_over() -> None:
    _, prompts = many("linear", noise=0.5)
    left = prompts.y - torch.einsum("bpd,bd->bp", prompts.x, prompts.weights)
    assert left.std().item() == pytest.approx(0.5, abs=0.02)


def test_a_tree_is_a_table_of_four_leaves_over_its_three_coordinates() -> None:
    _, prompts = many("tree")
    assert (prompts.x.abs() == 1).all()
    for x, y, relevant in zip(
        *(part[:50] for part in (prompts.x, prompts.y, prompts.relevant)), strict=True
    ):
        assert relevant.sum() == 3
        table: dict[tuple[float, ...], float] = {}
        for row, value in zip(x[:, relevant].tolist(), y.tolist(), strict=True):
            assert table.setdefault(tuple(row), value) == value
        assert len(set(table.values())) <= 4


def test_no_linear_function_fits_a_network() -> None:
    _, prompts = many("network", d_x=2, n_pairs=200)
    residual = prompts.y - torch.einsum(
        "bpd,bd->bp",
        prompts.x,
        torch.linalg.lstsq(prompts.x, prompts.y[..., None]).solution[..., 0],
    )
    assert residual.square().mean() > 0.1
    assert prompts.weights.isnan().all()


@pytest.mark.parametrize("joined", [True, False])
def test_vectors_hold_x_without_y_and_then_y(joined: bool) -> None:
    task = make_task(QUICK.but(joined=joined), CPU)
    prompts = task.prompts(3, torch.Generator().manual_seed(0))
    vectors, targets = task.encode(prompts)
    assert torch.equal(vectors[:, ::2, :-1], prompts.x) and not vectors[:, ::2, -1].any()
    assert torch.equal(vectors[:, 1::2, -1], prompts.y) and torch.equal(targets, prompts.y)
    assert torch.equal(vectors[:, 1::2, :-1], prompts.x if joined else torch.zeros_like(prompts.x))


def test_the_score_is_zero_for_zero_and_one_for_the_truth() -> None:
    task = make_task(QUICK, CPU)
    targets = task.held_out().targets
    zeros = torch.zeros(len(targets), task.n_ctx)
    perfect = targets.repeat_interleave(2, dim=1)
    assert task.score(zeros, targets) == pytest.approx(0, abs=1e-6)
    assert task.score(perfect, targets) == 1
    assert task.loss(zeros, targets).item() == pytest.approx(task.zero_loss)
