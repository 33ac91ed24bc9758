"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have one head and weights written by hand.
"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement
from lab.settings import QUICK
from lab.task import MaxOfTwo

N = 12
TASK = MaxOfTwo(QUICK.but(n_numbers=N, operation="max"), torch.device("cpu"))
PAIRS = measurement.different_pairs(TASK, held_out=False)
NUMBERS = torch.arange(N, dtype=torch.float)
COPY = torch.eye(N)
# Each source votes against every answer by its distance above it, and forbids all below it: the sum
# of two votes is highest at the larger number, however the attention is shared out. The 500 puts
# every number above the "=", which nobody votes on.
STAIRCASE = 500.0 + torch.where(
    NUMBERS[None] >= NUMBERS[:, None], NUMBERS[:, None] - NUMBERS[None], torch.tensor(-200.0)
)


def planted(
    score: Tensor, says: Tensor, place: tuple[float, float] = (0.0, 0.0)
) -> TransformerBridge:
    """A head whose score for number n is score[n] + place[position] and that then adds says[n].

    The residual stream holds the token, the position and the answer, one-hot, side by side.
    """
    token, pos, answer = slice(0, N + 1), slice(N + 1, N + 4), slice(N + 4, 2 * N + 5)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": 2 * N + 5, "n_heads": 1, "d_head": N, "attn_only": True,
            "normalization_type": None, "d_vocab": N + 1, "n_ctx": 3, "seed": 0,
        }
    ).eval()  # fmt: skip
    head = model.blocks[0].attn
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token] = torch.eye(N + 1)
        model.W_pos[:, pos] = torch.eye(3)
        head.q.weight[0, TASK.equals] = N**0.5
        head.k.weight[0, :N] = score + 30.0  # far above the score 0 of the "=" for itself
        head.k.weight[0, pos.start : pos.start + 2] = torch.tensor(place)
        head.v.weight[:, :N] = torch.eye(N)
        head.o.weight[answer.start : answer.stop - 1] = says.T
        model.unembed.weight[:, answer] = torch.eye(N + 1)
    return model


def test_frozen_attention_tells_choosing_from_mixing() -> None:
    chooses = measurement.accuracies(planted(10 * NUMBERS, COPY), TASK, PAIRS)
    assert chooses["as it is"] == chooses["answer only"] == 1.0
    assert chooses["pattern frozen"] <= 0.5
    assert chooses["other only"] == 1.0
    mixes = measurement.accuracies(planted(0 * NUMBERS, STAIRCASE), TASK, PAIRS)
    assert mixes["as it is"] == mixes["pattern frozen"] == 1.0
    assert mixes["answer only"] == mixes["other only"] == 1.0


def test_a_strong_preference_of_either_sign_need_not_matter() -> None:
    for steep, sign in ((10.0, 1), (-2.0, -1)):  # the second leaves the larger number a little
        model = planted(steep * NUMBERS, STAIRCASE)
        assert sign * measurement.preference(model, TASK, PAIRS).mean() > 0.8
        found = measurement.accuracies(model, TASK, PAIRS)
        assert found["pattern frozen"] == 1.0
        assert found["as it is"] == 1.0 or sign < 0  # the far ones get too little of it


def test_a_pale_map_does_not_clear_attention() -> None:
    model = planted(0.001 * NUMBERS, 1000 * COPY)
    assert measurement.preference(model, TASK, PAIRS).abs().max() < 0.02
    found = measurement.accuracies(model, TASK, PAIRS)
    assert found["as it is"] == 1.0
    assert found["pattern frozen"] <= 0.5


def test_two_triangles_of_opposite_sign_are_a_place() -> None:
    second = measurement.preference(planted(0 * NUMBERS, COPY, place=(0.0, 9.0)), TASK, PAIRS)[:, 0]
    rising = PAIRS[:, 0] < PAIRS[:, 1]
    assert second[rising].min() > 0.9
    assert second[~rising].max() < -0.9
    sorts = measurement.preference(planted(10 * NUMBERS, COPY), TASK, PAIRS)[:, 0]
    assert sorts.min() > 0.9


def test_pairs_nearer_than_the_gap_between_the_curves_are_decided_by_place() -> None:
    model = planted(2 * NUMBERS, COPY, place=(0.0, 5.0))
    first, second = measurement.scores(model, TASK)[0]
    assert torch.allclose(second - first, torch.tensor(5.0), atol=1e-4)
    wrong = measurement.preference(model, TASK, PAIRS)[:, 0] < 0
    a, b = PAIRS.T
    assert wrong.any()
    assert torch.equal(wrong, (a > b) & (2 * (a - b) < 5))
