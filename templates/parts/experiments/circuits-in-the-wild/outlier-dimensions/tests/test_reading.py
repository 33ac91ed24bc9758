"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

from pathlib import Path

import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement

D, VOCAB, LENGTH = 32, 12, 10
GIANT = 3  # the dimension that is made large
TEXT = "the cat sat on a mat and we went to the store by a road that no one knew of"
TOKENS = torch.randint(1, VOCAB, (8, LENGTH), generator=torch.Generator().manual_seed(0))
TOKENS[:, 0] = 0


def drawn(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def n_outliers(data: Tensor) -> dict[str, int]:
    """Outliers of inputs by each criterion, as they are and in a turned basis."""
    own, turned = measurement.count(iter([data]), [measurement.random_turn(data.shape[-1], seed=0)])
    return {
        f"{basis} {name}": len(measurement.outliers(getattr(found, name)))
        for basis, found in (("own", own), ("turned", turned))
        for name in ("later", "first", "later_relative", "first_relative")
    }


def test_a_long_input_is_not_an_outlier_dimension() -> None:
    d = 256
    single, long, short, at_first = (drawn(4, 8, 20, d, seed=seed) for seed in range(4))
    single[..., GIANT] = 20.0
    found = n_outliers(single)
    assert found["own later"] == found["own later_relative"] == 1
    assert found["turned later"] == found["turned later_relative"] == 0
    found = n_outliers(8 * long)
    assert min(found["own later"], found["turned later"]) > 0.9 * d
    assert found["own later_relative"] == found["turned later_relative"] == 0
    short[..., GIANT] = 20.0
    found = n_outliers(0.1 * short)
    assert found["own later"] == 0 and found["own later_relative"] == 1
    at_first[:, :, 0, GIANT] = 100.0
    found = n_outliers(at_first)
    assert found["own first"] == 1 and found["own later"] == 0


def test_a_norm_weight_makes_an_outlier_of_an_ordinary_coordinate() -> None:
    model = planted((0.0, 0.0), norm="LN")
    with torch.no_grad():
        model.W_E[:] = drawn(VOCAB, D)
        for block in model.blocks:
            for norm in (block.ln1, block.ln2):
                norm.weight[GIANT] = 60.0
    (found,) = measurement.count(measurement.inputs(model, TOKENS), [])
    assert measurement.outliers(found.later).tolist() == [GIANT]
    sizes = measurement.stream(model, TOKENS, 1).abs().mean((0, 1))
    assert sizes[GIANT] < 1.5 * sizes.mean()


def test_the_three_largest_coordinates_hold_what_they_hold() -> None:
    data = torch.ones(2, 3, 5, 12)
    data[..., :3] = 3.0
    data[:, :, 0] = 1.0  # the first position does not count
    (found,) = measurement.count(iter([data[:, :2], data[:, 2:]]), [])
    assert torch.allclose(found.top, torch.full((2,), 27 / 36))
    assert measurement.by_part(torch.arange(4.0), 2)["MLP"].tolist() == [1.0, 3.0]
    assert measurement.by_part(torch.arange(2.0), 2)["attention"].tolist() == [0.0, 1.0]


def test_the_criterion_wants_a_quarter_of_the_inputs_and_six_tokens_in_a_hundred() -> None:
    shares = torch.zeros(8, 5)
    shares[:2, 1], shares[:1, 2], shares[:, 3] = 0.06, 1.0, 0.059
    assert measurement.outliers(shares).tolist() == [1]


def test_a_turned_basis_keeps_lengths() -> None:
    turn, data = measurement.random_turn(D, seed=1), drawn(5, D)
    assert torch.allclose((data @ turn).norm(dim=1), data.norm(dim=1), atol=1e-4)


def test_a_few_massive_tokens_decide_neither_rank_nor_variance() -> None:
    values = drawn(40, 10, 4)
    values[..., 1] += 5.0
    values[0, 5, 2] = 1e5
    assert measurement.largest(values, 1).tolist() == [1]
    flat = values[:, 1:].flatten(0, 1)
    assert float(measurement.clipped(flat, flat)[:, 2].std()) < 1.2
    assert float(flat[:, 2].std()) > 1000


def labelled(n: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Kinds [n] of tokens, tokens [n] (twelve, two of each kind), a message [n] of 1 and -1, noise [n]."""
    tokens = torch.randint(0, 12, (n,), generator=torch.Generator().manual_seed(seed))
    return tokens // 2, tokens, 1.0 - 2.0 * (tokens % 2), drawn(n, seed=seed + 9)


def test_a_constant_can_carry_a_small_message() -> None:
    found = []
    for seed in (0, 1):
        _, tokens, message, noise = labelled(2000, seed)
        found.append((torch.stack([100 + message, 100 + noise], dim=1), tokens))
    (made, made_tokens), (values, tokens) = found
    assert (values.mean(0).abs() > 50 * values.std(0)).all()  # both look constant
    speaks, silent = measurement.explained(made, made_tokens, values, tokens).tolist()
    assert speaks > 0.99 and abs(silent) < 0.05


def test_kinds_and_tokens_are_told_apart() -> None:
    found = []
    for seed in (0, 1):
        kinds, tokens, message, noise = labelled(2000, seed)
        of_kind = kinds.float() + 0.1 * noise
        found.append((torch.stack([of_kind, message, noise], dim=1), kinds, tokens))
    (made, made_kinds, made_tokens), (values, kinds, tokens) = found
    by_kind = measurement.explained(made, made_kinds, values, kinds)
    by_token = measurement.explained(made, made_tokens, values, tokens)
    assert by_kind[0] > 0.95 and abs(by_kind[1]) < 0.05 and abs(by_kind[2]) < 0.05
    assert by_token[0] > 0.95 and by_token[1] > 0.99 and abs(by_token[2]) < 0.05


def test_a_label_that_was_not_seen_gets_the_mean_of_all() -> None:
    made, values = torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0], [2.0]])
    assert measurement.explained(
        made, torch.tensor([0, 1]), values, torch.tensor([5, 5])
    ).item() == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("token", "kind"),
    [("\n\n", 0), (" \n", 0), ("  ", 1), (".", 2), (" ==", 2), (" 12", 3), (" the", 4), ("ing", 5)],
)
def test_tokens_have_the_kind_that_they_look_like(token: str, kind: int) -> None:
    assert measurement.kind(token) == kind


def planted(
    writes: tuple[float, ...], *, read: float = 0.0, norm: str | None = None
) -> TransformerBridge:
    """Layers whose MLP biases write so much into GIANT; each layer's MLP reads it by `read`, and turns it
    into the logits. Tokens predict themselves, so that the loss depends on what is written over them."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": len(writes), "d_model": D, "n_heads": 1, "d_head": 4, "d_mlp": 2,
            "act_fn": "relu", "normalization_type": norm, "d_vocab": VOCAB, "n_ctx": LENGTH, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "ln" not in name:
                parameter.zero_()
        model.W_E[:, 8 : 8 + VOCAB] = torch.eye(VOCAB)
        unembed = model.unembed.weight  # [d_vocab, d_model]
        unembed[:, 8 : 8 + VOCAB] = 4 * torch.eye(VOCAB)
        unembed[1, GIANT] = read
        unembed[2, GIANT] = -read
        for block, size in zip(model.blocks, writes, strict=True):
            block.mlp.out.bias[GIANT] = size
    return model


def test_one_writer_and_many_look_different() -> None:
    dims = torch.tensor([GIANT, 0])
    for writes in ((0.0, 0.0, 21.0), (7.0, 7.0, 7.0)):
        found = measurement.written(planted(writes), TOKENS, dims)
        assert [float(found[f"MLP{i}"][0, 0]) for i in range(3)] == pytest.approx(writes)
        largest = measurement.strongest(found, row=0, place=0, n=1, before=3)[0]
        assert largest[1] == pytest.approx(max(writes)) and largest[0].startswith("MLP")
        assert float(found["MLP2"][0, 1]) == 0
    taken_away = measurement.written(planted((7.0, 0.0, -21.0)), TOKENS, dims)
    assert measurement.strongest(taken_away, row=0, place=0, n=1, before=2)[0][0] == "MLP0"


def test_a_value_that_is_read_and_one_that_sets_the_scale() -> None:
    found = {}
    for name, model in {
        "read": planted((30.0, 0.0), read=0.2),
        "scale": planted((30.0, 0.0), norm="LN"),
        "neither": planted((30.0, 0.0)),
    }.items():
        clean = measurement.clean_run(model, TOKENS)
        moved = measurement.moves(clean, GIANT, 0.0)
        own = measurement.rise(model, clean, torch.eye(D)[GIANT], moved)
        held = measurement.rise(model, clean, torch.eye(D)[GIANT], moved, scale_kept=True)
        other, _ = measurement.rises(model, clean, torch.eye(D)[[0, 1]], moved)
        found[name] = float(own.mean().abs()), float(held.mean().abs()), abs(other)
    general = planted(
        (30.0, 0.0), read=0.2
    )  # every coordinate matters to somebody, this one no more
    with torch.no_grad():
        general.unembed.weight[1, :8] = 0.2
        general.unembed.weight[2, :8] = -0.2
    clean = measurement.clean_run(general, TOKENS)
    moved = measurement.moves(clean, GIANT, 0.0)
    own = measurement.rise(general, clean, torch.eye(D)[GIANT], moved, scale_kept=True).mean()
    other, _ = measurement.rises(general, clean, torch.eye(D)[[0, 1]], moved, scale_kept=True)
    assert abs(other) > 0.1 and float(own) == pytest.approx(other, rel=0.2)
    assert found["read"][0] > 1 and found["read"][1] > 1 and found["read"][2] < 1e-4
    assert found["scale"][0] > 0.1 and found["scale"][1] < 1e-4
    assert max(found["neither"]) < 1e-4


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_the_edit_moves_the_stream_as_told_and_no_more(family: str, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    tokens = model.to_tokens(TEXT, prepend_bos=False)[:, :12]
    clean = measurement.clean_run(model, tokens)
    unit = torch.eye(model.cfg.d_model)[1]
    nothing = torch.zeros(clean.streams.shape[:-1])
    for held in (False, True):
        still = measurement.rise(model, clean, unit, nothing, scale_kept=held)
        assert still.abs().max() < 1e-4
    later = measurement.moves(clean, 1, 5.0)
    first = measurement.moves(clean, 1, 5.0, first=True)
    assert (later[:, :, 0] == 0).all() and (first[:, :, 1:] == 0).all()
    assert torch.allclose(clean.streams[..., 1] + later + first, torch.full_like(later, 5.0))
    assert measurement.rise(model, clean, unit, later + first).abs().max() > 1e-3
    kept = measurement.rise(model, clean, unit, 100 * (later + first), scale_kept=True)
    free = measurement.rise(model, clean, unit, 100 * (later + first))
    assert not torch.allclose(kept, free, atol=1e-2)  # the scales are kept indeed
    assert torch.isfinite(kept).all()


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_what_is_written_adds_up_to_the_stream(family: str, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    tokens = model.to_tokens(TEXT, prepend_bos=False)[:, :12]
    dims = torch.tensor([0, 5])
    found = measurement.written(model, tokens, dims)
    last = measurement.clean_run(model, tokens).streams[-1][..., dims]
    whole = sum(value for name, value in found.items() if not name.startswith("L"))
    assert torch.allclose(whole[0], last[:, 1:].mean((0, 1)), atol=1e-3)
    assert torch.allclose(whole[1], last[:, 0].mean(0), atol=1e-3)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_inputs_are_what_attention_and_mlps_read(family: str, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    tokens = model.to_tokens(TEXT, prepend_bos=False)[:, :12]
    found = next(measurement.inputs(model, tokens))
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    assert len(found) in (model.cfg.n_layers, 2 * model.cfg.n_layers)
    norm = model.blocks[0].ln1
    normalized = cache["blocks.0.ln1.hook_normalized"] * norm.weight
    bias = (
        getattr(norm.original_component, "bias", None)
        if hasattr(norm, "original_component")
        else None
    )
    expected = normalized if bias is None else normalized + bias
    assert torch.allclose(found[0], expected, atol=1e-4)
