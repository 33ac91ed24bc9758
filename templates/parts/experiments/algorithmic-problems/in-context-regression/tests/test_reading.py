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


def test_a_bar_below_halfway_singles_out_the_estimator_that_runs(task) -> None:
    prompts = prompts_of(task, 0.5)
    fits = {
        "least squares": estimators.least_squares,
        "ridge": estimators.ridge(1.25),
        "one step": estimators.gradient_steps(1, 0.5),
        "two steps": estimators.gradient_steps(2, 0.4),
    }
    predicted = {name: estimators.along(prompts.x, prompts.y, fit) for name, fit in fits.items()}
    line = measurement.halfway(list(predicted.values()))

    def distances(given):
        return {
            who: measurement.apart(given, guess).mean().item() for who, guess in predicted.items()
        }

    for name, fit in fits.items():
        given = measurement.answers(task, running(task, fit), prompts)
        below = [who for who, distance in distances(given).items() if distance < line / 2]
        assert below == [name]
    near = distances(estimators.along(prompts.x, prompts.y, estimators.ridge(0.8)))
    assert near["ridge"] < line / 2, "ridge with another penalty comes as near"
    between = distances((predicted["ridge"] + predicted["two steps"]) / 2)
    assert min(between.values()) == pytest.approx(line, rel=0.2), "a mixture stays at the line"


def test_the_lowest_point_of_ridge_is_its_penalty_and_that_of_gradient_steps_lies_higher(
    task,
) -> None:
    for noise in (0.0, 0.5):
        prompts = prompts_of(task, noise)

        def lowest(fit, prompts=prompts):
            given = measurement.answers(task, running(task, fit), prompts)
            return min(
                zip(measurement.nearest_penalty(given, prompts, PENALTIES), PENALTIES, strict=True)
            )

        for penalty in (0.1, 1.25):
            height, found = lowest(estimators.ridge(penalty))
            assert found == penalty and height < 1e-6
        height, found = lowest(estimators.gradient_steps(2, 0.4))
        assert found > 0.1 and height > 0.02
        given = measurement.answers(task, running(task, estimators.ridge(1.25)), prompts)
        seeded = torch.Generator().manual_seed(1)
        erring = given + 0.6 * torch.randn(given.shape, generator=seeded)
        curve = measurement.nearest_penalty(erring, prompts, PENALTIES)
        assert PENALTIES[curve.index(min(curve))] < 1.25


def test_scaled_y_tells_a_linear_reader_from_an_added_constant_and_from_one_that_saturates(
    task,
) -> None:
    prompts = prompts_of(task, 0.0)
    linear = running(task, estimators.ridge(1.25))

    def misses(reader):
        return [measurement.departure(task, reader, prompts, factor) for factor in (-1.0, 1.1)]

    assert max(misses(linear)) < 1e-4
    assert min(misses(lambda v: linear(v) + 0.3)) > 0.01
    at_minus_one, at_larger = misses(lambda v: torch.tanh(linear(v)))
    assert at_minus_one < 1e-4 < 0.01 < at_larger


def test_average_attention_hurts_a_layer_that_follows_the_prompt_and_not_one_that_goes_by_place(
    task,
) -> None:
    model = build_model(task, QUICK.but(layer_norm=False), CPU).eval()
    vectors = task.encode(prompts_of(task, 0.0)).tokens[:64]
    half = QUICK.d_model // 2
    with torch.no_grad():  # what is read in fills the first half, the place the second
        model.read_in.weight[half:] = 0
        model.read_in.bias[half:] = 0
        model.transformer.pos_embed.weight[:, half:] = torch.randn(task.n_ctx, half)
        by_place, by_content = (model.transformer.blocks[layer].attn for layer in (0, 1))
        for weight in (by_place.q.weight, by_place.k.weight):
            weight[:, :half] = 0
            weight.mul_(5)
        by_content.q.weight.mul_(20)
        whole = model(vectors)
        _, cache = model.run_with_cache(vectors)
        change = [
            (measurement.with_average_attention(model, layer)(vectors) - whole).abs().max()
            for layer in (0, 1)
        ]
    assert cache["blocks.0.attn.hook_pattern"][0, 0, -1].max() > 0.3, "by place, and not evenly"
    assert change[0] < 1e-4 < 0.01 < change[1]


def test_a_head_is_named_by_what_it_weighs_the_pairs_by(task) -> None:
    prompts = prompts_of(task, 0.0)
    candidates = measurement.candidates(prompts)
    heads = [
        candidates["x_q . x_j"].softmax(-1),
        (-candidates["x_q . x_j"]).softmax(-1),
        candidates["recency"].softmax(-1),
        candidates["y_q y_j"].softmax(-1),
    ]
    table = measurement.weighed_by(torch.stack(heads, dim=1), candidates)
    names = list(candidates)
    plus, minus = table[0, names.index("x_q . x_j")], table[1, names.index("x_q . x_j")]
    assert plus > 0.5 and minus < -0.5 and abs(table[2, names.index("x_q . x_j")]) < 0.1
    assert table[2].argmax() == names.index("recency")
    assert table[:2, names.index("y_j")].abs().max() < 0.1
    of_answers = names.index("y_q y_j")
    assert table[3, of_answers] > table[3, names.index("x_q . x_j")] + 0.1
    assert table[0, of_answers] < plus - 0.1
