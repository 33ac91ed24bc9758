"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have two layers of two heads, weights written by hand, and a token for each sign: one
of the words "a" and "b" decides between the answers "A" and "B"; "x" and "y" are other words.
"""

import handmade
import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, looking, measurement, patching
from lab.candidates import Row, paired
from lab.pairs import END, Pairs, encode

SIGNS = "^abxyz.AB"  # "^" stands first, as a BOS does
N, CONTEXT = len(SIGNS), 6
TOKEN, PLACE = slice(0, N), N
SAID, FORM = slice(N + CONTEXT, 2 * N + CONTEXT), 2 * N + CONTEXT  # FORM: two dimensions, a and b
ANSWERS = {"a": "A", "b": "B"}


def sign(one: str) -> int:
    return SIGNS.index(one)


def ids(texts: list[str]) -> Tensor:
    return torch.tensor([[sign(one) for one in text] for text in texts])


def pairs_of(clean: list[str], changed: int = 2) -> Pairs:
    """Prompts in which "a" or "b" stands at `changed`, and their twins with the other word."""
    corrupted = [text.translate(str.maketrans("ab", "ba")) for text in clean]
    right, wrong = (
        torch.tensor([sign(ANSWERS[text[changed]]) for text in texts])
        for texts in (clean, corrupted)
    )
    at = {"changed": torch.full((len(clean),), changed)}
    at[END] = torch.full((len(clean),), len(clean[0]) - 1)
    return Pairs(ids(clean), ids(corrupted), right, wrong, at, {})


PAIRS = pairs_of(["^xayz.", "^xbyz.", "^yaxz.", "^ybzx."])


def blank() -> TransformerBridge:
    """No head attends to anything in particular, and none writes."""
    return handmade.blank(
        N,
        token=TOKEN.start,
        place=PLACE,
        said=SAID.start,
        d_model=FORM + 2,
        n_ctx=CONTEXT,
        d_head=N,
    )


@torch.no_grad()
def head(
    model: TransformerBridge,
    layer: int,
    *,
    reads: dict[int, float],
    writes: dict[int, int],
    asked_by: int | None = None,
) -> None:
    """Head 0 of a layer attends to positions by the dimensions of their stream, and copies some of
    these dimensions to others. `asked_by`: the dimension of the query that makes it attend; None: the full stop.
    """
    attention = model.blocks[layer].attn
    attention.q.weight[0, sign(".") if asked_by is None else asked_by] = N**0.5
    for dimension, much in reads.items():
        attention.k.weight[0, dimension] = much
    for number, (source, target) in enumerate(writes.items()):
        attention.v.weight[number, source] = 1.0
        attention.o.weight[target, number] = 1.0


WORDS = {sign("a"): 30.0, sign("b"): 30.0}
SAY = {sign("a"): SAID.start + sign("A"), sign("b"): SAID.start + sign("B")}


def finds_the_word(layer: int = 0) -> TransformerBridge:
    model = blank()
    head(model, layer, reads=WORDS, writes=SAY)
    return model


def counts_places() -> TransformerBridge:
    model = blank()
    head(model, 0, reads={PLACE + 2: 30.0}, writes=SAY)
    return model


def in_two_steps() -> TransformerBridge:
    """The end first learns which word it was, in a form that no answer reads, and then says it."""
    model = blank()
    head(model, 0, reads=WORDS, writes={sign("a"): FORM, sign("b"): FORM + 1})
    said = {FORM: SAID.start + sign("A"), FORM + 1: SAID.start + sign("B")}
    head(model, 1, reads={sign("."): 30.0}, writes=said)
    return model


def looks_elsewhere() -> TransformerBridge:
    """Told by layer 0 that the word was "a" or "b", a head looks at "x" or at "y", which say A and B."""
    model = blank()
    head(model, 0, reads=WORDS, writes={sign("a"): FORM, sign("b"): FORM + 1})
    said = {sign("x"): SAID.start + sign("A"), sign("y"): SAID.start + sign("B")}
    head(model, 1, reads={sign("x"): 30.0}, writes=said, asked_by=FORM)
    with torch.no_grad():
        query, key = model.blocks[1].attn.q.weight, model.blocks[1].attn.k.weight
        query[0, sign(".")] = 0.0
        query[1, FORM + 1] = N**0.5
        key[1, sign("y")] = 30.0
    return model


def liking_one_answer(model: TransformerBridge) -> TransformerBridge:
    """Where nothing speaks for either answer, it is A: a tie would be decided by rounding."""
    with torch.no_grad():
        model.W_pos[:, SAID.start + sign("A")] = 0.3
    return model


def test_shuffling_spares_what_finds_a_word_and_breaks_what_counts_places() -> None:
    found = {}
    for name, model in (("finds", finds_the_word()), ("counts", counts_places())):
        liking_one_answer(model)
        assert behaviour.accuracy(model, PAIRS) == 1.0
        mixed = [behaviour.words_shuffled(PAIRS, seed) for seed in range(5)]
        found[name] = [behaviour.accuracy(model, one) for one in mixed]
    assert min(found["finds"]) == 1.0
    assert sum(found["counts"]) / 5 < 0.8


def test_the_word_alone_is_enough_for_an_association() -> None:
    rows = [
        Row(" x a y z .", " x b y z .", " A", " B"),
        Row(" y b z x .", " y a z x .", " B", " A"),
    ]
    made = [paired(row) for row in rows]
    found = {}
    for name, model in (("association", finds_the_word()), ("sentence", looks_elsewhere())):
        liking_one_answer(model)
        model.tokenizer = tiny.tokenizer([" a b x y z . A B"])  # in the order of SIGNS
        asked = encode(model, made)
        found[name] = measurement.standing(model, asked, made)
        assert found[name].model == 1.0
    assert found["association"].word_alone == 1.0
    assert found["sentence"].word_alone < 0.6


def test_the_lens_rises_where_the_answer_is_written() -> None:
    for model, lens, arrives in (
        (finds_the_word(0), [0.0, 1.0, 1.0], [0.0, 1.0]),
        (finds_the_word(1), [0.0, 0.0, 1.0], [0.0, 0.0]),
        (in_two_steps(), [0.0, 0.0, 1.0], [0.0, 1.0]),
        (looks_elsewhere(), [0.0, 0.0, 1.0], [0.0, 1.0]),
    ):
        assert measurement.lens(model, PAIRS).tolist() == pytest.approx(lens, abs=1e-3)
        end = patching.residual(model, PAIRS)[:, patching.place_names(PAIRS).index(END)]
        assert end.tolist() == pytest.approx(arrives, abs=1e-3)


def test_a_liking_for_one_word_is_no_lead() -> None:
    assert measurement.lens(liking_one_answer(blank()), PAIRS).abs().max() < 1e-5


def test_bringing_and_looking_are_told_apart() -> None:
    brings = looking.looks_and_brings(finds_the_word(), PAIRS, (0, 0), END)
    assert brings == pytest.approx({"looks": 0.0, "brings": 1.0, "both": 1.0}, abs=1e-3)
    rewrites = looking.looks_and_brings(in_two_steps(), PAIRS, (1, 0), END)
    assert rewrites == pytest.approx({"looks": 0.0, "brings": 1.0, "both": 1.0}, abs=1e-3)
    looks = looking.looks_and_brings(looks_elsewhere(), PAIRS, (1, 0), END)
    assert looks == pytest.approx({"looks": 1.0, "brings": 0.0, "both": 1.0}, abs=1e-3)


def test_the_control_moves_nothing_where_the_word_is_all_and_is_nan_without_a_partner() -> None:
    model = finds_the_word()
    found = measurement.other_prompt(model, PAIRS, [(0, 0), (1, 0)])
    assert found.tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
    assert measurement.other_prompt(model, PAIRS.rows(slice(0, 2)), [(0, 0)]).isnan().all()
    repeated = PAIRS.rows(torch.tensor([0, 1, 0, 1]))  # no other prompt, however often it comes
    assert measurement.other_prompt(model, repeated, [(0, 0)]).isnan().all()


def test_next_words_are_the_likeliest_in_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    model = tiny.model(tmp_path_factory.mktemp("gpt2"), "gpt2", ["one two three four five six"])
    found = measurement.next_words(model, "one two", 3)
    logits = patching.run(model, model.to_tokens("one two"))[0, -1]
    assert [word for word, _ in found] == [
        model.tokenizer.decode([i]) for i in logits.topk(3).indices
    ]
    shares = [share for _, share in found]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(logits.softmax(-1).max().item(), abs=1e-5)
