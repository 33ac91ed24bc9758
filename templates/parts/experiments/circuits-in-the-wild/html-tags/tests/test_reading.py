"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have three layers of two heads, weights written by hand, and a tokenizer that has a
token for each name, bracket and word of the snippets.
"""

from itertools import permutations

import handmade
import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, measurement, patching, tags
from lab.pairs import Pairs, encode

NAMES = ["b", "i", "u"]
WORDS = [tiny.END_OF_TEXT, *NAMES, "<", ">", "/", "x", "some", " text"]  # the first is the BOS
N, CONTEXT = len(WORDS), 24
TOKEN, PLACE, SAID = 0, N, N + CONTEXT  # where each group of dimensions begins
BEFORE, CLOSED, BEHIND_SLASH = SAID + N, SAID + 2 * N, SAID + 3 * N
LATER = 10.0  # how much more a head likes each position than the one before


def made_of(layout: str) -> list[tags.Document]:
    """Snippets with one text, in every order of the three names."""
    orders = permutations(NAMES)
    return [tags.document(layout, *names, "some text") for names in orders]


def word(one: str) -> int:
    return WORDS.index(one)


def blank() -> TransformerBridge:
    """No head attends to anything in particular, and none writes."""
    return handmade.blank(
        WORDS,
        place=PLACE,
        said=SAID,
        d_model=BEHIND_SLASH + 1,
        n_ctx=CONTEXT,
        d_head=CONTEXT,
        n_layers=3,
    )


@torch.no_grad()
def attends(model: TransformerBridge, layer: int, keys: dict[int, float], head: int = 0) -> None:
    """From a slash, a head attends by the dimensions of the stream, and to later positions rather."""
    attention, first = model.blocks[layer].attn, head * CONTEXT
    attention.q.weight[first, TOKEN + word("/")] = CONTEXT**0.5
    for dimension, much in keys.items():
        attention.k.weight[first, dimension] = much
    for place in range(CONTEXT):
        attention.k.weight[first, PLACE + place] = LATER * place


@torch.no_grad()
def looks_back(model: TransformerBridge, layer: int = 0) -> None:
    """Head 0 attends from each position to the one before it."""
    attention = model.blocks[layer].attn
    for place in range(1, CONTEXT):
        attention.q.weight[place, PLACE + place] = CONTEXT**0.5
        attention.k.weight[place, PLACE + place - 1] = 100.0


@torch.no_grad()
def copies(model: TransformerBridge, layer: int, moves: dict[int, int]) -> None:
    """Head 0 of a layer copies dimensions of what it attends to."""
    attention = model.blocks[layer].attn
    for number, (source, target) in enumerate(moves.items()):
        attention.v.weight[number, source] = 1.0
        attention.o.weight[target, number] = 1.0


LIKED = {TOKEN + word(name): 1000.0 for name in NAMES}
SAY = {TOKEN + word(name): SAID + word(name) for name in NAMES}


def closes_the_latest_name() -> TransformerBridge:
    model = blank()
    attends(model, 0, LIKED)
    copies(model, 0, SAY)
    return model


def closes_the_latest_open() -> TransformerBridge:
    """What stands behind a slash is marked, its name is brought to the end, and shunned there."""
    model = blank()
    looks_back(model)
    copies(model, 0, {TOKEN + word("/"): BEHIND_SLASH})
    attends(model, 1, {BEHIND_SLASH: 2000.0, TOKEN + word(tiny.END_OF_TEXT): 1000.0})
    copies(model, 1, {TOKEN + word(name): CLOSED + word(name) for name in NAMES})
    attends(model, 2, LIKED)
    copies(model, 2, SAY)
    with torch.no_grad():
        attention = model.blocks[2].attn
        for number, name in enumerate(NAMES, start=1):
            attention.q.weight[number, CLOSED + word(name)] = CONTEXT**0.5
            attention.k.weight[number, TOKEN + word(name)] = -2000.0
    return model


def repeats_what_was_closed() -> TransformerBridge:
    """What stood behind the slash before is said, twice as loud as the latest name."""
    model = blank()
    looks_back(model)
    copies(model, 0, {TOKEN + word("/"): BEHIND_SLASH})
    attends(model, 1, {BEHIND_SLASH: 2000.0, TOKEN + word(tiny.END_OF_TEXT): 1000.0})
    copies(model, 1, SAY)
    attends(model, 2, LIKED)
    copies(model, 2, SAY)
    with torch.no_grad():
        model.blocks[1].attn.o.weight *= 2
    return model


@torch.no_grad()
def leaves_out_what_stands_twice() -> TransformerBridge:
    """Sums the names before the end and shuns those of which there are two; it knows no slash."""
    model = closes_the_latest_open()
    for layer in (0, 1):
        for parameter in model.blocks[layer].attn.parameters():
            parameter.zero_()
    # every name is alike to head 0 of layer 1, so that the end learns the share of each
    asks = model.blocks[1].attn
    asks.q.weight[0, TOKEN + word("/")] = CONTEXT**0.5
    for name in NAMES:
        asks.k.weight[0, TOKEN + word(name)] = 50.0
    copies(model, 1, {TOKEN + word(name): CLOSED + word(name) for name in NAMES})
    return model


def hands_on() -> TransformerBridge:
    """The latest name is said, and said louder by a head that reads the end itself."""
    model = closes_the_latest_name()
    attends(model, 1, {TOKEN + word("/"): 1000.0})
    copies(model, 1, {SAID + word(name): SAID + word(name) for name in NAMES})
    return model


def likes_names() -> TransformerBridge:
    model = blank()
    with torch.no_grad():
        for name, much in {"b": 3.0, "i": 1.0}.items():
            model.W_pos[:, SAID + word(name)] = much
    return model


def reads_behind_the_name() -> TransformerBridge:
    """The bracket behind a name learns it, and the end reads the bracket."""
    model = blank()
    looks_back(model)
    copies(model, 0, {TOKEN + word(name): BEFORE + word(name) for name in NAMES})
    attends(model, 1, {TOKEN + word(">"): 1000.0})
    copies(model, 1, {BEFORE + word(name): SAID + word(name) for name in NAMES})
    attends(model, 2, LIKED)  # looks at the name, and writes nothing
    return model


def effects(model: TransformerBridge, pairs: Pairs) -> Tensor:
    return patching.heads(model, pairs, "end")[:, 0]


def test_closing_the_latest_name_differs_from_leaving_out_what_is_closed() -> None:
    expected = {
        closes_the_latest_name: {"one closed last": "closed"},
        closes_the_latest_open: {},
        leaves_out_what_stands_twice: {},
        repeats_what_was_closed: {"one closed last": "closed", "one closed between": "closed"},
    }
    for build, other in expected.items():
        model = build()
        for layout in tags.LAYOUTS:
            found = measurement.said(model, made_of(layout), NAMES)
            assert found[other.get(layout, "inner")] == 1.0
            assert sum(found.values()) == pytest.approx(1.0)


def test_order_and_a_liking_for_a_name_are_told_apart_by_the_mirror_image() -> None:
    every = tags.every_order(NAMES, "some text")
    by_order = measurement.leads(closes_the_latest_name(), every, NAMES)
    off = ~torch.eye(3, dtype=torch.bool)
    assert (by_order[off] > 0.9).all()
    assert measurement.order_and_habit(by_order) == pytest.approx((1.0, 0.0), abs=1e-3)
    by_liking = measurement.leads(likes_names(), every, NAMES)
    torch.testing.assert_close(by_liking[off], -by_liking.T[off])
    assert (by_liking[off] > 0).sum() == 3
    assert measurement.order_and_habit(by_liking) == pytest.approx((0.0, 2.0), abs=1e-3)


def test_a_name_can_be_fetched_from_behind_it_and_a_look_alone_fetches_nothing() -> None:
    model = reads_behind_the_name()
    pairs = encode(model, [one.pair for one in made_of("two open")])
    assert effects(model, pairs).tolist() == pytest.approx([0.0, 1.0, 0.0], abs=1e-3)
    fetches, looks = (
        behaviour.attention(model, pairs.clean, pairs, (layer, 0)) for layer in (1, 2)
    )
    assert fetches["behind_inner"] > 0.99 > 0.01 > fetches["inner"]
    assert looks["inner"] > 0.99
    direct = closes_the_latest_name()
    assert effects(direct, pairs).tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)
    assert behaviour.attention(direct, pairs.clean, pairs, (0, 0))["inner"] > 0.99


def test_a_head_that_brings_what_is_closed_has_no_effect_with_two_open() -> None:
    expected = {
        closes_the_latest_open: (1.0, [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]),
        closes_the_latest_name: (0.0, [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        hands_on: (0.0, [1.0, 0.5, 0.0], [1.0, 0.5, 0.0]),
    }
    last = made_of("one closed last")
    for build, (right, against, two_open) in expected.items():
        model = build()
        pairs = encode(model, measurement.against_closed(last))
        assert behaviour.accuracy(model, pairs) == right
        assert effects(model, pairs).tolist() == pytest.approx(against, abs=1e-3)
        pairs = encode(model, [one.pair for one in made_of("two open")])
        assert effects(model, pairs).tolist() == pytest.approx(two_open, abs=1e-3)


def test_the_twin_against_the_closed_name_calls_for_what_was_closed() -> None:
    made = tags.documents("one closed last", 12)
    for one, (clean, twin, right, wrong) in zip(
        made, measurement.against_closed(made), strict=True
    ):
        assert clean == one.pair.clean
        assert (tags.open_tag(clean.text), tags.open_tag(twin.text)) == (right, wrong)
        assert wrong == one.closed
        assert twin.text.rpartition(">")[2] == clean.text.rpartition(">")[2]
