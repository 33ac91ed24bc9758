"""A head's pattern and values are told apart, and edges cut, as the weights and a second way say."""

import hand_written
import pytest
import tiny
import torch
from test_patching import WORDS, close, some_pairs
from transformer_lens import TransformerBridge

from lab import patching
from lab.looking import edges, looks_and_brings, without_edges


@pytest.fixture(scope="module")
def circuit() -> TransformerBridge:
    return hand_written.model()


@pytest.mark.parametrize("noising", [False, True])
def test_one_head_looks_elsewhere_and_the_other_brings_something_else(circuit, noising) -> None:
    found = looks_and_brings(
        circuit, hand_written.induction(), (1, 0), "end", noising=noising, rows=2
    )
    assert found == pytest.approx({"looks": 1, "brings": 0, "both": 1}, abs=1e-4)
    found = looks_and_brings(circuit, hand_written.copying(), (1, 1), noising=noising)
    assert found == pytest.approx({"looks": 0, "brings": 1, "both": 1}, abs=1e-4)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_both_together_are_the_head_s_effect(family, tmp_path) -> None:
    model, pairs = tiny.model(tmp_path, family, [WORDS]), some_pairs()
    whole = patching.heads(model, pairs)
    for head in [(0, 1), (0, 3), (1, 2)]:
        found = looks_and_brings(model, pairs, head)
        assert found["both"] == pytest.approx(float(whole[head]), abs=1e-4)
        assert found["looks"] != pytest.approx(found["brings"], abs=1e-6)


def test_the_edge_that_the_circuit_uses_is_the_one_that_is_missed(circuit) -> None:
    pairs = hand_written.induction()
    # without its key the second head looks evenly at the other five tokens, the wrong answer among them
    close(edges(circuit, pairs, "end", "after first", rows=2), [[0, 0], [0.5 + 0.5 / 5, 0]])
    # without the first head's message it finds no key, and looks evenly at both answers
    close(edges(circuit, pairs, "after first", "first"), [[0.5, 0], [0, 0]])
    close(edges(circuit, pairs, "end", "first"), [[0, 0], [0, 0]])
    with pytest.raises(ValueError, match="no place 'elsewhere'"):
        edges(circuit, pairs, "end", "elsewhere")


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_an_edge_cut_through_z_is_one_cut_in_the_pattern(family, tmp_path) -> None:
    model, pairs = tiny.model(tmp_path, family, [WORDS]), some_pairs()
    query, key = pairs.places["end"], pairs.places["word"]
    heads = [(0, 1), (1, 0), (1, 3)]

    def cut(pattern: torch.Tensor, hook: object, chosen: list[int]) -> torch.Tensor:
        pattern = pattern.clone()
        for row in range(3):
            for head in chosen:
                pattern[row, head, query[row], key[row]] = 0
                pattern[row, head, query[row]] /= pattern[row, head, query[row]].sum()
        return pattern

    hooks = [
        ("blocks.0.attn.hook_pattern", lambda pattern, hook: cut(pattern, hook, [1])),
        ("blocks.1.attn.hook_pattern", lambda pattern, hook: cut(pattern, hook, [0, 3])),
    ]
    expected = patching.run(model, pairs.clean, hooks)
    found = without_edges(model, pairs.clean, heads, query, key)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert (found - model(pairs.clean)).abs().max() > 1e-2
    alone = pairs.difference(without_edges(model, pairs.clean, [(1, 3)], query, key))
    ends = patching.both_ends(model, pairs, noising=True)
    one = edges(model, pairs, "end", "word")[1, 3]
    torch.testing.assert_close(one, patching.normalised(alone, ends), atol=1e-4, rtol=0)


def test_a_pattern_that_does_not_make_z_is_refused(circuit) -> None:
    pairs = hand_written.induction()
    double = [(patching.z_hook(1), lambda z, hook: 2 * z)]
    with circuit.hooks(fwd_hooks=double), pytest.raises(RuntimeError, match="not pattern times"):
        looks_and_brings(circuit, pairs, (1, 0))
