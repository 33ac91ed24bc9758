"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

Weights are written by hand. L0H0 notes the token before; what comes after it erases the note, or not.
"""

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement

N, HALF = 30, 10
CONTEXT = 2 * HALF + 1
TOKEN, PLACE = slice(0, N), slice(N, N + CONTEXT)
NOTE, COPY = (slice(N * i + CONTEXT, N * (i + 1) + CONTEXT) for i in (1, 2))
FLAG, BALLAST = COPY.stop, COPY.stop + 1
SIZE = BALLAST + 1
PROMPTS = measurement.passes(torch.arange(1, N), 8, HALF, seed=0, first=[0])


def model_with(
    *, erases: float = 0.0, opposes: bool = False, grows: bool = False, when: str = "always"
) -> TransformerBridge:
    """Three layers. The MLP of layer 2 takes `erases` of the note away, always, where L1H0 has found an
    earlier copy ("match"), or in the second half ("late"). "by note": L1H0 finds it by what L0H0 noted
    in the first pass, and the MLP then takes away what L0H1 knows of the token before: it reads no note.
    `opposes`: L1H1 looks back as L0H0 does and writes the opposite. `grows`: every MLP adds a long constant vector."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 3, "d_model": SIZE, "n_heads": 2, "d_head": N, "d_mlp": N, "act_fn": "relu",
            "normalization_type": None, "d_vocab": N, "n_ctx": CONTEXT, "seed": 0,
        }
    ).eval()  # fmt: skip
    eye, scale = torch.eye(CONTEXT), 1000 * N**0.5

    def looks_back(layer: int, number: int, writes: float, into: slice = NOTE) -> None:
        attention, first = model.blocks[layer].attn, number * N
        attention.q.weight[first : first + CONTEXT - 1, PLACE] = scale * eye[1:]
        attention.k.weight[first : first + CONTEXT - 1, PLACE] = eye[:-1]
        attention.v.weight[first : first + N, TOKEN] = torch.eye(N)
        attention.o.weight[into, first : first + N] = writes * torch.eye(N)

    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN] = torch.eye(N)
        model.W_pos[:, PLACE] = eye
        looks_back(0, 0, 1.0)
        if opposes:
            looks_back(1, 1, -1.0)
        looks_back(0, 1, 1.0, COPY)
        if when == "by note":  # looks at what follows a copy of its token, or else at position 0
            finds = model.blocks[1].attn
            finds.q.weight[: N - 1, 1:N] = 40 * N**0.5 * torch.eye(N - 1)
            finds.k.weight[: N - 1, NOTE.start + 1 : NOTE.stop] = torch.eye(N - 1)
            finds.q.bias[N - 1] = 60 * N**0.5
            finds.k.weight[N - 1, PLACE] = 1 - torch.arange(CONTEXT) / CONTEXT
            finds.v.weight[0, PLACE.start + 1 : PLACE.start + HALF + 2] = 1.0
            finds.o.weight[FLAG, 0] = 1.0
        if when == "match":  # looks at copies of its token, or else at position 0; tells which
            finds = model.blocks[1].attn
            finds.q.weight[: N - 1, 1:N] = 40 * N**0.5 * torch.eye(N - 1)
            finds.k.weight[: N - 1, 1:N] = torch.eye(N - 1)
            finds.q.bias[N - 1] = 60 * N**0.5
            # itself matches too: nearer places count less, so that the earlier copy wins
            finds.k.weight[N - 1, PLACE] = 1 - torch.arange(CONTEXT) / CONTEXT
            finds.v.weight[0, PLACE.start + 1 : PLACE.start + HALF + 1] = 1.0
            finds.o.weight[FLAG, 0] = 1.0
            model.W_pos[1 : HALF + 1, FLAG] = -1.0  # in the first pass it finds itself
        if when == "late":
            model.W_pos[HALF + 1 :, FLAG] = 1.0
        if erases:
            mlp = model.blocks[2].mlp
            read = getattr(mlp, "in")
            read.weight[:, COPY if when == "by note" else NOTE] = torch.eye(N)
            if when != "always":
                read.weight[:, FLAG], read.bias[:] = 20.0, -20.0
            mlp.out.weight[NOTE, :] = -erases * torch.eye(N)
        if grows:
            for block in model.blocks:
                block.mlp.out.bias[BALLAST] = 20.0
    return model


def curves(model: TransformerBridge, where: slice = PROMPTS.first) -> dict[str, Tensor]:
    """The curves of the notebook over the layers 1, 2 and the end."""
    found = measurement.follow(model, PROMPTS.repeated, (0, 0))
    return {
        "left": measurement.left(found, where).mean(1),
        "along": measurement.present(found, where).mean(1),
        "relative": measurement.relative(found, where)[0],
        "alone": measurement.relative(found, where)[1],
        "others": measurement.left(found, where, measurement.shuffled(found.notes)).mean(1),
        "because": measurement.shares(found, where, answers=True),
        "adds": measurement.shares(found, where, answers=False),
    }


def test_an_eraser_is_negative_because_of_the_note() -> None:
    kept, erased = curves(model_with()), curves(model_with(erases=0.8))
    assert kept["left"].tolist() == pytest.approx([1.0, 1.0, 1.0], abs=1e-3)
    assert kept["because"].abs().max() < 1e-4
    assert erased["left"].tolist() == pytest.approx([1.0, 1.0, 0.2], abs=0.06)
    assert erased["along"][-1] == pytest.approx(0.2, abs=0.1)
    assert erased["because"][1, 2] == pytest.approx(-0.8, abs=0.06)
    assert erased["because"].abs().sum() == pytest.approx(0.8, abs=0.06)
    assert erased["others"].abs().max() < 0.2
    total = erased["because"].sum()
    assert total == pytest.approx(float(erased["left"][-1] - erased["left"][0]), abs=1e-4)


