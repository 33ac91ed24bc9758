"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lab import measurement
from lab.data import Batch
from lab.model import build_model
from lab.settings import QUICK
from lab.task import ModularArithmetic
from lab.training import evaluate

P = 13
CPU = torch.device("cpu")
SMALL = QUICK.but(modulus=P, d_model=16, d_mlp=32, initializer_range=0.4)
TASK = ModularArithmetic(SMALL, CPU)


PAIRS = torch.cartesian_prod(torch.arange(P), torch.arange(P))


def adder(scale: float, offset: float = 0.0) -> tuple[Tensor, Tensor]:
    """Neurons that read scale * (cos(wa + phase) + cos(wb + phase)) + offset, [P * P, 1, neuron], and what they
    write to the answers [neuron, P]: through a nonlinearity with a bend or kink they add modulo P."""
    phase = 2 * torch.pi * torch.arange(16) / 16
    angle = 2 * torch.pi * 2 * torch.arange(P) / P
    before = (angle[PAIRS][..., None] + phase).cos().sum(1)
    return (scale * before + offset)[:, None], (angle + 2 * phase[:, None]).cos()


def right(after: Tensor, written: Tensor) -> float:
    """The share of the sums that these neurons answer."""
    return ((after[:, 0] @ written).argmax(1) == PAIRS.sum(1) % P).float().mean().item()


def wave() -> Tensor:
    """cos(wa) + cos(wb) at frequency 2, on every pair: [P, P, 1]."""
    one = torch.cos(2 * torch.pi * 2 * torch.arange(P) / P)
    return (one[:, None] + one)[..., None]


def test_a_swap_is_free_where_gelu_is_a_relu_and_where_a_kink_multiplies_as_well() -> None:
    bends = {}
    for scale, offset, low, high in ((30, 0, 0.99, 1), (0.1, 0, 0.99, 1), (0.3, 1, 0, 0.2)):
        before, written = adder(scale, offset)
        assert right(F.gelu(before), written) > 0.99
        assert low <= right(F.relu(before), written) <= high
        bends[scale] = measurement.bend(before, "gelu")
    assert bends[30] < 0.01 and bends[0.1] > 0.3


def test_the_swap_of_a_model_is_that_of_its_neurons() -> None:
    model = build_model(TASK, SMALL.but(act_fn="gelu"), CPU)
    tokens, targets = TASK.encode(TASK.pairs())
    relu = build_model(TASK, SMALL, CPU)
    loss, share = measurement.swapped(model, Batch(tokens, targets), "relu")
    assert (loss, share) == pytest.approx(evaluate(relu, Batch(tokens, targets)), abs=1e-4)
    assert loss != pytest.approx(evaluate(model, Batch(tokens, targets))[0], abs=1e-3)


def test_what_a_shift_costs_is_gone_when_mean_and_size_are_restored() -> None:
    left = {}
    for where, before in (("straight", 1 + 0.1 * wave()), ("bent", 0.1 * wave())):
        before = before.flatten(0, 1)[:, None]  # [batch, pos, neuron]
        after = F.gelu(before)
        for how in ("plain", "restored"):
            moved = measurement.exchanged(before, after, "relu", how) - after
            left[where, how] = (moved.square().mean().sqrt() / after.std()).item()
    assert left["straight", "plain"] > 0.5 and left["straight", "restored"] < 0.05
    assert left["bent", "restored"] > 0.3


def test_the_dealt_change_is_as_large_and_lies_elsewhere() -> None:
    before = torch.randn(200, 1, 5, generator=torch.Generator().manual_seed(0))
    after = F.gelu(before)
    plain, dealt = (
        measurement.exchanged(before, after, "relu", how) - after for how in ("plain", "dealt")
    )
    torch.testing.assert_close(plain.sort(0).values, dealt.sort(0).values)
    assert (plain - dealt).abs().mean() > 0.3 * plain.abs().mean()
    kept = measurement.exchanged(before, after, "relu", "restored")
    torch.testing.assert_close(kept.mean(0), after.mean(0))
    torch.testing.assert_close(kept.std(0), after.std(0))


def test_a_swap_that_costs_less_than_noise_may_strengthen_the_product() -> None:
    before, written = adder(0.1)
    after = F.gelu(before)
    plain, dealt = (measurement.exchanged(before, after, "relu", how) for how in ("plain", "dealt"))
    assert right(plain, written) > 0.99
    assert right(dealt, written) < 0.5
    answer = PAIRS.sum(1, keepdim=True) % P
    old, new = ((x[:, 0] @ written).gather(1, answer).mean() for x in (after, plain))
    assert new > 2 * old


def test_a_large_bend_may_be_a_square_or_a_straight_piece_that_lies_lower() -> None:
    assert measurement.bend(0.1 * wave(), "gelu") > 0.3
    straight = 1 + 0.1 * wave()
    assert measurement.bend(straight, "gelu") > 0.3
    assert torch.corrcoef(torch.stack([straight, F.gelu(straight)]).flatten(1))[0, 1] > 0.999
    assert measurement.bend(100 * wave(), "gelu") < 0.01
    assert measurement.bend(0.1 * wave(), "relu") == 0.0


def test_an_overtone_is_made_by_the_neurons_where_their_inputs_lack_it() -> None:
    double = torch.cos(2 * torch.pi * 4 * torch.arange(P) / P)
    both = wave() + 0.5 * (double[:, None] + double)[..., None]
    noise = torch.randn(P, P, 40, generator=torch.Generator().manual_seed(0))
    kinked, smooth, read, at_random = (
        tuple(measurement.overtones(measurement.Neurons(before, after)).values())
        for before, after in (
            (wave(), F.relu(wave())),
            (0.1 * wave(), F.gelu(0.1 * wave())),
            (both, both),
            (noise, F.relu(noise)),
        )
    )
    made, other, came_in = kinked
    assert made > 0.02 > 3 * other and came_in < 1e-3
    assert smooth[0] < 0.005
    assert read[0] > 0.1 and read[2] > 0.1, "the inputs have it already"
    assert at_random[0] > 0.05 and at_random[0] / at_random[1] < 1.3, "more waves fit any noise"


def test_frequencies_are_counted_without_a_threshold() -> None:
    n = torch.arange(31)[:, None]
    even = torch.cos(2 * torch.pi * n * torch.tensor([3, 8]) / 31)
    assert measurement.how_many_frequencies(even) == pytest.approx(2, abs=0.01)
    uneven = torch.cos(2 * torch.pi * n * torch.tensor([3, 3, 3, 8]) / 31)
    assert 1.2 < measurement.how_many_frequencies(uneven) < 1.8
    random = torch.randn(31, 256, generator=torch.Generator().manual_seed(0))
    assert measurement.how_many_frequencies(random) > 14
