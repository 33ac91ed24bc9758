"""The measurements against heads whose behaviour is known because their weights were written by hand."""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import attention

VOCAB, CONTEXT = 10, 12


@pytest.fixture(scope="module")
def induction_model() -> TransformerBridge:
    """Two attention-only layers, one head each, written by hand: a previous-token head whose output
    the second head uses as its key, so that it attends to the token after the last copy (K-composition),
    and copies what it finds.

    The residual stream holds, in blocks: the token (one-hot), the position (one-hot), the previous
    token (one-hot), the answer (one-hot).
    """
    d_model = 3 * VOCAB + CONTEXT
    token, place = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
    previous, answer = slice(place.stop, place.stop + VOCAB), slice(place.stop + VOCAB, d_model)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 1, "d_head": CONTEXT, "attn_only": True,
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    )  # fmt: skip
    sharp = 100.0
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token] = torch.eye(VOCAB)
        model.W_pos[:, place] = torch.eye(CONTEXT)
        one, two = model.blocks[0].attn, model.blocks[1].attn
        # linear layers store [out, in]; position p queries for key p - 1
        one.q.weight[: CONTEXT - 1, place] = sharp * torch.eye(CONTEXT)[1:]
        one.k.weight[: CONTEXT - 1, place] = torch.eye(CONTEXT)[:-1]
        one.v.weight[:VOCAB, token] = torch.eye(VOCAB)
        one.o.weight[previous, :VOCAB] = torch.eye(VOCAB)
        two.q.weight[:VOCAB, token] = sharp * torch.eye(VOCAB)
        two.k.weight[:VOCAB, previous] = torch.eye(VOCAB)
        two.v.weight[:VOCAB, token] = torch.eye(VOCAB)
        two.o.weight[answer, :VOCAB] = torch.eye(VOCAB)
        model.unembed.weight[:, answer] = torch.eye(VOCAB)
    return model


@pytest.fixture(scope="module")
def repeated() -> torch.Tensor:
    """Five distinct tokens, twice, after a first token 0 that takes the attention of those that find
    no key: [batch, 11]. Position 0 has no previous token, so nothing may repeat it."""
    seeded = [torch.Generator().manual_seed(i) for i in range(8)]
    rows = torch.stack([1 + torch.randperm(VOCAB - 1, generator=one)[:5] for one in seeded])
    return torch.cat([torch.zeros(8, 1, dtype=torch.long), rows, rows], dim=1)


def test_the_hand_written_circuit_predicts_the_repetition(induction_model, repeated) -> None:
    with torch.no_grad():
        guess = induction_model(repeated)[:, 6:-1].argmax(-1)
    assert torch.equal(guess, repeated[:, 7:])


def test_scores_name_the_two_heads(induction_model, repeated) -> None:
    pattern = attention.patterns(induction_model, repeated)[..., 1:, 1:]
    previous = attention.previous_token_score(pattern)
    induction = attention.induction_score(pattern, period=5)
    assert previous.shape == induction.shape == (2, 1)
    assert previous[0, 0] > 0.99 and previous[1, 0] < 0.5
    assert induction[1, 0] > 0.99 and induction[0, 0] < 0.05


def test_each_head_is_necessary(induction_model, repeated) -> None:
    for head in [(0, 0), (1, 0)]:
        logits = attention.without_heads(induction_model, repeated, [head])
        right = (logits[:, 6:-1].argmax(-1) == repeated[:, 7:]).float().mean()
        assert right < 0.5


def test_the_softmax_of_the_qk_circuit_is_the_pattern(induction_model, repeated) -> None:
    with torch.no_grad():
        _, cache = induction_model.run_with_cache(repeated)
        residual = cache["blocks.1.hook_resid_pre"][0]
        scores = attention.qk_circuit(induction_model, 1, 0, residual, residual)
    later = torch.ones_like(scores).triu(1).bool()
    pattern = scores.masked_fill(later, -torch.inf).softmax(-1)
    torch.testing.assert_close(pattern, cache["blocks.1.attn.hook_pattern"][0, 0])


def test_the_ov_circuit_of_the_second_head_copies(induction_model) -> None:
    copies = attention.ov_circuit(induction_model, 1, 0)
    torch.testing.assert_close(copies, torch.eye(VOCAB))
    assert not attention.ov_circuit(induction_model, 0, 0).any()
