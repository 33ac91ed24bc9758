"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

Passages are random tokens; every third token is the one that stood two before it, so that a head which
looks one back from the token before it attends to what comes next.
"""

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement

VOCAB, LENGTH = 12, 14
TOKEN, READ, SAID = (slice(i * VOCAB, (i + 1) * VOCAB) for i in range(3))
PLACE = 3 * VOCAB
EYE = torch.eye(VOCAB)
HEAD, IDLE = (0, 0), (0, 1)


def passages(n: int = 60, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(0, VOCAB, (n, LENGTH), generator=generator)
    for place in range(3, LENGTH, 3):
        rows[:, place] = rows[:, place - 2]
    return rows


def planted(
    writes: Tensor, *, evenly: bool = False, always: Tensor | None = None, undone: bool = False
) -> TransformerBridge:
    """L0H0 looks one back, or `evenly` at all, and writes `writes` [said, read] of what it reads.

    `always` [vocab]: it writes this as well, whatever it reads. `undone`: MLP0 takes it all out again.
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": PLACE + LENGTH, "n_heads": 2, "d_head": LENGTH, "d_mlp": 2 * VOCAB,
            "act_fn": "relu", "normalization_type": None, "d_vocab": VOCAB, "n_ctx": LENGTH, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN] = EYE
        model.W_pos[:, PLACE:] = torch.eye(LENGTH)
        head = model.blocks[0].attn
        if not evenly:
            head.q.weight[: LENGTH - 1, PLACE:] = 100 * torch.eye(LENGTH)[1:]
            head.k.weight[: LENGTH - 1, PLACE:] = torch.eye(LENGTH)[:-1]
        head.v.weight[:VOCAB, TOKEN] = EYE
        head.o.weight[SAID, :VOCAB] = writes
        if always is not None:
            head.v.bias[VOCAB] = 1.0
            head.o.weight[SAID, VOCAB] = always
        if undone:
            reads, out = getattr(model.blocks[0].mlp, "in").weight, model.blocks[0].mlp.out.weight
            reads[:VOCAB, SAID], reads[VOCAB:, SAID] = EYE, -EYE
            out[SAID, :VOCAB], out[SAID, VOCAB:] = -EYE, EYE
        model.unembed.weight[:, SAID] = EYE
    return model


def test_raising_what_is_attended_to_is_told_from_raising_what_the_text_holds() -> None:
    rows = {
        evenly: measurement.by_kind(
            measurement.trace(planted(5 * EYE, evenly=evenly), passages(), HEAD, seed=0)
        )
        for evenly in (False, True)
    }
    (attended, _, n), (elsewhere, _, _), (absent, _, _) = rows[False]
    assert n > 200 and attended > 4 and elsewhere < 0 and absent < 0
    (attended, _, _), (elsewhere, _, _), (absent, _, _) = rows[True]
    assert elsewhere > 0.3 > 0 > absent  # it holds without a look at the token, too


def test_suppressing_what_is_attended_to_is_told_from_lowering_a_kind_of_token() -> None:
    names = torch.zeros(VOCAB)
    names[: VOCAB // 2] = -4.0
    found = {}
    for what, model in (
        ("suppresses", planted(-4 * EYE)),
        ("lowers a kind", planted(0 * EYE, always=names)),
    ):
        one = measurement.trace(model, passages() % (VOCAB // 2), HEAD, seed=0)
        targets = measurement.by_target(one)
        found[what] = targets["attended most"][0], targets["another before"][0]
    assert found["suppresses"][0] < -3 and found["suppresses"][1] > -1.5
    assert found["lowers a kind"] == pytest.approx((-2.0, -2.0), abs=1e-3)  # less the mean logit


def test_an_equal_change_of_all_logits_is_no_effect() -> None:
    one = measurement.trace(
        planted(0 * EYE, always=torch.full((VOCAB,), -7.0)), passages(), HEAD, 0
    )
    assert one.next.abs().max() < 1e-4


def test_a_rule_that_fits_has_precision_and_recall_and_one_that_does_not_has_neither() -> None:
    shifted = EYE.roll(1, dims=0)  # it raises the next id instead of what it attends to
    for sign, harmful in ((1.0, False), (-1.0, True)):
        fits, other = (
            measurement.trace(planted(sign * 5 * writes), passages(), HEAD, seed=0)
            for writes in (EYE, shifted)
        )
        share = (fits.kind == 0).float().mean().item()
        limit = measurement.threshold(fits, share, harmful=harmful)
        precision, recall, base = measurement.precision_and_recall(fits, limit, harmful=harmful)
        assert precision > 0.99 and recall > 0.99 and base < 0.5
        limit = measurement.threshold(other, 0.05, harmful=harmful)
        precision, recall, base = measurement.precision_and_recall(other, limit, harmful=harmful)
        assert precision < 0.02 and recall < 0.02 and base > 0.02


def test_a_direct_effect_that_is_undone_later_is_not_missed() -> None:
    texts = passages()
    for undone in (False, True):
        model = planted(5 * EYE, undone=undone)
        found = measurement.trace(model, texts, HEAD, seed=0)
        assert found.next.max() > 4
        before = measurement.losses(model, texts)
        mean = measurement.mean_output(model, texts, HEAD)
        rise = measurement.rises(model, texts, HEAD, mean, before)
        helped = measurement.groups(found, share=0.2)["helped most"]
        assert (rise[helped].mean() < 1e-3) if undone else (rise[helped].mean() > 1)
    idle = measurement.mean_output(model, texts, IDLE)
    assert measurement.rises(model, texts, IDLE, idle, before).abs().max() < 1e-5


def test_kinds_are_those_by_hand() -> None:
    rows = torch.tensor([[3, 1, 2, 1, 5]])
    attended = torch.tensor([[1, 1, 0]])
    # next after place 1 is 2 (new), after place 2 is 1 (attended), after place 3 is 5 (new)
    assert measurement._kinds(rows, attended).tolist() == [[2, 0, 2]]
    assert measurement._kinds(rows, torch.tensor([[1, 2, 0]])).tolist() == [[2, 1, 2]]


def test_heads_of_a_class_are_followed_strongest_first_and_others_where_there_is_none() -> None:
    direct = torch.tensor([[0.1, -0.5], [0.7, 0.2]])
    assert measurement.followed(direct, [(0, 0), (1, 1)], 1, 1) == [(1, 1)]
    assert measurement.followed(direct, [], 1, 1) == [(1, 0)]
    assert measurement.followed(direct, [], 1, -1) == [(0, 1)]
    drawn = measurement.others(planted(EYE), [HEAD], 3, seed=0)
    assert drawn == [IDLE]
