"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import TwoOperations

P = 11
CPU = torch.device("cpu")
SMALL = QUICK.but(modulus=P, operations=["+", "-"], d_model=32, d_mlp=32, initializer_range=0.5)
TASK, FULL_SIZE = TwoOperations(SMALL, CPU), TwoOperations(QUICK, CPU)
PLUS, MINUS = (TASK.operator(name) for name in ("+", "-"))


def carriers(answers: Tensor, first: int) -> measurement.Last:
    """One neuron for each answer, beginning with neuron `first`, on for the questions with that answer."""
    neurons = torch.zeros(len(answers), 4 * P)  # the last half of them are dead
    neurons[:, first : first + P] = 5.0 * F.one_hot(answers, P)
    return measurement.Last(neurons, torch.zeros(len(answers), P))


def planted_costs(first_of_minus: int) -> float:
    """Rank correlation of the costs where "-" uses the neurons from here on, and "+" those from 0 on."""
    generator = torch.Generator().manual_seed(0)
    answers = torch.randint(P, (200,), generator=generator) ** 2 // P  # some are more common
    seen = {"+": carriers(answers, 0), "-": carriers(answers, first_of_minus)}
    found = measurement.rises(seen, {"+": answers, "-": answers}, torch.eye(P).repeat(4, 1))
    return measurement.rank_correlation(found["+"], found["-"])


def test_costs_rank_alike_where_neurons_are_shared_and_not_where_they_are_kept_apart() -> None:
    assert planted_costs(first_of_minus=0) > 0.9
    assert planted_costs(first_of_minus=P) < -0.5


def untrained(seed: int) -> TransformerBridge:
    """A model of the notebook's size that has learned nothing."""
    return build_model(FULL_SIZE, QUICK.but(seed=seed), CPU)


def test_untrained_models_stand_between_the_two() -> None:
    questions = {name: FULL_SIZE.questions(name) for name in "+-"}
    for seed in range(2):
        found = measurement.costs(untrained(seed), questions)
        assert -0.2 < measurement.rank_correlation(*found.values()) < 0.6


def test_neurons_of_an_untrained_model_have_the_same_frequency_under_both() -> None:
    for seed in range(2):
        pictures = measurement.pictures(untrained(seed), FULL_SIZE)
        assert measurement.same_frequency(*pictures.values()).share > 0.8
    many, dealt = (
        torch.cat([wave(k, 1, 5) for k in order], -1) for order in ((1, 2, 3, 4), (2, 3, 4, 1))
    )
    assert measurement.same_frequency(many, many).share == 1.0
    assert measurement.same_frequency(many, dealt).share == 0.0


def test_equal_costs_share_their_rank_and_dead_neurons_have_none() -> None:
    one, other = torch.tensor([3.0, 1, 0, 0, 0, 0]), torch.tensor([0, 0, 1.0, 3, 0, 0])
    assert abs(measurement.rank_correlation(one, other) + 8 / 9) < 1e-6


def wave(frequency: int, sign: int, n: int = 1) -> Tensor:
    """cos of a frequency in a + sign * b over all pairs, n neurons of it: [P, P, n]."""
    a = torch.arange(P)
    angle = 2 * torch.pi * frequency * (a[:, None] + sign * a) / P
    return angle.cos()[..., None].expand(-1, -1, n)


def test_the_same_frequency_need_not_be_the_same_wave() -> None:
    plus, minus = wave(3, 1, 5), wave(3, -1, 5)
    found = measurement.same_frequency(plus, minus)
    assert found.share == 1.0
    assert found.table[2, 2] == found.table.sum() == 5
    unlike = torch.corrcoef(torch.stack([plus[..., 0].flatten(), minus[..., 0].flatten()]))[0, 1]
    assert abs(unlike) < 0.01


def test_both_ways_in_together_are_the_other_operation_in_any_model_of_one_layer() -> None:
    for seed in range(3):
        model = build_model(TASK, SMALL.but(seed=seed), CPU)
        taken = measurement.answers_with(model, TASK, "+", "-", ["pattern", "values"])
        own = measurement.answers_with(model, TASK, "-", "-", [])
        assert torch.equal(taken, own)


def test_each_way_in_is_seen_where_it_is_the_one_that_is_used() -> None:
    by_values = build_model(TASK, SMALL, CPU)
    with torch.no_grad():
        by_values.blocks[0].attn.k.weight.zero_()  # every key gets the same attention
    by_pattern = build_model(TASK, SMALL, CPU)
    with torch.no_grad():
        by_pattern.W_E[MINUS, 4:] = by_pattern.W_E[PLUS, 4:]
        by_pattern.blocks[0].attn.v.weight[:, :4] = 0.0  # no value sees where + and - differ
        by_pattern.W_E[MINUS, :4] = -by_pattern.W_E[PLUS, :4]
    for model, used, unused in (
        (by_values, "values", "pattern"),
        (by_pattern, "pattern", "values"),
    ):
        own, other = (measurement.answers_with(model, TASK, name, name, []) for name in "+-")
        assert not torch.equal(own, other)
        assert torch.equal(measurement.answers_with(model, TASK, "+", "-", [used]), other)
        assert torch.equal(measurement.answers_with(model, TASK, "+", "-", [unused]), own)
