"""Paths: what the weights of the circuit say, sums where everything is linear, the read-out by hand."""

import hand_written
import pytest
import tiny
import torch
from test_patching import WORDS, close, some_pairs
from transformer_lens import TransformerBridge

from lab import patching
from lab.path_patching import path, paths


@pytest.fixture(scope="module")
def circuit() -> TransformerBridge:
    return hand_written.model()


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def family(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformerBridge:
    return tiny.model(tmp_path_factory.mktemp(request.param), request.param, [WORDS])


@pytest.mark.parametrize("noising", [False, True])
def test_the_first_head_tells_the_second_where_to_look(circuit, noising) -> None:
    pairs = hand_written.induction()
    found = {to: paths(circuit, pairs, [(1, 0)], to, noising=noising, rows=2) for to in "qkv"}
    close(found["k"], [[1, 0], [0, 0]])
    close(found["q"], [[0, 0], [0, 0]])
    close(found["v"], [[0, 0], [0, 0]])
    close(paths(circuit, pairs, noising=noising), [[0, 0], [1, 0]])
    assert path(circuit, pairs, [(0, 0)], [(1, 1)], "k", noising=noising) == pytest.approx(0)
    # half of what it says stands at one place, half at the other
    assert path(circuit, pairs, [(0, 0)], [(1, 0)], "k", "after first") == pytest.approx(0.5)


def test_paths_add_up_to_the_whole_where_everything_is_linear() -> None:
    """With patterns that do not depend on the prompt, a head's effect is direct, or by later values."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": 24, "n_heads": 3, "d_head": 8, "attn_only": True,
            "normalization_type": None, "d_vocab": 13, "n_ctx": 6, "initializer_range": 0.5, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        model.blocks[1].attn.q.weight.zero_()
    pairs = some_pairs()
    later = [(1, head) for head in range(3)]
    direct, by_values = paths(model, pairs), paths(model, pairs, later, "v")
    one_by_one = sum(paths(model, pairs, [head], "v") for head in later)
    whole = patching.heads(model, pairs)
    torch.testing.assert_close(direct + by_values, whole, atol=1e-4, rtol=0)
    torch.testing.assert_close(one_by_one, by_values, atol=1e-4, rtol=0)
    assert direct.abs().min() > 1e-4 and by_values[0].abs().min() > 1e-4
    for to in "qk":
        close(paths(model, pairs, later, to), [[0, 0, 0], [0, 0, 0]])
    together = path(model, pairs, [(0, 0), (0, 1), (1, 2)])
    assert together == pytest.approx(float(direct[0, 0] + direct[0, 1] + direct[1, 2]), abs=1e-4)


def test_the_direct_path_is_the_final_layer_norm_of_what_the_head_adds(family) -> None:
    pairs = some_pairs()
    found = paths(family, pairs, rows=5)
    with torch.no_grad():
        _, clean = family.run_with_cache(pairs.clean)
        logits, base = family.run_with_cache(pairs.corrupted)
        low = pairs.difference(logits).mean()
        high = pairs.difference(family(pairs.clean)).mean()
        for layer, head in [(0, 1), (1, 3)]:
            z = f"blocks.{layer}.attn.hook_z"
            moved = (clean[z] - base[z])[:, :, head] @ family.blocks[layer].attn.W_O[head]
            stream = base["ln_final.hook_in"] + moved
            by_hand = pairs.difference(family.unembed(family.ln_final(stream))).mean()
            expected = (by_hand - low) / (high - low)
            torch.testing.assert_close(found[layer, head], expected, atol=1e-4, rtol=1e-3)


def test_what_ends_at_the_logits_and_passes_mlps_is_all_that_a_last_head_does(family) -> None:
    pairs = some_pairs()
    whole = patching.heads(family, pairs)[1]
    found = paths(family, pairs, through_mlps=True)[1]
    torch.testing.assert_close(found, whole, atol=1e-4, rtol=0)


def test_a_path_is_the_one_by_hand_through_a_query(family) -> None:
    """In layer 0 nothing lies between a sender and the queries of layer 1 but the MLP."""
    pairs = some_pairs()
    found = path(family, pairs, [(0, 1)], [(1, 2)], "q", through_mlps=True)
    q = "blocks.1.attn.hook_q"
    hooks = [(patching.z_hook(0), patching.put(
        patching.head_patch(family, pairs, [(0, 1)])[patching.z_hook(0)],
        patching.activations(family, pairs.clean, [patching.z_hook(0)])[patching.z_hook(0)],
    ))]  # fmt: skip
    with family.hooks(fwd_hooks=hooks):
        queries = patching.activations(family, pairs.corrupted, [q])[q]

    def only_this(value: torch.Tensor, hook: object) -> torch.Tensor:
        value = value.clone()
        value[:, :, 2] = queries[:, :, 2]
        return value

    with torch.no_grad():
        moved = pairs.difference(family.run_with_hooks(pairs.corrupted, fwd_hooks=[(q, only_this)]))
    expected = patching.normalised(moved, patching.both_ends(family, pairs))
    assert found == pytest.approx(float(expected), abs=1e-4)


def test_shared_keys_are_received_by_their_whole_group(tmp_path) -> None:
    model, pairs = tiny.model(tmp_path, "llama", [WORDS]), some_pairs()
    for to in "kv":
        with pytest.raises(ValueError, match=f"2 heads of layer 1 share each {to}"):
            path(model, pairs, [(0, 0)], [(1, 1)], to)
        path(model, pairs, [(0, 0)], [(1, 2), (1, 3)], to)
    with pytest.raises(ValueError, match="not 'z'"):
        path(model, pairs, [(0, 0)], [(1, 1)], "z")
