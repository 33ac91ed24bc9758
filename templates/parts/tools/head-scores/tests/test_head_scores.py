"""Heads of known kinds, written by hand, get the scores of their kind; other families by a second way."""

import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import head_scores

VOCAB, CONTEXT, SHARP = 60, 41, 1000.0
WORDS = " ".join(a + b for a in "abcdefgh" for b in "abcdefgh")


@pytest.fixture(scope="module")
def circuit() -> TransformerBridge:
    """L0H0 looks at the previous token, L0H1 at copies of the current one, itself included; L1H0 is
    an induction head that copies; L1H1 looks seven back and writes against what it finds."""
    d_model, width = 3 * VOCAB + CONTEXT, VOCAB
    token, place = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
    previous, answer = slice(place.stop, place.stop + VOCAB), slice(place.stop + VOCAB, d_model)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 2, "d_head": width, "attn_only": True,
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    )  # fmt: skip
    first, second = slice(0, width), slice(width, 2 * width)

    def back(attention: torch.nn.Module, start: int, offset: int) -> None:
        """Position p queries for key p - offset; linear layers store [out, in]."""
        eye = torch.eye(CONTEXT)
        attention.q.weight[start : start + CONTEXT - offset, place] = SHARP * eye[offset:]
        attention.k.weight[start : start + CONTEXT - offset, place] = eye[:-offset]

    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token] = torch.eye(VOCAB)
        model.W_pos[:, place] = torch.eye(CONTEXT)
        one, two = model.blocks[0].attn, model.blocks[1].attn
        back(one, 0, 1)
        one.v.weight[first, token] = torch.eye(VOCAB)
        one.o.weight[previous, first] = torch.eye(VOCAB)
        one.q.weight[second, token] = SHARP * torch.eye(VOCAB)
        one.k.weight[second, token] = torch.eye(VOCAB)
        two.q.weight[first, token] = SHARP * torch.eye(VOCAB)
        two.k.weight[first, previous] = torch.eye(VOCAB)
        two.v.weight[first, token] = torch.eye(VOCAB)
        two.o.weight[answer, first] = torch.eye(VOCAB)
        back(two, width, 7)
        two.v.weight[second, token] = torch.eye(VOCAB)
        two.o.weight[answer, second] = -torch.eye(VOCAB)
        model.unembed.weight[:, answer] = torch.eye(VOCAB)
    return model.eval()


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def family(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformerBridge:
    return tiny.model(tmp_path_factory.mktemp(request.param), request.param, [WORDS])


def test_heads_of_each_kind_score_as_their_weights_say(circuit) -> None:
    found = head_scores.attention_scores(circuit)
    assert found.previous[0, 0] > 0.99 and found.previous.flatten()[1:].max() < 0.1
    # the first token has none before it, and its L0H0 looks at itself: a second key for its copies
    assert found.induction[1, 0] > 0.95 and found.induction.flatten()[[0, 1, 3]].max() < 0.2
    # a copy of n shares attention with n others and the query itself
    tokens = head_scores.repeated_tokens(circuit)
    copies = torch.stack([(row[:i] == row[i]).sum() for row in tokens for i in range(len(row))])
    expected = (copies / (copies + 1))[copies > 0].mean()
    torch.testing.assert_close(found.duplicate[0, 1], expected, atol=1e-3, rtol=0)
    assert found.duplicate.flatten()[[0, 2, 3]].max() < 0.2


def test_a_fixed_distance_is_no_induction_since_each_sequence_has_its_own_period(circuit) -> None:
    """L1H1 looks seven back: where the period is eight, that is where an induction head looks."""
    assert head_scores.attention_scores(circuit).induction[1, 1] < 0.1
    row = torch.arange(8).repeat(5)[None]
    assert head_scores.attention_scores(circuit, row).induction[1, 1] > 0.99


def test_repeated_tokens_are_ordinary_and_repeat_with_periods_of_their_own(family) -> None:
    tokens = head_scores.repeated_tokens(family, n=40, length=30, seed=3)
    body = tokens
    if family.cfg.default_prepend_bos:
        assert (tokens[:, 0] == family.tokenizer.bos_token_id).all()
        body = tokens[:, 1:]
    assert body.shape == (40, 30)
    assert not torch.isin(body, torch.tensor(family.tokenizer.all_special_ids)).any()
    periods = {
        min(p for p in range(1, 31) if torch.equal(row[p:], row[: len(row) - p])) for row in body
    }
    assert min(periods) >= 6 and max(periods) <= 15 and len(periods) > 5
    for row in body[:5]:
        assert len(row.unique()) in periods
    assert torch.equal(tokens, head_scores.repeated_tokens(family, n=40, length=30, seed=3))


def test_special_added_and_padding_ids_are_left_out(tmp_path) -> None:
    model = tiny.model(tmp_path, "gpt2", [WORDS])
    everything = head_scores.ordinary_tokens(model)
    assert everything.tolist() == list(range(1, model.cfg.d_vocab))
    model.cfg.d_vocab += 5  # as where a vocabulary is padded to a round number
    assert torch.equal(head_scores.ordinary_tokens(model), everything)
    model.tokenizer.add_tokens(["<tool>"])
    assert model.tokenizer.convert_tokens_to_ids("<tool>") == len(everything) + 1
    assert torch.equal(head_scores.ordinary_tokens(model), everything)


def by_hand(pattern: Tensor, tokens: Tensor) -> Tensor:
    """The three scores [score, head] of one layer's pattern, position by position."""
    sums, n = torch.zeros(3, pattern.shape[1]), 0
    for row, ids in enumerate(tokens.tolist()):
        for q in range(len(ids)):
            copies = [k for k in range(q) if ids[k] == ids[q]]
            if copies:
                n += 1
                sums[0] += pattern[row, :, q, q - 1]
                sums[1] += pattern[row, :, q, copies].sum(-1)
                sums[2] += pattern[row, :, q, [k + 1 for k in copies]].sum(-1)
    return sums / n


def test_scores_are_those_by_hand_whatever_the_batch(family) -> None:
    tokens = head_scores.repeated_tokens(family, n=5, length=12)
    found = head_scores.attention_scores(family, tokens, batch=2)
    with torch.no_grad():
        _, cache = family.run_with_cache(tokens)
    for layer in (0, 1):
        expected = by_hand(cache[f"blocks.{layer}.attn.hook_pattern"], tokens)
        scores = torch.stack([score[layer] for score in found[:3]])
        torch.testing.assert_close(scores, expected, atol=1e-5, rtol=1e-4)


def test_even_attention_is_the_control(circuit) -> None:
    tokens = head_scores.repeated_tokens(circuit, n=6)
    size = tokens.shape[1]
    even = (torch.ones(size, size).tril() / torch.arange(1, size + 1)[:, None]).expand(6, 1, -1, -1)
    expected = by_hand(even, tokens)[:, 0]
    found = head_scores.attention_scores(circuit, tokens).even
    assert list(found) == ["previous", "duplicate", "induction"]
    assert list(found.values()) == pytest.approx(expected.tolist(), abs=1e-5)


def test_tokens_that_do_not_repeat_and_vocabularies_that_are_too_small_are_refused(circuit) -> None:
    with pytest.raises(ValueError, match="comes twice"):
        head_scores.attention_scores(circuit, torch.arange(20)[None])
    with pytest.raises(ValueError, match="no room"):
        head_scores.repeated_tokens(circuit, length=3)


def test_what_copies_is_told_from_what_suppresses_and_what_does_neither(circuit) -> None:
    found = head_scores.copying_scores(circuit, k=1)
    assert found.copied.tolist() == [[0, 0], [1, 0]]
    assert found.suppressed.tolist() == [[0, 0], [0, 1]]
    assert found.chance == pytest.approx(1 / VOCAB)


@pytest.mark.parametrize("through_mlp0", [False, True])
def test_what_a_head_writes_is_that_of_its_weights(family, through_mlp0) -> None:
    tokens = torch.tensor([3, 9, 20])
    found = head_scores.written_by_heads(family, tokens, through_mlp0=through_mlp0)
    block = family.blocks[1]
    with torch.no_grad():
        stream = family.embed(tokens[:, None])
        if through_mlp0:
            # the first attention is left out, so parallel and sequential blocks are the same here
            first = family.blocks[0]
            norm = first.ln2 if hasattr(first, "ln2") else first.ln1
            stream = stream + first.mlp(norm(stream))
        read = block.ln1(stream)[:, 0]
        shared = family.cfg.n_heads // block.attn.W_V.shape[0]
        for head in range(4):
            value = read @ block.attn.W_V[head // shared]
            if getattr(block.attn, "b_V", None) is not None:
                value = value + block.attn.b_V[head // shared]
            expected = value @ block.attn.W_O[head]
            torch.testing.assert_close(found[1][:, head], expected, atol=1e-4, rtol=1e-4)


def test_copying_scores_are_ranks_among_all_logits(family) -> None:
    tokens = head_scores.ordinary_tokens(family)[:40]
    found = head_scores.copying_scores(family, tokens, k=8, batch=16)
    written = head_scores.written_by_heads(family, tokens)[1][:, 2]
    with torch.no_grad():
        centred = family.ln_final(1e3 * written[:, None])[:, 0]
        if getattr(family.ln_final, "bias", None) is not None:
            centred = centred - family.ln_final.bias
        logits = centred @ family.W_U
    best, worst = (logits.topk(8, largest=largest).indices for largest in (True, False))
    assert found.copied[1, 2] == (best == tokens[:, None]).any(1).float().mean()
    assert found.suppressed[1, 2] == (worst == tokens[:, None]).any(1).float().mean()
    assert found.copied.max() > 0


def test_heads_are_found_by_name_or_by_score() -> None:
    scores = torch.tensor([[0.1, 0.9], [0.2, 0.3]])
    assert head_scores.head_named("", scores) == (0, 1)
    assert head_scores.head_named("L1H0", scores) == (1, 0)
    with pytest.raises(ValueError, match="no head"):
        head_scores.head_named("L2H0", scores)
