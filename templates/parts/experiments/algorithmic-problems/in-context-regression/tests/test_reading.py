"""Each reading key of the notebook, tried on readers that run a known estimator."""

import pytest
import torch

from lab import estimators, measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import InContextFunctions, make_task

CPU = torch.device("cpu")
PENALTIES = [0.01, 0.1, 0.3, 1.25, 4.0]


@pytest.fixture(scope="module")
def task() -> InContextFunctions:
    return make_task(QUICK, CPU)


def running(task: InContextFunctions, fit):
    """A reader that runs an estimator on the pairs before each x."""

    def read(vectors):
        x, y = vectors[:, ::2, : task.d_x], vectors[:, 1::2, -1]
        return estimators.along(x, y, fit).repeat_interleave(2, dim=1)

    return read


def prompts_of(task: InContextFunctions, noise: float):
    seeded = torch.Generator().manual_seed(0)
    return measurement.noisy(task.prompts(512, seeded), noise, seeded)


def test_the_nearest_estimator_is_the_one_that_runs(task) -> None:
    prompts = prompts_of(task, 0.5)
    fits = {
        "least squares": estimators.least_squares,
        "ridge": estimators.ridge(1.25),
        "one step": estimators.gradient_steps(1, 0.6),
    }
    predicted = {name: estimators.along(prompts.x, prompts.y, fit) for name, fit in fits.items()}
    for name, fit in fits.items():
        given = measurement.answers(task, running(task, fit), prompts)
        distance = {
            who: measurement.apart(given, guess).mean().item() for who, guess in predicted.items()
        }
        assert min(distance, key=distance.__getitem__) == name and distance[name] < 1e-6
        assert sorted(distance.values())[1] > 0.01


def test_the_best_penalty_is_found_and_moves_with_the_reader_not_with_the_prompts(task) -> None:
    for penalty in (0.1, 1.25):
        for noise in (0.0, 0.5):
            prompts = prompts_of(task, noise)
            given = measurement.answers(task, running(task, estimators.ridge(penalty)), prompts)
            distance = measurement.nearest_penalty(given, prompts, PENALTIES)
            assert PENALTIES[distance.index(min(distance))] == penalty


def test_scaled_y_scales_the_prediction_of_a_linear_estimator_and_not_of_one_that_saturates(
    task,
) -> None:
    prompts = prompts_of(task, 0.0)
    linear = running(task, estimators.ridge(1.25))
    assert measurement.departure(task, linear, prompts, 1.1) < 1e-4
    assert measurement.departure(task, lambda v: torch.tanh(linear(v)), prompts, 1.1) > 0.01


def test_even_attention_hurts_a_layer_that_weighs_and_not_one_that_averages(task) -> None:
    model = build_model(task, QUICK, CPU).eval()
    vectors = task.encode(prompts_of(task, 0.0)).tokens[:64]
    with torch.no_grad():
        for layer, sharp in ((0, 1.0), (1, 0.0)):
            attention = model.transformer.blocks[layer].attn
            attention.q.weight.mul_(sharp * 20)
            attention.q.bias.mul_(sharp)
        whole = model(vectors)
        change = [
            (measurement.with_even_attention(model, layer)(vectors) - whole).abs().max()
            for layer in (0, 1)
        ]
    assert change[1] < 1e-5 < change[0]


def test_a_head_is_named_by_what_it_weighs_the_pairs_by(task) -> None:
    prompts = prompts_of(task, 0.0)
    candidates = measurement.candidates(prompts)
    heads = [
        candidates["x_q . x_j"].softmax(-1),
        (-candidates["x_q . x_j"]).softmax(-1),
        candidates["recency"].softmax(-1),
    ]
    table = measurement.weighed_by(torch.stack(heads, dim=1), candidates)
    names = list(candidates)
    plus, minus = table[0, names.index("x_q . x_j")], table[1, names.index("x_q . x_j")]
    assert plus > 0.5 and minus < -0.5 and abs(table[2, names.index("x_q . x_j")]) < 0.1
    assert table[2].argmax() == names.index("recency")
    assert table[:2, names.index("y_j")].abs().max() < 0.1
