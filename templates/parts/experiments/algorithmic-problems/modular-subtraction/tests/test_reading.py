"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import torch
from torch import Tensor
from torch.nn import functional as F
from transformer_lens import TransformerBridge

from lab import measurement
from lab.data import Batch
from lab.model import build_model
from lab.settings import QUICK
from lab.task import ModularArithmetic

P = 11
CPU = torch.device("cpu")
TASK = ModularArithmetic(QUICK.but(modulus=P), CPU)
PAIRS = measurement.different_pairs(TASK)


def asked(answers: Tensor) -> Batch:
    """The pairs of different numbers with other answers [pair] to give."""
    targets = PAIRS.targets.clone()
    targets[:, -1] = answers
    return Batch(PAIRS.tokens, targets)


def one_head(score_of_number: float, score_of_place: float, copies: str) -> TransformerBridge:
    """A head whose "=" scores number n in place i by score_of_number * n - score_of_place * i, and
    that then says the number it looks at, or the place (0 or 1) that it looks at."""
    width = P + 1 + 3
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": 2 * width, "n_heads": 1, "d_head": width, "attn_only": True,
            "normalization_type": None, "d_vocab": P + 1, "n_ctx": 3, "seed": 0,
        }
    ).eval()  # fmt: skip
    head = model.blocks[0].attn
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, : P + 1] = torch.eye(P + 1)
        model.W_pos[:, P + 1 : width] = torch.eye(3)
        head.q.weight[0, P] = width**0.5
        head.k.weight[0, :P] = score_of_number * torch.arange(P) + 100.0
        head.k.weight[0, P + 1 : P + 3] = torch.tensor([0.0, -score_of_place])
        head.v.weight[:, :width] = torch.eye(width)
        source = slice(0, P) if copies == "number" else slice(P + 1, P + 3)
        said = slice(width, width + (P if copies == "number" else 2))
        head.o.weight[said, source] = torch.eye(said.stop - said.start)
        model.unembed.weight[:, width : width + P + 1] = torch.eye(P + 1)
    return model


def rights(model: TransformerBridge, batch: Batch) -> dict[str, float]:
    """The share of right answers alone."""
    return {name: right for name, (right, _) in measurement.answers(model, batch).items()}


def test_place_in_the_scores_is_lost_with_attention_and_place_in_the_values_with_values() -> None:
    first, second = PAIRS.tokens[:, 0], PAIRS.tokens[:, 1]
    by_place = rights(one_head(0.0, 20.0, "number"), asked(first))
    assert by_place["as it is"] == by_place["attention frozen"] == 1.0
    assert by_place["values without place"] == 1.0
    assert by_place["attention without place"] < 0.6
    larger_is_second = (second > first).long()
    by_number = rights(one_head(20.0, 0.0, "place"), asked(larger_is_second))
    assert by_number["as it is"] == by_number["attention without place"] == 1.0
    assert by_number["values without place"] < 0.6
    assert by_number["attention frozen"] < 0.6


def test_scores_and_values_set_against_each_other_name_the_one_that_orders() -> None:
    first, second = PAIRS.tokens[:, 0], PAIRS.tokens[:, 1]
    by_scores = measurement.answers(one_head(0.0, 20.0, "number"), asked(first))
    assert by_scores["as it is"] == (1.0, 0.0)
    assert by_scores["scores of b a"] == (0.0, 1.0)
    by_values = measurement.answers(one_head(20.0, 0.0, "place"), asked((second > first).long()))
    assert by_values["as it is"] == by_values["scores of b a"] == (1.0, 0.0)


def test_without_any_place_half_is_the_most_for_subtraction_and_no_bound_for_addition() -> None:
    settings = QUICK.but(modulus=P, initializer_range=0.5)
    mirror = measurement.mirrors(PAIRS.tokens)
    for seed in range(3):
        model = build_model(TASK, settings.but(seed=seed), CPU)
        said_by_itself = model(PAIRS.tokens)[:, -1].argmax(-1)
        batch = asked(said_by_itself)  # the answers that would suit this model best
        differ = said_by_itself != said_by_itself[mirror]
        found = rights(model, Batch(*(part[differ] for part in batch)))
        assert found["as it is"] == 1.0
        assert found["neither"] <= 0.5
    larger = PAIRS.tokens[:, :2].amax(1)
    symmetric = rights(one_head(20.0, 0.0, "number"), asked(larger))
    assert symmetric["neither"] == 1.0


def test_the_mean_of_a_map_is_place_and_its_spread_is_numbers() -> None:
    place = measurement.preference(one_head(0.0, 20.0, "number"), PAIRS.tokens)
    assert place.mean() > 0.99
    assert place.std() < 0.01
    numbers = measurement.preference(one_head(20.0, 0.0, "number"), PAIRS.tokens)
    assert numbers.mean().abs() < 0.01
    assert numbers.std() > 0.9


def difference() -> Tensor:
    """a - b - c for every (a, b, c)."""
    n = torch.arange(P)
    return n[:, None, None] - n[None, :, None] - n


def test_a_few_peaks_are_waves_and_a_flat_line_is_a_table() -> None:
    wave = sum(torch.cos(2 * torch.pi * k * difference() / P) for k in (2, 5))
    shares = measurement.waves(wave, sign=-1)
    torch.testing.assert_close(shares, torch.tensor([0.0, 0.5, 0.0, 0.0, 0.5]), atol=1e-4, rtol=0)
    table = F.one_hot((difference() % P == 0).long(), 2)[..., 1].float()
    torch.testing.assert_close(
        measurement.waves(table, sign=-1), torch.full((5,), 0.2), atol=1e-4, rtol=0
    )
    assert measurement.effective_number(shares) < 2.01
    assert measurement.effective_number(measurement.waves(table, sign=-1)) > 4.99


def test_waves_of_the_difference_are_none_of_the_sum() -> None:
    wave = torch.cos(2 * torch.pi * 2 * difference() / P)
    assert measurement.waves(wave, sign=-1).sum() > 0.99
    assert measurement.waves(wave, sign=1).sum() < 0.01
