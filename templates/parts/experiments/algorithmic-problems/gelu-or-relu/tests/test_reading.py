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
    measurement.rescale(model, factor)
    tokens, targets = TASK.encode(TASK.pairs())
    with torch.no_grad():
        targets[:, -1] = model(tokens)[:, -1].argmax(-1)
    return model, Batch(tokens, targets)


def wave() -> Tensor:
    """cos(wa) + cos(wb) at frequency 2, on every pair: [P, P, 1]."""
    one = torch.cos(2 * torch.pi * 2 * torch.arange(P) / P)
    return (one[:, None] + one)[..., None]


def test_a_swap_costs_nothing_where_gelu_works_as_a_relu() -> None:
    wide, says = model_and_what_it_says("gelu", 1000.0)
    assert measurement.swapped(wide, says, "relu")[1] > 0.99
    narrow, says = model_and_what_it_says("gelu", 0.01)
    assert evaluate(narrow, says)[1] == 1.0
    assert measurement.swapped(narrow, says, "relu")[1] < 0.9


def test_the_scale_of_a_relu_model_means_nothing_and_decides_what_its_swap_costs() -> None:
    wide, says = model_and_what_it_says("relu", 1000.0)
    narrow, says_narrow = model_and_what_it_says("relu", 0.01)
    assert torch.equal(says.targets, says_narrow.targets), "the same function"
    assert measurement.swapped(wide, says, "gelu")[1] > 0.99
    assert measurement.swapped(narrow, says, "gelu")[1] < 0.9
    near_zero = [
        (measurement.neurons(one, TASK).before.abs() < 1).float().mean() for one in (wide, narrow)
    ]
    assert near_zero[0] < 0.1 < 0.9 < near_zero[1]


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


def test_key_frequencies_are_those_that_were_put_in() -> None:
    n = torch.arange(31)[:, None]
    embedding = torch.cos(2 * torch.pi * n * torch.tensor([3, 3, 8]) / 31)
    assert measurement.key_frequencies(embedding) == [3, 8]
    random = torch.randn(31, 256, generator=torch.Generator().manual_seed(0))
    assert measurement.key_frequencies(random) == []


@pytest.mark.parametrize("act_fn", ["relu", "gelu"])
def test_rescaling_leaves_a_relu_model_what_it_is(act_fn: str) -> None:
    model = build_model(TASK, SMALL.but(act_fn=act_fn), CPU)
    tokens = TASK.encode(TASK.pairs()).tokens
    before = model(tokens)
    measurement.rescale(model, 7.0)
    same = torch.allclose(model(tokens), before, atol=1e-4)
    assert same == (act_fn == "relu")
