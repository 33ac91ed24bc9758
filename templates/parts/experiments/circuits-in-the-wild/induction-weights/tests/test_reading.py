"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

from pathlib import Path

import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import head_scores, measurement

VOCAB, CONTEXT, SHARP = 24, 31, 50.0
TOKEN, PLACE = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
PREVIOUS = slice(PLACE.stop, PLACE.stop + VOCAB)
SPARE = slice(PREVIOUS.stop, PREVIOUS.stop + VOCAB)
ANSWER = slice(SPARE.stop, SPARE.stop + VOCAB)
D = ANSWER.stop
WORDS = " ".join(a + b for a in "abcdefgh" for b in "abcdefgh")
MATCHER, BY_PLACE, COPIER, CONSTANT = (1, 0), (1, 1), (1, 0), (1, 1)


def circuit(
    *, elsewhere: bool = False, rewritten: bool = False, alike: bool = False
) -> TransformerBridge:
    """L0H0 carries the token before; L0H1 does nothing; L1H0 matches it and copies; L1H1 looks seven back
    and writes token 3 whatever it reads.

    `elsewhere`: L0H0 writes where nobody reads. `rewritten`: MLP0 moves tokens into another place of the
    stream, and L1H0 copies from there. `alike`: L1H0 matches each token with three more as well.
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": D, "n_heads": 2, "d_head": CONTEXT, "d_mlp": VOCAB,
            "act_fn": "relu", "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    ).eval()  # fmt: skip
    one, two = slice(0, VOCAB), slice(CONTEXT, CONTEXT + VOCAB)
    eye, places = torch.eye(VOCAB), torch.eye(CONTEXT)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN], model.W_pos[:, PLACE] = eye, places
        first, second = model.blocks[0].attn, model.blocks[1].attn
        first.q.weight[: CONTEXT - 1, PLACE] = SHARP * places[1:]
        first.k.weight[: CONTEXT - 1, PLACE] = places[:-1]
        first.v.weight[one, TOKEN] = eye
        first.o.weight[SPARE if elsewhere else PREVIOUS, one] = eye
        if rewritten:
            getattr(model.blocks[0].mlp, "in").weight[:, TOKEN] = eye
            model.blocks[0].mlp.out.weight[SPARE] = eye
        matched = torch.eye(VOCAB // 4).kron(torch.ones(4, 4)) if alike else eye
        second.q.weight[one, TOKEN] = SHARP * matched
        second.k.weight[one, PREVIOUS] = eye
        second.v.weight[one, SPARE if rewritten else TOKEN] = eye
        second.o.weight[ANSWER, one] = eye
        second.q.weight[CONTEXT : 2 * CONTEXT - 7, PLACE] = SHARP * places[7:]
        second.k.weight[CONTEXT : 2 * CONTEXT - 7, PLACE] = places[:-7]
        second.v.bias[two.start] = 1.0
        second.o.weight[ANSWER.start + 3, two.start] = 1.0
        model.unembed.weight[:, ANSWER] = eye
    return model


def repeats(model: TransformerBridge) -> torch.Tensor:
    return head_scores.repeated_tokens(model, n=16, length=30, seed=0)


def test_a_head_that_copies_and_one_that_always_says_the_same() -> None:
    ids = torch.arange(VOCAB)
    own, other = measurement.copied(circuit(), ids, 1, k=1, through_mlp0=False)
    assert own[0] == 1 and other[0] == 0
    assert own[1] == other[1] == pytest.approx(1 / VOCAB)  # right for token 3, read or not


def test_a_token_that_the_first_mlp_rewrites_is_copied_after_it_alone() -> None:
    ids = torch.arange(VOCAB)
    for rewritten in (True, False):
        found = [
            float(
                measurement.copied(circuit(rewritten=rewritten), ids, 1, k=1, through_mlp0=after)[
                    0
                ][0]
            )
            for after in (False, True)
        ]
        assert found == ([0.0, 1.0] if rewritten else [1.0, 1.0])


def test_a_fit_needs_more_than_looking_at_the_token_before() -> None:
    for elsewhere in (False, True):
        model = circuit(elsewhere=elsewhere)
        tokens = repeats(model)
        assert head_scores.attention_scores(model, tokens).previous[0, 0] > 0.99
        fits, by_chance = measurement.compositions(model, MATCHER, n_draws=4, seed=0)
        ratio = fits[0, 0] / by_chance[0, 0]
        assert ratio < 0.1 if elsewhere else ratio > 1.8


def test_a_turned_writer_fits_as_random_matrices_do() -> None:
    drawn = [torch.randn(64, 16, generator=torch.Generator().manual_seed(i)) for i in range(4)]
    reader = measurement.Weights(drawn[0], torch.zeros(16), drawn[1], drawn[2], drawn[3].T)
    writer = measurement.Weights(drawn[2], torch.zeros(16), drawn[3], drawn[0], drawn[1].T)
    turned = measurement.turned(writer, measurement.random_turn(64, seed=0))
    # it writes just what the reader's keys read
    assert measurement.composition(reader, writer) > 1.2 * measurement.composition(reader, turned)
    spectrum = [torch.linalg.svdvals(one.v @ one.o) for one in (writer, turned)]
    assert torch.allclose(*spectrum, atol=1e-3)
    qk, ov = reader.q @ reader.k.T, writer.v @ writer.o
    expected = float((qk @ ov.T).norm() / (qk.norm() * ov.norm()))
    assert measurement.composition(reader, writer) == pytest.approx(expected, rel=1e-4)


def test_a_head_that_matches_is_predicted_and_one_that_goes_by_place_is_not() -> None:
    model = circuit()
    tokens = repeats(model)
    for head in (MATCHER, BY_PLACE):
        real = measurement.real_scores(model, tokens, head)
        through, other, own = (
            measurement.predicted_scores(model, tokens, head, path)
            for path in ([(0, 0)], [(0, 1)], [])
        )
        found = [measurement.agreement(real, one) for one in (through, other, own)]
        if head == MATCHER:
            assert found[0] > 0.7 and abs(found[1]) < 0.05 and found[2] < 0.3
            mixed = measurement.predicted_scores(model, tokens.roll(1, dims=0), head, [(0, 0)])
            assert abs(measurement.agreement(real, mixed)) < 0.1
            assert measurement.right_keys(real, tokens)[0] == 1
            hit, chance = measurement.right_keys(through, tokens)
            assert hit == 1 and chance < 0.4
        else:
            assert max(map(abs, found)) < 0.05
    same = torch.arange(8).repeat(4)[
        None, :30
    ]  # with one period for all, place passes for matching
    assert head_scores.attention_scores(model, same).induction[BY_PLACE] > 0.9
    assert abs(
        measurement.agreement(
            measurement.real_scores(model, same, BY_PLACE),
            measurement.predicted_scores(model, same, BY_PLACE, [(0, 0)]),
        )
    ) < 0.05  # fmt: skip


def test_matching_alike_tokens_is_told_from_the_rule() -> None:
    for alike in (False, True):
        model = circuit(alike=alike)
        tokens = repeats(model)
        real = measurement.real_scores(model, tokens, MATCHER)
        path = measurement.agreement(
            real, measurement.predicted_scores(model, tokens, MATCHER, [(0, 0)])
        )
        rule = measurement.agreement(real, measurement.same_token(tokens))
        assert path > 0.7
        assert rule < path - 0.2 if alike else rule == pytest.approx(path, abs=0.05)


def test_agreement_is_within_a_query_and_without_the_first_key() -> None:
    real = torch.randn(2, 9, 9, generator=torch.Generator().manual_seed(0))
    shifted = 3 * real + torch.arange(9.0)[None, :, None]
    shifted[:, :, 0] = 1000.0
    assert measurement.agreement(real, shifted) == pytest.approx(1.0, abs=1e-5)
    assert measurement.agreement(real, -real) == pytest.approx(-1.0, abs=1e-5)


@pytest.mark.parametrize("family", ["gpt2", "gpt_neo"])
def test_weights_give_the_scores_that_the_model_has(family: str, tmp_path: Path) -> None:
    """Query and key from a stream of our own are those of the hooks, up to what a query's keys share."""
    model = tiny.model(tmp_path, family, [WORDS])
    tokens = model.to_tokens(WORDS, prepend_bos=False)[:, :12]
    head = (1, 1)
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    found = measurement.weights(model, head)
    stream = cache["blocks.1.hook_resid_pre"]
    stream = stream - stream.mean(-1, keepdim=True)
    stream = stream / cache["blocks.1.ln1.hook_scale"]
    mine = (stream @ found.q + found.q_bias) @ (stream @ found.k).transpose(1, 2)
    real = measurement.real_scores(model, tokens, head)
    mine, real = (one - one.mean(-1, keepdim=True) for one in (mine, real))
    assert torch.allclose(mine, real, atol=1e-3 * float(real.abs().max()))
    value = cache["blocks.1.attn.hook_v"][:, :, 1] - (stream @ found.v)
    assert torch.allclose(value, value[:, :1].expand_as(value), atol=1e-3)  # the bias is left


def test_rotary_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rotary"):
        measurement.weights(tiny.model(tmp_path, "gpt_neox", [WORDS]), (0, 0))
