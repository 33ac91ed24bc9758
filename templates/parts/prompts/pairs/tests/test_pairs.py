"""Pairs line up under a tokenizer, or are dropped and counted."""

import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import pairs
from lab.pairs import Pair, fill

TEMPLATE = "When {a} and {b} met, {c} gave a book to"
WORDS = " Mary John Anne Zo-e"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TransformerBridge:
    return tiny.model(tmp_path_factory.mktemp("gpt2"), "gpt2", [TEMPLATE, WORDS, "Mary and John"])


def swapped(a: str, b: str) -> Pair:
    """The giver is b, and a in the corrupted prompt."""
    clean, corrupted = (fill(TEMPLATE, a=a, b=b, c=giver) for giver in (b, a))
    return Pair(clean, corrupted, f" {a}", f" {b}")


def test_a_template_keeps_where_its_words_stand() -> None:
    prompt = fill(TEMPLATE, a="Mary", b="John", c="John")
    assert prompt.text == "When Mary and John met, John gave a book to"
    assert {name: prompt.text[a:b] for name, (a, b) in prompt.spans.items()} == {
        "a": "Mary",
        "b": "John",
        "c": "John",
    }
    with pytest.raises(KeyError, match="c"):
        fill(TEMPLATE, a="Mary", b="John")


def test_places_are_those_of_the_words_in_the_model_s_own_tokens(model: TransformerBridge) -> None:
    made = pairs.encode(model, [swapped("Mary", "John")])
    tokens = model.to_str_tokens(made.clean[0])
    assert tokens[0] == tiny.END_OF_TEXT
    found = {name: tokens[int(place)] for name, place in made.places.items()}
    assert found == {"a": " Mary", "b": " John", "c": " John", "end": " to"}
    assert torch.equal(made.clean, model.to_tokens("When Mary and John met, John gave a book to"))
    assert model.to_str_tokens(torch.stack([made.right, made.wrong], 1)[0]) == [" Mary", " John"]
    assert (made.clean != made.corrupted).sum() == 1


def test_what_does_not_line_up_is_dropped_and_counted(model: TransformerBridge) -> None:
    made = pairs.encode(
        model,
        [
            swapped("Mary", "John"),
            swapped("Zo-e", "John"),  # three tokens
            swapped("Mary", "Mary"),
            Pair(fill("Mary and John"), fill("Mary"), " Mary", " John"),
            Pair(fill("{x} and John", x="Mary"), fill("Mary and {x}", x="John"), " Mary", " John"),
        ],
    )
    assert (len(made), made.dropped) == (
        1,
        {
            "answers of several tokens": 1,
            "two equal answers": 1,
            "prompts of unequal length": 1,
            "places that do not line up": 1,
        },
    )
    assert pairs.summary(made).startswith(
        "1 pairs of 12 to 12 tokens; dropped: 1 answers of several"
    )
    with pytest.raises(ValueError, match="no pair fits"):
        pairs.encode(model, [swapped("Zo-e", "John")])


def test_padding_on_the_right_changes_no_answer(model: TransformerBridge) -> None:
    short = Pair(fill("Mary and"), fill("John and"), " John", " Mary")
    alone = pairs.encode(model, [short])
    beside = pairs.encode(model, [swapped("Mary", "John"), short])
    with torch.no_grad():
        expected = alone.difference(model(alone.clean))
        found = beside.difference(model(beside.clean))
        logits = model(alone.clean)[0, -1]
    assert torch.allclose(found[1:], expected, atol=1e-5)
    by_hand = logits[model.to_single_token(" John")] - logits[model.to_single_token(" Mary")]
    assert torch.allclose(expected[0], by_hand)
    assert set(beside.places) == {"end"}  # the only place that both have
    assert torch.allclose(beside.rows(slice(1, 2)).difference(model(beside.clean[1:])), expected)
