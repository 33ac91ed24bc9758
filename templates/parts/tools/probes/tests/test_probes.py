"""The probes on residual streams whose content is known."""

import math

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import probes

VOCAB, CONTEXT = 6, 4


@pytest.fixture(scope="module")
def previous_token_model() -> TransformerBridge:
    """One layer, written by hand: each position reads its own token, and after the layer the
    previous one too, in dimensions of its own (one-hot token, one-hot position, one-hot previous)."""
    d_model = 2 * VOCAB + CONTEXT
    token, place = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": d_model, "n_heads": 1, "d_head": VOCAB, "attn_only": True,
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    )  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token] = torch.eye(VOCAB)
        model.W_pos[:, place] = torch.eye(CONTEXT)
        head = model.blocks[0].attn
        head.q.weight[: CONTEXT - 1, place] = 100 * torch.eye(CONTEXT)[1:]
        head.k.weight[: CONTEXT - 1, place] = torch.eye(CONTEXT)[:-1]
        head.v.weight[:, token] = torch.eye(VOCAB)
        head.o.weight[place.stop :, :] = torch.eye(VOCAB)
    return model


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    return torch.randint(VOCAB, (600, CONTEXT), generator=torch.Generator().manual_seed(0))


def test_a_probe_finds_the_previous_token_only_after_the_layer_that_wrote_it(
    previous_token_model, tokens
) -> None:
    stream = probes.residuals(previous_token_model, tokens, position=2)
    assert stream.shape == (2, 600, previous_token_model.cfg.d_model)
    before, after = (probes.probe_accuracy(layer, tokens[:, 1]) for layer in stream)
    assert before < 2 * probes.most_common(tokens[:, 1]) and after > 0.99
    assert probes.probe_accuracy(stream[0], tokens[:, 2]) > 0.99


def test_shuffled_labels_cannot_be_read(previous_token_model, tokens) -> None:
    stream = probes.residuals(previous_token_model, tokens, position=2)
    labels = probes.shuffled(tokens[:, 1])
    assert labels.bincount().equal(tokens[:, 1].bincount())
    assert probes.probe_accuracy(stream[1], labels) < 0.35


def test_a_parity_of_two_one_hot_bits_is_not_linear() -> None:
    bits = torch.randint(2, (2000, 2), generator=torch.Generator().manual_seed(0))
    xor = bits[:, 0] ^ bits[:, 1]
    assert probes.probe_accuracy(bits.float(), xor) < 0.7
    product = (bits[:, 0] * bits[:, 1])[:, None]
    assert probes.probe_accuracy(torch.cat([bits, product], dim=1).float(), xor) > 0.99


def test_r2_is_one_for_a_linear_function_and_none_for_noise() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1000, 8, generator=generator)
    assert probes.probe_r2(features, features @ torch.arange(8.0), ridge=1e-6) > 0.999
    assert abs(probes.probe_r2(features, torch.randn(1000, generator=generator))) < 0.1
    assert math.isnan(probes.probe_r2(features, torch.ones(1000)))