def test_what_opposes_without_reading_shows_on_the_left_alone() -> None:
    found = curves(model_with(opposes=True))
    assert found["left"].tolist() == pytest.approx([1.0, 1.0, 1.0], abs=1e-3)
    assert found["along"].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=0.1)
    assert found["adds"][0, 1] == pytest.approx(-1.0, abs=0.1)
    assert found["because"].abs().max() < 1e-4


def test_what_answers_to_notes_elsewhere_looks_like_an_eraser() -> None:
    model, row = model_with(opposes=True), N + CONTEXT
    early, late = model.blocks[1].attn, model.blocks[2].attn
    with torch.no_grad():
        late.load_state_dict(early.state_dict())  # looks back, and writes the opposite
        for parameter in early.parameters():
            parameter.zero_()
        flags = model.blocks[1].mlp  # is a note there?
        getattr(flags, "in").weight[:, NOTE] = 2 * torch.eye(N)
        getattr(flags, "in").bias[:] = -1.0
        flags.out.weight[FLAG, :] = 1.0
        late.q.bias[row] = 1000 * N**0.5  # without a note at the place before: at BOS instead
        late.k.weight[row, FLAG] = 1.0
        late.k.weight[row, PLACE.start] = 0.5
    found = curves(model)
    for name in ("left", "along"):
        assert found[name].tolist() == pytest.approx([1.0, 1.0, 0.0], abs=0.15)
    assert found["because"][1, 1] == pytest.approx(-1.0, abs=0.15)


def test_growth_lowers_the_relative_curve_alone() -> None:
    grown, still = curves(model_with(grows=True)), curves(model_with())
    assert grown["left"].tolist() == pytest.approx([1.0, 1.0, 1.0], abs=1e-3)
    assert grown["relative"][-1] < 0.5 * grown["relative"][0]
    torch.testing.assert_close(grown["relative"], grown["alone"], rtol=1e-3, atol=0)
    erased = curves(model_with(erases=0.8))
    assert erased["relative"][-1] < 0.3 * erased["alone"][-1]
    assert still["relative"][-1] == pytest.approx(float(still["relative"][0]), abs=1e-3)


def test_clearing_after_a_match_differs_from_clearing_at_late_places() -> None:
    ends = {}
    for when in ("match", "late"):
        model = model_with(erases=1.0, when=when)
        again, other = (
            measurement.follow(model, made, (0, 0), PROMPTS.second)
            for made in (PROMPTS.repeated, PROMPTS.fresh)
        )
        whole = measurement.follow(model, PROMPTS.repeated, (0, 0))
        ends[when] = [
            float(measurement.left(found, where)[-1].mean())
            for found, where in (
                (again, PROMPTS.second), (whole, PROMPTS.first), (other, PROMPTS.second),
            )
        ]  # fmt: skip
    second, first, fresh = ends["match"]
    assert second < 0.2 < 0.8 < min(first, fresh)
    second, first, fresh = ends["late"]
    assert max(second, fresh) < 0.2 < 0.8 < first


def test_a_match_outlives_the_note_that_is_taken_away() -> None:
    model, where = model_with(erases=1.0, when="by note"), PROMPTS.second
    kept = measurement.follow(model, PROMPTS.repeated, (0, 0), where)
    lost = measurement.follow(model, PROMPTS.repeated, (0, 0))
    assert measurement.left(kept, where)[-1].mean() == pytest.approx(1.0, abs=0.02)
    assert measurement.left(lost, where)[-1].mean() < 0.2  # no match, so nobody wrote against it


def test_the_loss_without_notes_differs_where_they_are_read() -> None:
    model = model_with()
    with torch.no_grad():
        model.W_U[NOTE] = 10 * torch.eye(N)  # predicts the token before, which never comes
    made, where = PROMPTS.repeated, PROMPTS.second
    intact = measurement.loss(model, made, where)
    assert intact > 8
    assert measurement.loss(model, made, where, (0, 0), where) < 5
    assert measurement.loss(model, made, where, (0, 1)) == pytest.approx(intact, abs=1e-4)
    early = slice(1, HALF)
    assert measurement.loss(model, made, where, (0, 0), early) == pytest.approx(intact, abs=1e-4)


def test_the_second_half_is_repeated_or_fresh() -> None:
    again, other = PROMPTS.repeated, PROMPTS.fresh
    assert torch.equal(again[:, 1 : HALF + 1], again[:, HALF + 1 :])
    assert torch.equal(again[:, : HALF + 1], other[:, : HALF + 1])
    assert all(len({*row}) == CONTEXT for row in other.tolist())
    with pytest.raises(ValueError, match="last layer"):
        measurement.follow(model_with(), again, (2, 0))


def test_a_huge_first_position_changes_no_curve() -> None:
    plain, loud = model_with(erases=0.8), model_with(erases=0.8)
    with torch.no_grad():
        loud.W_E[0, NOTE] = 1000 * torch.rand(N, generator=torch.Generator().manual_seed(0))
    for name in ("left", "along", "because", "adds"):
        torch.testing.assert_close(curves(loud)[name], curves(plain)[name], atol=1e-3, rtol=0)
