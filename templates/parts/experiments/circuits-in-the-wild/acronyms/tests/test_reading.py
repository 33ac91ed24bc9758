"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have heads whose weights are written by hand. Word i stands at place 1 + i, the letter
that follows i letters is due at place 5 + i, or with a gap of four tokens at place 9 + i.
"""

import pytest
import spelling
import torch
from spelling import NOTE, PLACE, SAID, TOKEN, WIDTH
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import acronyms, measurement, patching
from lab.pairs import encode

NAMES, _ = acronyms.names(spelling.blank(), 24)
LETTERS = [TOKEN + 1 + i for i in range(26)]
COUNTED = {5 + i: 2 + i for i in range(3)}
WITH_GAP = COUNTED | {9 + i: 2 + i for i in range(3)}


def looking(ways: dict[int, int]) -> TransformerBridge:
    """Head 0 of layer 0 looks where it is told, and writes first letters."""
    model = spelling.blank()
    spelling.looks(model, 0, ways)
    spelling.writes_letters(model, 0, SAID)
    return model


@torch.no_grad()
def searching() -> TransformerBridge:
    """Each word is told the first letter of the word before; a written letter looks for its own there."""
    model = spelling.blank()
    spelling.looks(model, 0, {3: 2, 4: 3})
    spelling.writes_letters(model, 0, NOTE)
    attention = model.blocks[1].attn
    for letter in range(26):
        attention.q.weight[letter, LETTERS[letter]] = WIDTH**0.5
        attention.k.weight[letter, NOTE + letter] = 60.0
    spelling.writes_letters(model, 1, SAID)
    return model


@torch.no_grad()
def unwritten_first() -> TransformerBridge:
    """A letter looks for words, the first ones rather, and shuns the word that it begins."""
    model = spelling.blank()
    attention = model.blocks[0].attn
    attention.q.weight[26, LETTERS] = WIDTH**0.5
    for dimension, letter in spelling.of_words():
        attention.k.weight[26, dimension] = 100.0
        attention.k.weight[letter, dimension] = -100.0
    for place in range(5):
        attention.k.weight[26, PLACE + place] = -10.0 * place
    for letter in range(26):
        attention.q.weight[letter, LETTERS[letter]] = WIDTH**0.5
    spelling.writes_letters(model, 0, SAID)
    return model


@torch.no_grad()
def repeating() -> TransformerBridge:
    """Says the letter again that stands there."""
    model = spelling.blank()
    spelling.looks(model, 0, {place: place for place in range(16)})
    attention = model.blocks[0].attn
    for letter in range(26):
        attention.v.weight[letter, LETTERS[letter]] = 1.0
        attention.o.weight[SAID + letter, letter] = 1.0
    return model


@torch.no_grad()
def knows_the_letters() -> TransformerBridge:
    """Attends to the three words alike."""
    model = spelling.blank()
    attention = model.blocks[0].attn
    attention.q.weight[26, : spelling.N] = WIDTH**0.5
    for dimension, _ in spelling.of_words():
        attention.k.weight[26, dimension] = 60.0
    spelling.writes_letters(model, 0, SAID)
    return model


@torch.no_grad()
def brings_words() -> TransformerBridge:
    """A head brings the letter to a place of its own; a second layer reads it there and says it."""
    model = spelling.blank()
    spelling.looks(model, 0, COUNTED)
    spelling.writes_letters(model, 0, spelling.BROUGHT)
    spelling.looks(model, 1, {place: place for place in COUNTED})
    attention = model.blocks[1].attn
    for letter in range(26):
        attention.v.weight[letter, spelling.BROUGHT + letter] = 1.0
        attention.o.weight[SAID + letter, letter] = 1.0
    return model


def effects(model: TransformerBridge, at: int) -> list[float]:
    """Of head 0 of layer 0 and of layer 1 on a letter; 0 where nothing moves it."""
    pairs = encode(model, acronyms.swaps(NAMES, at))
    try:
        grid: Tensor = patching.heads(model, pairs, "end")
    except ValueError:
        return [0.0, 0.0]
    return grid[:, 0].tolist()


def test_knowing_the_letters_is_told_from_knowing_which_is_next() -> None:
    others = NAMES[2:] + NAMES[:2]
    for model, next_is_known in ((knows_the_letters(), False), (looking(COUNTED), True)):
        for at in range(3):
            logits = measurement.letter_logits(model, acronyms.due(NAMES, at))
            own, other = (
                measurement.leads(logits, [one.letters()[at] for one in some]).mean()
                for some in (NAMES, others)
            )
            assert own > other + 0.2
            share = measurement.said(logits, NAMES)[measurement.SAID[at]]
            assert share == 1.0 if next_is_known else share < 0.7


def test_counting_searching_and_what_is_unwritten_differ_behind_a_wrong_letter() -> None:
    expected = {
        looking: ["of word 2"] * 4,
        searching: ["of word 2", "of word 3", None, None],
        unwritten_first: ["of word 2", "of word 1", "of word 1", "of word 1"],
        repeating: ["of word 1", "of word 2", "of word 3", "another"],
    }
    for build, words in expected.items():
        model = build(COUNTED) if build is looking else build()
        for which, word in zip(acronyms.FIRST_LETTERS, words, strict=True):
            found = measurement.letter_logits(model, acronyms.begun_with(NAMES, which))
            if word is not None:
                assert measurement.said(found, NAMES)[word] == 1.0


def test_a_fixed_distance_leaves_the_diagonal_when_there_is_a_gap() -> None:
    plain, later = ([acronyms.due(NAMES, at, gap) for at in range(3)] for gap in ("", acronyms.GAP))
    fixed = looking({place: place - 3 for place in range(3, 16)})
    for model, stays in ((fixed, 0.0), (looking(WITH_GAP), 1.0)):
        seen = measurement.attention_to_words(model, plain, (0, 0))
        assert seen.flatten().tolist() == pytest.approx(torch.eye(3).flatten().tolist(), abs=1e-4)
        seen = measurement.attention_to_words(model, later, (0, 0))
        assert seen.diagonal().tolist() == pytest.approx([stays] * 3, abs=1e-4)


def test_heads_that_move_stay_or_look_at_all_words() -> None:
    rows = [acronyms.due(NAMES, at) for at in range(3)]
    for ways, on_letters in ((COUNTED, [1, 1, 1]), (dict.fromkeys(COUNTED, 4), [0, 0, 1])):
        model = looking(ways)
        found = [effects(model, at)[0] for at in range(3)]
        assert found == pytest.approx(on_letters, abs=1e-4)
        seen = measurement.attention_to_words(model, rows, (0, 0))
        for at, place in enumerate(ways.values()):
            assert seen[at, place - 2] > 0.99
    alike = knows_the_letters()
    assert [effects(alike, at)[0] for at in range(3)] == pytest.approx([1.0] * 3, abs=1e-4)
    seen = measurement.attention_to_words(alike, rows, (0, 0))
    assert seen.flatten().tolist() == pytest.approx([1 / 3] * 9, abs=1e-3)


def test_bringing_a_word_is_told_from_spelling_it() -> None:
    brings, spells = brings_words(), looking(COUNTED)
    for model, spelt in ((brings, False), (spells, True)):
        assert effects(model, 1)[0] == pytest.approx(1.0, abs=1e-4)
        first, second = (measurement.spelling_scores(model, acronyms.WORDS, at) for at in (0, 1))
        favourites = [measurement.favourite_share(acronyms.WORDS, at) for at in (0, 1)]
        if spelt:
            assert (first[0, 0], second[0, 0]) == (1.0, 0.0)
        else:
            assert first[0, 0] <= favourites[0] < 0.1
            assert second[0, 0] <= favourites[1] < 0.3
