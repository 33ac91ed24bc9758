"""Each reading key of the notebook against a model in which it is true and decoys in which it is not.

All models are written by hand: two attention-only layers of one head each, without LayerNorm. The
residual stream holds, in blocks: the token, the position, what layer 0 fetched, the answer.
"""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import attention, measurement
from lab.data import IGNORE, Batch
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
VOCAB, CONTEXT = 20, 24


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Sequences whose lists have five to seven tokens."""
    settings = QUICK.but(n_tokens=VOCAB, context=CONTEXT, least_length=5, most_length=7)
    return make_task(settings, CPU).held_out()


def plant(*, first: int, second: str) -> TransformerBridge:
    """Layer 0 fetches the token `first` positions back; layer 1 copies the token that it looks at.

    Layer 1 looks where layer 0 fetched the current token ("fetched"), where the current token stood
    before ("copies"), six positions back ("place"), or at what is wanted in the first or the third of
    these ways ("both").
    """
    d_model, d_head = 3 * VOCAB + CONTEXT, VOCAB + CONTEXT
    token, place = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
    fetched, answer = slice(place.stop, place.stop + VOCAB), slice(place.stop + VOCAB, d_model)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 1, "d_head": d_head, "attn_only": True,
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    )  # fmt: skip
    tokens, places = torch.eye(VOCAB), torch.eye(CONTEXT)
    sharp = 100.0 * d_head**0.5
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token] = tokens
        model.W_pos[:, place] = places
        model.unembed.weight[:, answer] = tokens
        _step_back(model.blocks[0].attn, first, place, sharp)
        if second in ("place", "both"):
            _step_back(model.blocks[1].attn, 6, place, sharp)
        if second != "place":
            model.blocks[1].attn.q.weight[:VOCAB, token] = sharp * tokens
            seen = token if second == "copies" else fetched
            model.blocks[1].attn.k.weight[:VOCAB, seen] = tokens
        for layer, target in ((0, fetched), (1, answer)):
            model.blocks[layer].attn.v.weight[:VOCAB, token] = tokens
            model.blocks[layer].attn.o.weight[target, :VOCAB] = tokens
    return model


def _step_back(attn: torch.nn.Module, distance: int, place: slice, sharp: float) -> None:
    """Make position p query for the key of position p - distance."""
    queries = torch.ones(CONTEXT - distance).diag(distance)  # [key's position, query's position]
    attn.q.weight[VOCAB:, place] = sharp * queries  # above the rows that compare tokens
    attn.k.weight[VOCAB:, place] = torch.eye(CONTEXT)


INDUCTION = {"first": 1, "second": "fetched"}
DECOYS = {
    "looks at earlier copies": {"first": 1, "second": "copies"},
    "looks a fixed distance back": {"first": 1, "second": "place"},
    "layer 0 fetches its own token": {"first": 0, "second": "fetched"},
    "layer 0 looks two back": {"first": 2, "second": "fetched"},
}


def test_the_planted_circuit_does_the_task_and_the_decoys_do_not(batch) -> None:
    asked = batch.targets != IGNORE

    def right(model: TransformerBridge) -> float:
        with torch.no_grad():
            return (model(batch.tokens).argmax(-1) == batch.targets)[asked].float().mean().item()

    assert right(plant(**INDUCTION)) > 0.9  # position 0 fetches itself, for want of an earlier one
    for name, parts in DECOYS.items():
        assert right(plant(**parts)) < 0.5, name


def test_a_high_bar_says_that_the_head_looks_at_what_followed(batch) -> None:
    def bar(parts: dict) -> float:
        model = plant(**parts)
        looks = measurement.looks(attention.patterns(model, batch.tokens), batch)
        return looks["what followed"][1, 0].item()

    even = measurement.looks(measurement.evenly(batch), batch)["what followed"].item()
    assert bar(INDUCTION) > 0.9
    for name, parts in DECOYS.items():
        assert bar(parts) < even + 0.15, name


def test_a_high_bar_one_back_says_previous_token_head(batch) -> None:
    for distance in (0, 1, 2):
        pattern = attention.patterns(plant(first=distance, second="fetched"), batch.tokens)
        one_back = measurement.looks(pattern, batch)["one back"][0, 0]
        assert (one_back > 0.99) == (distance == 1)


def test_the_cut_of_a_step_shows_whether_layer_1_finds_its_keys_through_it(batch) -> None:
    kept, right = measurement.without_step(plant(**INDUCTION), batch, 1)
    assert kept < 0.5 and right < 0.5
    for other, elsewhere in ((None, False), (2, False), (3, False), (1, True)):
        kept, right = measurement.without_step(
            plant(**INDUCTION), batch, other, elsewhere=elsewhere
        )
        assert kept > 0.9 and right > 0.9


def test_the_control_takes_as_much_from_elsewhere(batch) -> None:
    pattern = measurement.evenly(batch)[0, :4]
    without, control = (measurement.cut(pattern, 1, elsewhere=one) for one in (False, True))
    torch.testing.assert_close(without.sum(-1), control.sum(-1))
    one_back = pattern.diagonal(-1, dim1=-2, dim2=-1)
    assert (without.diagonal(-1, dim1=-2, dim2=-1) == 0).all()
    torch.testing.assert_close(control.diagonal(-1, dim1=-2, dim2=-1), one_back)


def test_a_rule_is_right_where_it_says_the_target(batch) -> None:
    asked = batch.targets != IGNORE
    half = torch.where(torch.arange(CONTEXT) % 2 == 0, batch.targets, -1)
    even = asked[:, ::2].sum() / asked.sum()
    assert measurement.said_right(lambda tokens: half, batch) == pytest.approx(even.item())


@pytest.fixture(scope="module")
def same_period() -> Batch:
    """Lists of seven tokens, three times each."""
    generator = torch.Generator().manual_seed(0)
    once = torch.rand(64, VOCAB, generator=generator).argsort(1)[:, :7]
    tokens = once.repeat(1, 3)
    targets = tokens.roll(-1, 1)
    targets[:, :7] = targets[:, -1:] = IGNORE
    return Batch(tokens, targets)


def test_a_head_that_knows_the_distance_keeps_looking_without_the_step(same_period) -> None:
    model = plant(first=1, second="place")
    for cut in (None, 1):
        kept, right = measurement.without_step(model, same_period, cut)
        assert kept > 0.99 and right > 0.99


def test_two_ways_to_the_same_keys_keep_them_when_one_is_cut(same_period) -> None:
    for second, keeps in (("fetched", False), ("both", True)):
        kept, right = measurement.without_step(plant(first=1, second=second), same_period, 1)
        assert (kept > 0.9 and right > 0.9) == keeps  # position 0 fetches itself
    once = plant(first=1, second="both")
    with torch.no_grad():  # the way that is left over does without the place
        once.blocks[1].attn.q.weight[VOCAB:] = 0
    assert measurement.without_step(once, same_period, None)[0] > 0.9


def test_the_diagonal_says_that_layer_1_seeks_the_token_that_layer_0_wrote() -> None:
    assert measurement.matching_pairs(plant(**INDUCTION)).item() == 1
    for second in ("copies", "place"):
        assert measurement.matching_pairs(plant(first=1, second=second)).item() < 0.1


def test_the_diagonals_stay_when_a_vector_moves_from_all_tokens_to_all_positions() -> None:
    task = make_task(QUICK, CPU)
    model = build_model(task, QUICK, CPU)
    tokens = task.held_out().tokens[:8]
    pair, said = measurement.composition(model, (0, 1), (1, 2)), model(tokens)
    with torch.no_grad():
        vector = model.W_E.std() * torch.randn(model.cfg.d_model)
        model.W_E.add_(vector)
        model.W_pos.sub_(vector)
    torch.testing.assert_close(model(tokens), said, atol=1e-5, rtol=0)
    torch.testing.assert_close(measurement.composition(model, (0, 1), (1, 2)), pair)


def test_the_lowest_row_says_that_layer_1_seeks_the_token_of_the_key_itself() -> None:
    assert measurement.matching_tokens(plant(first=1, second="copies")).item() == 1
    for second in ("fetched", "place"):
        assert measurement.matching_tokens(plant(first=1, second=second)).item() < 0.1


def test_the_diagonal_does_not_say_where_layer_0_found_it(batch) -> None:
    model = plant(**DECOYS["layer 0 fetches its own token"])
    looks = measurement.looks(attention.patterns(model, batch.tokens), batch)
    assert measurement.matching_pairs(model).item() == 1
    assert looks["one back"][0, 0] < 0.1 and looks["what followed"][1, 0] < 0.1


def test_the_weights_of_an_untrained_model_match_nothing() -> None:
    settings = QUICK.but(seed=3)
    untrained = build_model(make_task(settings, CPU), settings, CPU)
    assert measurement.matching_pairs(untrained).max() < 0.15
    assert measurement.matching_tokens(untrained).max() < 0.15
