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


def model_and_what_it_says(act_fn: str, factor: float):
    """A random model with this nonlinearity whose neurons read `factor` times as much and write as much
    less, and a batch of every pair with the model's own answers."""
    model = build_model(TASK, SMALL.but(act_fn=act_fn), CPU)
    with torch.no_grad():
        model.blocks[0].mlp.W_in.mul_(factor)
        model.blocks[0].mlp.W_out.div_(factor)
    tokens, targets = TASK.encode(TASK.pairs())
    with torch.no_grad():
        targets[:, -1] = model(tokens)[:, -1].argmax(-1)
    return model, Batch(tokens, targets)


def wave() -> Tensor:
    """cos(wa) + cos(wb) at frequency 2, on every pair: [P, P, 1]."""
    one = torch.cos(2 * torch.pi * 2 * torch.arange(P) / P)
    return (one[:, None] + one)[..., None]


def test_a_swap_costs_nothing_where_gelu_works_as_a_relu_and_something_where_it_does_not() -> None:
    wide, says = model_and_what_it_says("gelu", 1000.0)
    assert measurement.swapped(wide, says, "relu")[1] > 0.99
    narrow, says = model_and_what_it_says("gelu", 0.01)
    assert evaluate(narrow, says)[1] == 1.0
    assert measurement.swapped(narrow, says, "relu")[1] < 0.9


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


def test_the_bend_is_large_where_gelu_is_a_square() -> None:
    assert measurement.bend(0.1 * wave(), "gelu") > 0.3
    assert measurement.bend(100 * wave(), "gelu") < 0.01
    assert measurement.bend(0.1 * wave(), "relu") == 0.0


def test_a_worse_fit_may_be_an_overtone() -> None:
    kinked, smooth = F.relu(wave()), F.gelu(0.1 * wave())
    gain = {
        name: (measurement.explained(x, overtone=True) - measurement.explained(x)).item()
        for name, x in (("kinked", kinked), ("smooth", smooth))
    }
    assert gain["kinked"] > 0.02
    assert 0 <= gain["smooth"] < 0.005
    assert measurement.explained(kinked, overtone=True).item() > 0.98
    noise = torch.randn(P, P, 1, generator=torch.Generator().manual_seed(0))
    assert measurement.explained(noise, overtone=True).item() < 0.5


def test_frequencies_are_counted_without_a_threshold() -> None:
    n = torch.arange(31)[:, None]
    even = torch.cos(2 * torch.pi * n * torch.tensor([3, 8]) / 31)
    assert measurement.how_many_frequencies(even) == pytest.approx(2, abs=0.01)
    uneven = torch.cos(2 * torch.pi * n * torch.tensor([3, 3, 3, 8]) / 31)
    assert 1.2 < measurement.how_many_frequencies(uneven) < 1.8
    random = torch.randn(31, 256, generator=torch.Generator().manual_seed(0))
    assert measurement.how_many_frequencies(random) > 14
