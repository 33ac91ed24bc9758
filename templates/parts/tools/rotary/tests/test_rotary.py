"""The waves against the attention of a rotary model, and against a head written by hand."""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import rotary

D_HEAD, CONTEXT = 8, 10


@pytest.fixture
def model() -> TransformerBridge:
    """One rotary head with large random weights, so that its pattern is far from uniform."""
    return TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": 16, "n_heads": 1, "d_head": D_HEAD, "attn_only": True,
            "normalization_type": None, "positional_embedding_type": "rotary", "d_vocab": 7,
            "n_ctx": CONTEXT, "initializer_range": 0.7, "seed": 0,
        }
    )  # fmt: skip


def test_the_waves_add_up_to_the_scores_behind_the_pattern(model) -> None:
    tokens = torch.randint(7, (1, CONTEXT), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    query, key = (cache[f"blocks.0.attn.hook_{name}"][0, :, 0] for name in "qk")
    scores = torch.full((CONTEXT, CONTEXT), -torch.inf)
    for q in range(CONTEXT):
        for k in range(q + 1):
            parts = rotary.score_at(query[q], key[k], model, torch.tensor([q - k]))
            scores[q, k] = parts.sum()
    pattern = cache["blocks.0.attn.hook_pattern"][0, 0]
    torch.testing.assert_close(scores.softmax(-1), pattern, atol=1e-5, rtol=1e-4)
    assert pattern.diagonal().std() > 0.05


def test_a_pair_turned_back_by_its_own_angle_peaks_one_position_back(model) -> None:
    speed = rotary.frequencies(model)
    assert speed[0] == 1.0 and (speed.diff() < 0).all()
    for pair in range(D_HEAD // 2):
        key, query = torch.zeros(D_HEAD), torch.zeros(D_HEAD)
        key[2 * pair] = 1.0
        query[2 * pair], query[2 * pair + 1] = torch.cos(-speed[pair]), torch.sin(-speed[pair])
        amplitude, phase = rotary.waves(query, key, model)
        assert amplitude[pair] == pytest.approx(D_HEAD**-0.5)
        assert phase[pair].item() == pytest.approx(-speed[pair].item(), abs=1e-5)
        curve = rotary.score_at(query, key, model, torch.arange(4)).sum(0)
        assert curve.argmax() == 1
