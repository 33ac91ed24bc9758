"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have heads whose weights are written by hand; each attends a fixed number of places
back. Their items are the letters a to l, after l comes a; their lists have no commas.
"""

import re

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import fast_patching, measurement, sequences, sharing
from lab.pairs import Pair, Pairs

LETTERS = sequences.Family([*"abcdefghijkl"], True)
WORDS = [*LETTERS.items, *sequences.COLOURS]
ITEMS = torch.arange(len(LETTERS.items))
N, N_ITEMS = len(WORDS), len(LETTERS.items)
TOKEN, BROUGHT, SAID = (slice(i * N, (i + 1) * N) for i in range(3))
PLACE = 3 * N
EVENLY = sequences.LENGTH  # as many places back as there are: no place is looked for

# places back, or None for the largest letter; [to, from]; where to, where from
Writes = tuple[int | None, Tensor, slice, slice]


def encoded(made: list[Pair]) -> Pairs:
    """Lists as tokens, one for each word."""
    clean, corrupted = (
        torch.tensor([[WORDS.index(word) for word in re.findall(r"\w+", one.text)] for one in some])
        for some in ([pair.clean for pair in made], [pair.corrupted for pair in made])
    )
    right, wrong = (
        torch.tensor([WORDS.index(word) for word in some])
        for some in ([pair.right for pair in made], [pair.wrong for pair in made])
    )
    end = torch.full((len(made),), sequences.LENGTH - 1)
    return Pairs(clean, corrupted, right, wrong, {"end": end}, {})


SHUFFLED, MOVED = (
    encoded(make(LETTERS, 24, ",")) for make in (sequences.shuffled, sequences.moved)
)
COLOURS = encoded(sequences.repeating(24, ","))


def steps(much: float, by: int) -> Tensor:
    """Each letter writes the letter so many steps on."""
    matrix = torch.zeros(N, N)
    matrix[(ITEMS + by) % N_ITEMS, ITEMS] = much
    return matrix


def planted(heads: dict[tuple[int, int], Writes]) -> TransformerBridge:
    """Two layers of two heads that write what they are told; the rest of them is zero."""
    length = sequences.LENGTH
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": PLACE + length, "n_heads": 2, "d_head": N, "attn_only": True,
            "normalization_type": None, "d_vocab": N, "n_ctx": length, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN] = torch.eye(N)
        model.W_pos[:, PLACE:] = torch.eye(length)
        model.unembed.weight[:, SAID] = torch.eye(N)
        for (layer, head), (back, matrix, to, of) in heads.items():
            attn, first = model.blocks[layer].attn, head * N
            if back is None:
                attn.q.weight[first, TOKEN] = N**0.5
                attn.k.weight[first, ITEMS] = 40.0 * ITEMS
            for place in range(length if back is None else back, length):
                # a query looks for the key whose place is so much less
                attn.q.weight[first + place, PLACE + place] = 60 * N**0.5
                attn.k.weight[first + place, PLACE + place - back] = 1.0
            attn.v.weight[first : first + N, of] = torch.eye(N)
            attn.o.weight[to, first : first + N] = matrix
    return model


def effects(model: TransformerBridge, pairs: Pairs) -> Tensor:
    return fast_patching.heads_by_gradient(model, pairs, "end")


def next_scores(model: TransformerBridge) -> dict[str, Tensor]:
    return measurement.step_scores(measurement.written_items(model, ITEMS), N_ITEMS, True)


def test_adding_one_is_told_from_the_order_and_from_the_largest() -> None:
    adds = planted({(0, 0): (0, steps(1.0, 1), SAID, TOKEN)})
    needs = planted(
        {(0, 0): (0, steps(0.5, 1), SAID, TOKEN), (0, 1): (1, steps(1.0, 2), SAID, TOKEN)}
    )
    largest = planted({(0, 0): (None, steps(1.0, 1), SAID, TOKEN)})
    straight = LETTERS._replace(cycle=False)
    for model, family, expected in (
        (adds, LETTERS, [1.0, 1.0, 1.0]),
        (needs, LETTERS, [1.0, 0.0, 0.0]),
        (largest, straight, [1.0, 1.0, 0.0]),
    ):
        kept, down = (
            encoded(make(family, 24, ",")) for make in (sequences.last_kept, sequences.downward)
        )
        found = [
            measurement.next_share(model, tokens, pairs, ITEMS)
            for tokens, pairs in (
                (kept.clean, kept),
                (kept.corrupted, kept),
                (down.corrupted, down),
            )
        ]
        assert found == expected
    before_last = planted({(0, 0): (1, torch.eye(N), SAID, TOKEN)})
    for make, expected_share in ((sequences.last_kept, 0.0), (sequences.downward, 1.0)):
        pairs = encoded(make(LETTERS, 24, ","))
        found_share = measurement.next_share(before_last, pairs.corrupted, pairs, ITEMS)
        assert found_share == expected_share


def test_holding_the_last_item_down_shows_in_shuffled_lists_and_in_colours() -> None:
    model = planted(
        {(0, 0): (0, -torch.eye(N), SAID, TOKEN), (0, 1): (0, steps(1.0, 1), SAID, TOKEN)}
    )
    shuffled, colours, moved = (effects(model, pairs) for pairs in (SHUFFLED, COLOURS, MOVED))
    assert shuffled[0].min() > 0.3
    assert colours[0].tolist() == pytest.approx([1.0, 0.0], abs=1e-4)
    assert moved[0].tolist() == pytest.approx([0.0, 1.0], abs=1e-4)
    copies = planted(
        {(0, 0): (2, torch.eye(N), SAID, TOKEN), (0, 1): (0, steps(1.0, 1), SAID, TOKEN)}
    )
    alike = [float(effects(copies, pairs)[0, 0]) for pairs in (SHUFFLED, COLOURS, MOVED)]
    assert alike[0] > 0.15 and alike[1] > 0.9 and alike[2] < 0.05
    maps = {"letters": shuffled, "letters again": shuffled}
    assert sharing.in_common(maps, 2) == [(0, 0), (0, 1)]
    assert {*sharing.in_common(maps, 2)} - sharing.leading(colours, 2) == {(0, 1)}


def test_holding_down_all_that_is_listed_shows_in_lists_begun_elsewhere() -> None:
    model = planted(
        {(0, 0): (EVENLY, -torch.eye(N), SAID, TOKEN), (0, 1): (0, steps(1.0, 1), SAID, TOKEN)}
    )
    shuffled, moved = effects(model, SHUFFLED), effects(model, MOVED)
    assert shuffled[0].tolist() == pytest.approx([0.0, 1.0], abs=1e-4)
    assert moved[0, 0] > 0.05
    assert moved[0].sum() == pytest.approx(1.0, abs=1e-4)


def test_bringing_an_item_is_told_from_making_its_successor() -> None:
    brings = planted(
        {(0, 0): (0, torch.eye(N), BROUGHT, TOKEN), (1, 0): (0, steps(1.0, 1), SAID, BROUGHT)}
    )
    makes = planted({(0, 0): (0, steps(1.0, 1), SAID, TOKEN)})
    two_on = planted({(0, 0): (0, steps(0.9, 1) + steps(1.0, 2), SAID, TOKEN)})
    for model, score in ((brings, 1 / N_ITEMS), (makes, 1.0), (two_on, 0.0)):
        for pairs in (SHUFFLED, MOVED):
            assert effects(model, pairs)[0, 0] == pytest.approx(1.0, abs=1e-4)
        assert next_scores(model)["next"][0, 0] == pytest.approx(score)


def test_stepping_up_is_told_from_liking_neighbours() -> None:
    favourite = torch.zeros(N, N)
    favourite[3] = 1.0
    model = planted(
        {
            (0, 0): (0, steps(1.0, 1) + steps(0.5, -1), SAID, TOKEN),
            (0, 1): (0, steps(1.0, 1) + steps(1.0, -1), SAID, TOKEN),
            (1, 0): (0, favourite, SAID, TOKEN),
            (1, 1): (0, torch.eye(N), SAID, TOKEN),
        }
    )
    found = next_scores(model)
    up, down = found["next"], found["before"]
    assert (up[0, 0], down[0, 0]) == (1.0, 0.0)
    assert abs(up[0, 1] - down[0, 1]) < 0.8
    assert down[0, 1] > 0.1
    assert max(up[1, 0], down[1, 0]) == pytest.approx(1 / N_ITEMS)
    assert (up[1, 1], found["same"][1, 1]) == (0.0, 1.0)
