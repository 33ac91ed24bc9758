"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import torch
from torch.nn import functional as F

from lab import fourier, measurement
from lab.data import Batch
from lab.model import MLP

P = 13
PAIRS = torch.cartesian_prod(torch.arange(P), torch.arange(P))
SUMS = Batch(PAIRS, PAIRS.sum(1) % P)


def planted(p: int, frequencies: list[int], phases_each: int, sign: int = 1) -> MLP:
    """An MLP written by hand that adds modulo p, or with sign -1 answers a - b.

    For each frequency k and `phases_each` phases f around the circle there is a neuron that reads
    cos(wa + f) and cos(wb + sign f) and writes cos(wc + 2f), with w = 2 pi k / p.
    """
    k = torch.tensor(frequencies).repeat_interleave(phases_each)
    f = 2 * torch.pi * torch.arange(phases_each).repeat(len(frequencies)) / phases_each
    angle = 2 * torch.pi * torch.arange(p)[:, None] * k / p
    model = MLP(p, p, len(k), p, "relu")
    with torch.no_grad():
        model.W_E.copy_(torch.eye(p))
        model.W_in[0] = torch.cos(angle + f)
        model.W_in[1] = torch.cos(angle + sign * f)
        model.W_out.copy_(torch.cos(angle + 2 * f).T)
    return model


def lookup(p: int, width: float = 0.0) -> MLP:
    """An MLP written by hand that knows the table of a + b by heart: one neuron for each pair. With a width
    it answers a little to neighbouring pairs, too."""
    one_hot = torch.eye(p) - 0.5
    pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p))
    model = MLP(p, p, p * p, p, "relu")
    with torch.no_grad():
        model.W_E.copy_(torch.eye(p))
        model.W_in[0] = one_hot[:, pairs[:, 0]]
        model.W_in[1] = one_hot[:, pairs[:, 1]]
        if width:
            apart = (torch.arange(p)[:, None, None] - pairs).abs()
            near = torch.exp(-(torch.minimum(apart, p - apart) ** 2) / (2 * width**2)) - 0.1
            model.W_in.copy_(near.movedim(2, 0))
        model.W_out.copy_(F.one_hot(pairs.sum(1) % p, p).float())
    return model


WAVES = planted(P, [1, 3, 4, 6], phases_each=16)


def test_one_wave_holds_a_neuron_that_an_order_does_not_fill() -> None:
    waves = fourier.strongest(measurement.read(WAVES))
    assert waves.share.min() > 0.99
    assert set(waves.frequency.unique().tolist()) == {1, 3, 4, 6}
    order = fourier.strongest(torch.arange(31.0)[:, None])
    assert order.frequency.tolist() == [1]
    assert 0.55 < order.share.item() < 0.65
    rows = torch.randperm(31, generator=torch.Generator().manual_seed(0))
    assert fourier.strongest(torch.arange(31.0)[rows, None]).share.item() < 0.3


def test_waves_survive_on_the_strongest_alone_and_in_a_table_on_any_or_none() -> None:
    weak = planted(P, [1, 3, 4, 6], phases_each=16)  # each neuron has a second wave, a weaker one
    with torch.no_grad():
        weak.W_in += 0.2 * weak.W_in.roll(16, dims=2)
    whole, strongest, rest, second = measurement.accuracies(weak, SUMS).values()
    assert whole == strongest == 1.0
    assert max(rest, second) < 0.3
    whole, strongest, _, second = measurement.accuracies(lookup(P), SUMS).values()
    assert whole == 1.0
    assert strongest < 0.5
    assert abs(second - strongest) < 0.1  # in a table no wave is better than another
    whole, strongest, _, second = measurement.accuracies(lookup(P, width=0.5), SUMS).values()
    assert whole == strongest == second == 1.0  # also where the strongest is enough


def test_regular_neurons_are_counted() -> None:
    assert measurement.regular(WAVES).all()
    assert not measurement.regular(lookup(P)).any()


def test_phases_of_the_sum_agree_and_those_of_the_difference_do_not() -> None:
    inside, outside = measurement.phases(WAVES)
    assert len(inside) == 64
    assert fourier.agreement(inside, outside) > 0.99
    differs = planted(P, [1, 3, 4, 6], phases_each=16, sign=-1)
    logits = differs(PAIRS).argmax(-1)
    assert torch.equal(logits, (PAIRS[:, 0] - PAIRS[:, 1]) % P)
    assert abs(fourier.agreement(*measurement.phases(differs))) < 0.1


def test_agreement_alone_makes_no_sum() -> None:
    straight = planted(P, [1, 3, 4, 6], phases_each=16)
    with torch.no_grad():
        straight.W_in += 2.0  # never below zero: the ReLU does nothing
    table = lookup(P)
    for model in (WAVES, straight, table):
        assert fourier.agreement(*measurement.phases(model)) > 0.99
    made = [
        measurement.product_share(measurement.hidden(model, PAIRS)[1]).median()
        for model in (WAVES, straight)
    ]
    assert made[0] > 0.1 and made[1] < 1e-4
    assert measurement.accuracies(straight, SUMS)["all of its weights"] < 0.2
    assert measurement.one_frequency(WAVES).all()
    assert measurement.one_frequency(table).float().mean() < 0.5


def test_before_the_nonlinearity_there_is_no_product_in_any_network() -> None:
    torch.manual_seed(0)
    untrained = MLP(P, 8, 20, P, "relu")
    for model in (untrained, WAVES):
        before, after = measurement.hidden(model, PAIRS)
        assert measurement.product_share(before).max() < 1e-4  # so the notebook does not print it
        assert measurement.product_share(after).median() > 0.1


def test_a_neuron_that_never_bends_or_reads_one_side_has_no_product_after_it_either() -> None:
    a, b = torch.meshgrid(torch.arange(P), torch.arange(P), indexing="ij")
    wave = torch.cos(2 * torch.pi * 3 * a / P) + torch.cos(2 * torch.pi * 3 * b / P)
    one_side = torch.cos(2 * torch.pi * 3 * a / P) + 0.02 * torch.cos(2 * torch.pi * 3 * b / P)
    pictures = torch.relu(torch.stack([wave + 5, one_side, wave], dim=-1))
    straight, bent_by_one, bent = measurement.product_share(pictures).tolist()
    assert straight < 1e-4 and bent_by_one < 0.01
    assert bent > 0.2
