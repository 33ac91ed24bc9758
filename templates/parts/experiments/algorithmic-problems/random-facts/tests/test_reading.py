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


def test_one_neuron_a_fact_is_a_peak_at_one_and_a_spread_code_is_not() -> None:
    push = measurement.pushes(one_neuron_a_fact(), FACTS)
    table = measurement.lost(push, push)
    assert torch.equal(table, torch.eye(N * N, dtype=torch.bool))
    assert measurement.counts(table, 4).tolist() == [0, N * N, 0, 0]
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


def test_as_many_losses_as_noise_do_not_rule_out_a_table() -> None:
    push = measurement.pushes(one_neuron_a_fact(), FACTS)
    control = measurement.noise(push, longest=4)
    deleted = measurement.lost(push, push)
    torch.testing.assert_close(control.by_neuron, deleted.sum(0).float())
    assert control.needed[0] > 25, "noise leaves many facts alone and hits others twice"
    assert measurement.counts(deleted, 4)[0] == 0


def test_a_spread_code_loses_fewer_facts_than_noise_of_the_same_size() -> None:
    for n_neurons in (8, 16, 32):
        code = spread_out(2000, n_neurons)
        control = measurement.noise(code, longest=6)
        deleted = measurement.lost(code, code)
        assert 0.1 < deleted.sum().item() / control.by_neuron.sum().item() < 0.85


def test_a_fact_that_is_wrong_already_is_not_lost() -> None:
    push = torch.tensor([[3.0, -1.0], [-3.0, 1.0]])
    assert measurement.lost(push, push).tolist() == [[True, False], [False, False]]


def test_a_neuron_for_a_token_is_told_from_one_for_scattered_facts() -> None:
    of_token_3 = (PAIRS[:, 0] == 3)[:, None]
    scattered = of_token_3[torch.randperm(N * N, generator=torch.Generator().manual_seed(0))]
    concentrated, by_chance = measurement.token_concentration(
        torch.cat([of_token_3, scattered], 1), PAIRS[:, 0]
    ).tolist()
    assert concentrated > 5
    assert by_chance == pytest.approx(1, abs=0.7)
    assert measurement.token_concentration(of_token_3, PAIRS[:, 1]).item() < 0.2
