"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import pytest
import torch
from torch import Tensor

from lab import measurement
from lab.data import Batch
from lab.model import MLP

N = 10
PAIRS = torch.cartesian_prod(torch.arange(N), torch.arange(N))
BITS = torch.randint(2, (N * N,), generator=torch.Generator().manual_seed(0))
FACTS = Batch(PAIRS, BITS)


def one_neuron_a_fact() -> MLP:
    """A table written by hand: neuron i is on for pair i alone and says its bit."""
    model = MLP(N, N, N * N, 2, "relu")
    one_hot = torch.eye(N) - 0.5
    with torch.no_grad():
        model.W_E.copy_(torch.eye(N))
        model.W_in[0] = one_hot[:, PAIRS[:, 0]]
        model.W_in[1] = one_hot[:, PAIRS[:, 1]]
        model.W_out.copy_(2.0 * torch.nn.functional.one_hot(BITS, 2) - 1)
    return model


def spread_out(n_facts: int = 400, n_neurons: int = 16) -> Tensor:
    """Pushes of a code in which every neuron has a small part in every fact: [fact, neuron]."""
    generator = torch.Generator().manual_seed(0)
    return 0.5 + torch.randn(n_facts, n_neurons, generator=generator)


def test_a_peak_at_one_is_one_neuron_a_fact_or_the_largest_of_many() -> None:
    push = measurement.pushes(one_neuron_a_fact(), FACTS)
    table = measurement.lost(push, push)
    assert torch.equal(table, torch.eye(N * N, dtype=torch.bool))
    assert measurement.counts(table, 4).tolist() == [0, N * N, 0, 0]
    assert measurement.sharers(push).max() == pytest.approx(1)
    many = torch.tensor([[1.2] + [0.6] * 5 + [-0.4] * 8]).repeat(50, 1)  # margin 1
    assert measurement.counts(measurement.lost(many, many), 4)[1] == 50
    assert measurement.sharers(many).min() > 10
    code = spread_out()
    needed = measurement.counts(measurement.lost(code, code), 4)
    assert needed[0] > 0.5 * needed.sum()


def test_a_fact_with_a_thin_margin_needs_several_neurons() -> None:
    """Three neurons push for each fact, others push against it; with room to spare none of the three is needed."""
    thin = torch.tensor([[1.0, 1.0, 1.0, -1.2, -1.2, 0.0]]).repeat(50, 1)
    spare = torch.tensor([[1.0, 1.0, 1.0, -0.2, -0.2, 0.0]]).repeat(50, 1)
    for push, needed in ((thin, 3), (spare, 0)):
        assert measurement.counts(measurement.lost(push, push), 5)[needed] == 50
    assert thin.sum(1).max() < 1 < spare.sum(1).min()


def test_as_many_losses_as_noise_are_a_table_or_a_spread_code() -> None:
    table = measurement.pushes(one_neuron_a_fact(), FACTS)
    code = spread_out(2000)
    recalled = code[code.sum(1) > 1]
    even = recalled / recalled.sum(1, keepdim=True)  # every margin is 1
    for push in (table, even):
        fallen = measurement.lost(push, push).sum()
        noise = measurement.noise(push, longest=6).by_neuron.sum()
        assert fallen / noise == pytest.approx(1, abs=0.01)
    scale = torch.linspace(0.5, 2, N * N)[:, None]
    for push, low, high in ((code, 0.0, 0.85), (table * scale, 1.5, 3.0)):  # unequal margins
        fallen = measurement.lost(push, push).sum()
        assert low < fallen / measurement.noise(push, longest=6).by_neuron.sum() < high
    assert measurement.sharers(table).median() < 2 < measurement.sharers(even).median()


def test_a_fact_that_is_wrong_already_is_not_lost() -> None:
    push = torch.tensor([[3.0, -1.0], [-3.0, 1.0]])
    assert measurement.lost(push, push).tolist() == [[True, False], [False, False]]


def test_a_neuron_for_a_token_is_told_from_one_that_tokens_switch_on() -> None:
    of_token_3 = (PAIRS[:, 0] == 3)[:, None]
    generator = torch.Generator().manual_seed(0)
    scattered = of_token_3[torch.randperm(N * N, generator=generator)]
    concentrated, by_chance = measurement.token_concentration(
        torch.cat([of_token_3, scattered], 1), PAIRS[:, 0]
    ).tolist()
    assert concentrated > 0.8 * N
    assert by_chance == pytest.approx(1, abs=0.7)
    assert measurement.token_concentration(of_token_3, PAIRS[:, 1]).item() < 0.2
    a, b = torch.cartesian_prod(torch.arange(32), torch.arange(32)).T
    read = torch.randn(2, 32, 16, generator=generator)
    bits = torch.where(torch.rand(1024, 16, generator=generator) < 0.65, 1.0, -1.0)
    switched_on = torch.relu(read[0, a] + read[1, b]) * bits
    fallen = measurement.lost(switched_on, switched_on)
    assert 1.5 < measurement.token_concentration(fallen, a).mean() < 0.5 * 32
    of_a_token = (a == 3).float()[:, None]
    room = of_a_token * (torch.rand(1024, 1, generator=generator) < 0.5) + 1 - of_a_token
    serves = torch.cat([of_a_token, room], 1)
    fallen = measurement.lost(serves, serves)[:, :1]
    assert 1.5 < measurement.token_concentration(fallen, a).item() < 0.7 * 32
