"""Each reading key of the notebook against heads whose weights were written by hand."""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import attention, measurement, rotary
from lab.settings import QUICK
from lab.task import make_task
from lab.training import evaluate

TASK = make_task(QUICK.but(n_tokens=12, context=24, room=32), torch.device("cpu"))
BATCH = TASK.held_out().rows(slice(0, 64))
V, C, ROOM = TASK.d_vocab, TASK.context, TASK.n_ctx
D_HEAD = 64
SHARP = 30.0


def empty(positions: str, d_model: int) -> TransformerBridge:
    """A head of zeros that copies the token that it looks at."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": d_model, "n_heads": 1, "d_head": D_HEAD, "attn_only": True,
            "normalization_type": None, "positional_embedding_type": positions, "d_vocab": V,
            "n_ctx": ROOM, "seed": 0,
        }
    )  # fmt: skip
    attn = model.blocks[0].attn
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, :V] = torch.eye(V)
        attn.v.weight[:V, :V] = torch.eye(V)
        attn.o.weight[V : 2 * V, :V] = torch.eye(V)
        model.unembed.weight[:, V : 2 * V] = torch.eye(V)
    return model


def by_position(favoured: float = 0.0) -> TransformerBridge:
    """Looks one back by position; a key that holds token 0 gets `favoured` on top, wherever it is."""
    model = empty("standard", 2 * V + ROOM)
    attn, place = model.blocks[0].attn, slice(2 * V, 2 * V + ROOM)
    with torch.no_grad():
        model.W_pos[:, place] = torch.eye(ROOM)
        attn.q.weight[: ROOM - 1, place] = SHARP * D_HEAD**0.5 * torch.eye(ROOM)[1:]
        attn.k.weight[: ROOM - 1, place] = torch.eye(ROOM)[:-1]
        attn.q.bias[ROOM] = D_HEAD**0.5
        attn.k.weight[ROOM, 0] = favoured
    return model


def not_itself(repelled: float) -> TransformerBridge:
    """Position favours one back and the own place alike; a key with the query's own token is repelled."""
    model = by_position()
    attn = model.blocks[0].attn
    with torch.no_grad():
        attn.q.weight[: ROOM - 1, 2 * V : 2 * V + ROOM] += (
            SHARP * D_HEAD**0.5 * torch.eye(ROOM)[:-1]
        )
        attn.q.weight[ROOM + 1 : ROOM + 1 + V, :V] = -repelled * D_HEAD**0.5 * torch.eye(V)
        attn.k.weight[ROOM + 1 : ROOM + 1 + V, :V] = torch.eye(V)
    return model


def by_waves(amplitudes: torch.Tensor) -> TransformerBridge:
    """Looks one back by rotation: each wave [pair] has its crest at distance 1, for every token."""
    model = empty("rotary", 2 * V)
    frequency = rotary.frequencies(model)
    query = torch.stack([amplitudes, torch.zeros_like(amplitudes)], 1)
    with torch.no_grad():
        model.blocks[0].attn.q.bias.copy_(query.flatten() * D_HEAD**0.5)
        key = torch.stack([frequency.cos(), frequency.sin()], 1)
        model.blocks[0].attn.k.bias.copy_(key.flatten())
    return model


def some(*pairs: int, height: float = 40.0) -> torch.Tensor:
    """Amplitudes [pair] that are `height` at these pairs and 0 elsewhere."""
    amplitudes = torch.zeros(D_HEAD // 2)
    amplitudes[list(pairs)] = height
    return amplitudes


def test_alike_patterns_hide_tokens_and_the_spread_by_term_shows_them() -> None:
    for favoured in (0.0, 0.8 * SHARP):
        model = by_position(favoured)
        _, alone = measurement.positions_alone(model, C)
        real = attention.patterns(model, BATCH.tokens)[0, :, 0].mean(0)
        assert attention.offset_score(torch.stack([alone, real]), 1).min() > 0.9
        spread = measurement.spread_by_term(model, C)
        assert spread["position x position"] > 3
        assert (spread["position x token"] > 3) == (favoured > 0)
        assert spread["token x position"] == spread["token x token"] == 0
        assert spread["token x itself"] == 0
    spread = measurement.spread_by_term(not_itself(5.0), C)
    assert spread["position x token"] < 0.01
    assert spread["token x token"] < 0.2 * spread["position x position"]
    assert spread["token x itself"] > 4
    assert evaluate(not_itself(5.0), BATCH)[1] > 0.85 > 0.75 > evaluate(not_itself(0.0), BATCH)[1]


def test_leads_below_zero_are_queries_that_look_elsewhere() -> None:
    assert measurement.leads(by_position(), BATCH.tokens).min() > 0.9 * SHARP
    drawn_away = measurement.leads(by_position(1.5 * SHARP), BATCH.tokens)
    pattern = attention.patterns(by_position(1.5 * SHARP), BATCH.tokens)[0, :, 0]
    elsewhere = pattern.argmax(-1)[:, 2:] != torch.arange(1, C - 1)
    assert elsewhere.float().mean() > 0.2
    assert torch.equal(drawn_away < 0, elsewhere)


def test_one_short_wave_peaks_again_and_a_second_tells_the_peaks_apart() -> None:
    frequency = rotary.frequencies(by_waves(some(0)))
    again = 1 + round(2 * torch.pi / frequency[0].item())  # 7: one wavelength later
    alone, _, _ = measurement.waves_by_distance(by_waves(some(0)), C)
    both, _, _ = measurement.waves_by_distance(by_waves(some(0, 3)), C)
    lead = [(waves.sum(0)[1] - waves.sum(0)[again]).item() for waves in (alone, both)]
    assert lead[0] < 0.05 * 40 and lead[1] > 0.5 * 40


def test_scaling_tells_a_wave_that_is_needed_from_one_that_sharpens() -> None:
    model = by_waves(some(0, 2, 3, 4, 5, height=0.7))

    def right(*kept: int, times: float = 1.0) -> float:
        return measurement.accuracy_with_waves(model, BATCH, torch.tensor(kept), times)

    assert right(0, 2, 3, 4, 5) == evaluate(model, BATCH)[1] > 0.85
    assert right(0, 3) < 0.78 and right(0, 3, times=5 / 2) > 0.93
    assert right(0) < 0.6 and right(0, times=5) < 0.85
    assert right(20, 25) < 0.5 and right(20, 25, times=5 / 2) < 0.5
    strong = by_waves(some(0, 3, 5, height=3.0))
    assert measurement.accuracy_with_waves(strong, BATCH, torch.tensor([0, 3])) > 0.95


def test_at_distance_0_a_token_meets_itself_alone() -> None:
    model = by_waves(some(0, 3, 5))
    with torch.no_grad():
        model.blocks[0].attn.q.weight[:V, :V] = 9 * torch.eye(V) * D_HEAD**0.5
        model.blocks[0].attn.k.weight[:V, :V] = torch.eye(V)
    waves, _, itself = measurement.waves_by_distance(model, C)
    assert itself - waves.sum(0)[0].item() > 5
    pattern = attention.patterns(model, BATCH.tokens)[0, :, 0].log()
    measured = (pattern.diagonal(0, 1, 2)[:, 1:] - pattern.diagonal(-1, 1, 2)).mean().item()
    assert measured == pytest.approx(itself - waves.sum(0)[1].item(), abs=1.0)
