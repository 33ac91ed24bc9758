"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement

N = 24


def drawn(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def covariance(data: Tensor) -> Tensor:
    return data.double().T.cov()


def test_a_few_large_dimensions_lower_the_raw_count_alone() -> None:
    data = drawn(2000, N)
    data[:, :2] *= 100
    assert measurement.components_needed(covariance(data), 0.9) == 2
    assert measurement.components_needed(covariance(data), 0.9, standardised=True) >= N * 0.8
    few = drawn(2000, 3) @ drawn(3, N, seed=1)  # the decoy: three directions are all there is
    assert measurement.components_needed(covariance(few), 0.999, standardised=True) == 3


def test_dimensions_that_vary_together_fall_below_the_shuffled_line() -> None:
    together = drawn(2000, 3) @ drawn(3, N, seed=1) + 0.1 * drawn(2000, N, seed=2)
    apart = drawn(2000, N) * drawn(N, seed=3).exp()
    counts = {}
    for name, data in (("together", together), ("apart", apart)):
        mixed = measurement.dimensions_shuffled(0)(data)
        assert torch.equal(mixed.sort(0).values, data.sort(0).values)
        counts[name] = [
            measurement.components_needed(covariance(one), 0.9, standardised=True)
            for one in (data, mixed)
        ]
    assert counts["together"][0] <= 3 < 18 <= counts["together"][1]
    assert abs(counts["apart"][0] - counts["apart"][1]) <= 1
    model = TransformerBridge.boot_native(  # the decoy: nothing was learned
        {
            "n_layers": 4, "d_model": 64, "n_heads": 4, "d_head": 16, "d_mlp": 256,
            "act_fn": "gelu", "normalization_type": "LN", "d_vocab": 50, "n_ctx": 32, "seed": 0,
        }
    ).eval()  # fmt: skip
    tokens = torch.randint(0, 50, (32, 32), generator=torch.Generator().manual_seed(0))
    own, mixed = (
        measurement.components_needed(
            measurement.covariances(model, tokens, change)[-1], 0.9, standardised=True
        )
        for change in (None, measurement.dimensions_shuffled(0))
    )
    assert own < 0.75 * mixed


def test_covariances_are_those_of_the_stream_without_its_first_position() -> None:
    model, tokens = grower(erases=False, grows=True), TOKENS
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    data = cache["blocks.1.hook_resid_pre"][:, 1:].flatten(0, 1).double()
    expected = (data - data.mean(0)).T @ (data - data.mean(0)) / len(data)
    assert torch.allclose(measurement.covariances(model, tokens)[1], expected, atol=1e-4)


def test_overlap_counts_directions_and_not_what_is_written() -> None:
    k, d = 4, 64
    one, turn = drawn(k, d), torch.linalg.qr(drawn(k, k, seed=5)).Q
    loud = drawn(d, seed=6)
    spans = {
        "the same span, turned": (one, turn @ one),
        "a loud direction in common": (
            torch.cat([100 * loud[None], drawn(k - 1, d, seed=7)]),
            torch.cat([100 * loud[None], drawn(k - 1, d, seed=8)]),
        ),
        "strangers": (one, drawn(k, d, seed=9)),
    }
    found = {}
    for name, pair in spans.items():
        a, b = (torch.linalg.qr(written.T).Q.T for written in pair)
        found[name] = float(measurement.overlap(a, b))
    assert found["the same span, turned"] == pytest.approx(1.0, abs=1e-4)
    assert found["strangers"] < 2 * k / d
    assert 1 / k <= found["a loud direction in common"] < 1 / k + 2 * k / d
    spaces = torch.linalg.qr(drawn(3, 2, d, k)).Q.transpose(-1, -2)
    by_chance = measurement.random_overlaps(spaces, seed=0)
    assert by_chance.mean() == pytest.approx(k / d, abs=3 * float(by_chance.std()) / 8)
    assert measurement.overlaps(spaces)[0, 1] == pytest.approx(k / d, abs=0.05)


TOKENS = torch.randint(0, 10, (8, 6), generator=torch.Generator().manual_seed(0))
DIRECTION = torch.eye(N)[0]


def grower(*, erases: bool, grows: bool, damps: bool = False) -> TransformerBridge:
    """Three layers of MLPs on a stream whose dimensions 0 and 1 start empty.

    `erases`: layer 1 writes the negative of dimension 0. `grows`: every layer adds a long vector.
    `damps`: layer 1 writes what it reads of dimension 2, behind LayerNorm, along dimension 0.
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": 3, "d_model": N, "n_heads": 1, "d_head": 4, "d_mlp": 4, "act_fn": "relu",
            "normalization_type": "LN" if damps else None, "d_vocab": 10, "n_ctx": 6, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, 2:] = drawn(10, N - 2)
        if erases:
            mlp = model.blocks[1].mlp
            getattr(mlp, "in").weight[0, 0] = (
                1.0  # neuron 0 reads dimension 0, neuron 1 its negative
            )
            getattr(mlp, "in").weight[1, 0] = -1.0
            mlp.out.weight[0, 0], mlp.out.weight[0, 1] = -1.0, 1.0
        if damps:
            model.blocks[1].ln2.weight.fill_(1.0)
            model.W_E[:, 2] = 5.0
            getattr(model.blocks[1].mlp, "in").weight[0, 2] = 1.0
            model.blocks[1].mlp.out.weight[0, 0] = 2.0
        if grows:
            for block in model.blocks:
                block.mlp.out.bias[1] = 20.0
    return model


def test_erasing_and_dilution_look_different() -> None:
    curves = {}
    for erases, grows in ((False, False), (True, False), (False, True)):
        model = grower(erases=erases, grows=grows)
        curves[erases, grows] = measurement.kept(model, TOKENS, 0, DIRECTION, size=3.0)
    untouched, erased, diluted = curves.values()
    assert torch.allclose(untouched[0], torch.ones(4), atol=1e-4)
    assert torch.allclose(untouched[1], torch.ones(4), atol=1e-4)
    assert torch.allclose(erased[0], torch.tensor([1.0, 1.0, 0.0, 0.0]), atol=1e-4)
    assert torch.allclose(diluted[0], torch.ones(4), atol=1e-4)
    assert diluted[1][-1] < 0.2
    assert (diluted[1].diff() < 0).all()
    alone = measurement.if_left_alone(grower(erases=False, grows=True), TOKENS, 0)
    assert torch.allclose(diluted[1], alone, atol=1e-4)
    assert not torch.allclose(
        erased[1], measurement.if_left_alone(grower(erases=True, grows=False), TOKENS, 0), atol=0.1
    )


def test_a_longer_stream_damps_what_is_written_along_it_anyway() -> None:
    model = grower(erases=False, grows=False, damps=True)
    assert (
        getattr(model.blocks[1].mlp, "in").weight[:, 0].abs().max() == 0.0
    )  # reads no dimension 0
    left, _ = measurement.kept(model, TOKENS, 0, DIRECTION, size=10.0)
    assert left[1] == pytest.approx(1.0, abs=1e-4)
    assert left[2] < 0.8
