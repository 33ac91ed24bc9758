"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have heads whose weights are written by hand. Their tokenizer knows digits, digits with a
space before them, the full stop and the newline; every other word is one and the same token.
"""

import handmade
import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, bringing, measurement, patching
from lab import numbered_lists as lists
from lab.pairs import encode

DIGITS = [str(digit) for digit in range(10)]
WORDS = [tiny.END_OF_TEXT, *DIGITS, *(f" {digit}" for digit in DIGITS), ".", "\n"]
N, CONTEXT = len(WORDS), 80
TOKEN, PLACE, SAID, BROUGHT = 0, N, N + CONTEXT, 2 * N + CONTEXT  # where each group begins
WIDTH = CONTEXT + 1
LIKED, LATER = 2000.0, 10.0  # how much a head likes a sign, and each place more than the one before


def word(one: str) -> int:
    return WORDS.index(one)


NUMBERS = [word(digit) for digit in DIGITS]
INSIDE = [word(f" {digit}") for digit in DIGITS]


def adds(steps: int, of: int = TOKEN) -> dict[int, int]:
    """Each digit, with a space or without, says the digit so many steps on."""
    return {
        of + word(space + str(digit)): SAID + word(str(digit + steps))
        for space in ("", " ")
        for digit in range(10 - steps)
    }


BRING = {TOKEN + one: BROUGHT + one for one in NUMBERS}


def blank() -> TransformerBridge:
    """No head attends to anything in particular, and none writes."""
    return handmade.blank(
        WORDS, place=PLACE, said=SAID, d_model=BROUGHT + N, n_ctx=CONTEXT, d_head=WIDTH
    )


@torch.no_grad()
def attends(
    model: TransformerBridge, layer: int, head: int, query: list[int], keys: list[int]
) -> None:
    """From some signs to the latest of other signs."""
    attention, first = model.blocks[layer].attn, head * WIDTH
    attention.q.weight[first, query] = WIDTH**0.5
    attention.k.weight[first, keys] = LIKED
    attention.k.weight[first, PLACE : PLACE + CONTEXT] = LATER * torch.arange(CONTEXT)


@torch.no_grad()
def looks_back(model: TransformerBridge, distance: int, much: float = LIKED) -> None:
    """Head 0 of layer 0 attends so many places back; with `much` below 0 it shuns that place."""
    attention = model.blocks[0].attn
    for place in range(distance, CONTEXT):
        attention.q.weight[1 + place, PLACE + place] = WIDTH**0.5
        attention.k.weight[1 + place, PLACE + place - distance] = much


@torch.no_grad()
def copies(model: TransformerBridge, layer: int, moves: dict[int, int]) -> None:
    """Head 0 of a layer copies dimensions of what it attends to."""
    attention = model.blocks[layer].attn
    for number, (source, target) in enumerate(moves.items()):
        attention.v.weight[number, source] = 1.0
        attention.o.weight[target, number] = 5.0


NEWLINE = [word("\n")]


def takes_the_latest(keys: list[int]) -> TransformerBridge:
    model = blank()
    for head in (0, 1):  # the second one looks and writes nothing
        attends(model, 0, head, NEWLINE, keys)
    copies(model, 0, adds(1))
    return model


def goes_on_with_the_run() -> TransformerBridge:
    """Each number is told the one before it; the last of them is told to the end, and two are added."""
    model = blank()
    attends(model, 0, 0, NUMBERS, NUMBERS)
    looks_back(model, 0, -LIKED)
    copies(model, 0, BRING)
    attends(model, 1, 0, NEWLINE, NUMBERS)
    copies(model, 1, adds(2, of=BROUGHT))
    return model


@torch.no_grad()
def counts_lines() -> TransformerBridge:
    """Attends evenly to the first place and to all newlines: to the first with 1 / (lines + 1).

    Of straight lines that touch x squared, the one that touches nearest is the highest.
    """
    model = blank()
    attention = model.blocks[0].attn
    attention.q.weight[0, NEWLINE] = WIDTH**0.5
    attention.k.weight[0, [*NEWLINE, PLACE]] = 100.0
    attention.v.weight[0, PLACE] = 1.0
    for digit in range(1, 10):
        attention.o.weight[SAID + word(str(digit)), 0] = 1e4 * 2 / digit
        model.W_pos[:, SAID + word(str(digit))] = -1e4 / digit**2
    model.W_pos[:, SAID + word("0")] = -1e4
    return model


def through_the_stop() -> TransformerBridge:
    """The full stop is told the number before it, and the end reads the stop."""
    model = blank()
    looks_back(model, 1)
    copies(model, 0, BRING)
    attends(model, 1, 0, NEWLINE, [word(".")])
    copies(model, 1, adds(1, of=BROUGHT))
    return model


def fixed_distance(back: int) -> TransformerBridge:
    model = blank()
    looks_back(model, back)
    return model


def said(model: TransformerBridge, some: list[lists.Listing]) -> dict[str, float]:
    return measurement.shares(measurement.probabilities(model, some), some)


def effects(model: TransformerBridge) -> Tensor:
    return patching.heads(model, encode(model, lists.raised(8, 3, 4)), "end")


def test_broken_runs_tell_the_last_number_from_the_run_and_from_counting() -> None:
    for model, rule in (
        (takes_the_latest(NUMBERS), "last + 1"),
        (goes_on_with_the_run(), "last but one + 2"),
        (counts_lines(), "lines + 1"),
    ):
        for some in (lists.odd(24, 2, 4), lists.odd(24, 3, 4)):
            assert said(model, some)[rule] == 1.0
        tidy = said(model, lists.plain(24, 3, 4))
        assert tidy["last + 1"] == tidy["last but one + 2"] == float(rule != "lines + 1")


def test_a_digit_inside_tells_the_line_s_number_from_the_nearest_digit() -> None:
    with_digit, in_letters = lists.with_digit(24, 3)
    for keys, rule in (
        (NUMBERS, "last + 1"),
        ([*NUMBERS, *INSIDE], "digit inside + 1"),
    ):
        model = takes_the_latest(keys)
        assert said(model, with_digit)[rule] == 1.0
        assert said(model, in_letters)["last + 1"] == 1.0


def test_looking_at_numbers_is_told_from_bringing_them() -> None:
    model = takes_the_latest(NUMBERS)
    seen, even = measurement.attention_to_kinds(model, encode(model, lists.raised(8, 3, 4)))
    assert seen["number"][0].tolist() == pytest.approx([1.0, 1.0], abs=1e-4)
    assert max(seen[kind][0].max() for kind in ("stop", "newline", "text")) < 1e-4
    assert effects(model)[0].tolist() == pytest.approx([1.0, 0.0], abs=1e-4)
    # layer 1 attends evenly
    for kind, grid in seen.items():
        assert grid[1].tolist() == pytest.approx([even[kind]] * 2, abs=1e-4)
    assert even["number"] == pytest.approx(even["text"])


def test_a_number_is_brought_from_the_stop_behind_it_or_from_itself() -> None:
    for model, layer, place in (
        (through_the_stop(), 1, "stop 0"),
        (takes_the_latest(NUMBERS), 0, "number 0"),
    ):
        pairs = encode(model, lists.raised(8, 3, 4))
        assert effects(model)[layer, 0] == pytest.approx(1.0, abs=1e-4)
        found = bringing.brought_from(model, pairs, (layer, 0))
        expected = {name: float(name == place) for name in patching.place_names(pairs)}
        assert found == pytest.approx(expected, abs=1e-4)


def test_a_fixed_distance_is_lost_as_lines_grow() -> None:
    made = {far: lists.plain(24, 3, far) for far in (3, 6, 12, 18)}
    # a number stands as many places before the end as its line has words, and two more
    for model, expected in (
        (takes_the_latest(NUMBERS), [1.0, 1.0, 1.0, 1.0]),
        (fixed_distance(6), [0.33, 0.0, 0.0, 0.0]),
    ):
        by_length = {far: lists.asked(model, some) for far, some in made.items()}
        found = measurement.attention_by_length(model, by_length, (0, 0), ["number 0"])
        assert found["number 0"] == pytest.approx(expected, abs=0.25)
        assert (found["number 0"][1] > 0.9) == (expected[1] == 1.0)


def test_a_head_drawn_upon_another_text_with_the_same_numbers_changes_nothing() -> None:
    model = takes_the_latest(NUMBERS)
    pairs = encode(model, lists.raised(16, 3, 4))
    assert behaviour.chance_effects(model, pairs, [(0, 0)]).tolist() == pytest.approx(
        [0.0], abs=1e-4
    )
