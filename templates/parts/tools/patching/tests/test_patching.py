"""Patching finds what the weights of a hand-written circuit say, and adds up in every family."""

import hand_written
import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import fast_patching, patching
from lab.pairs import Pairs

WORDS = "one two three four five six seven eight nine ten eleven twelve"


@pytest.fixture(scope="module")
def circuit() -> TransformerBridge:
    return hand_written.model()


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def family(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformerBridge:
    return tiny.model(tmp_path_factory.mktemp(request.param), request.param, [WORDS])


def some_pairs() -> Pairs:
    """Pairs of unequal length that differ at one position."""
    clean = torch.tensor([[0, 1, 2, 3, 4, 5], [0, 6, 6, 7, 8, 1], [0, 9, 3, 10, 2, 2]])
    corrupted = clean.clone()
    corrupted[:, 2] = torch.tensor([7, 9, 1])
    places = {"word": torch.tensor([2, 2, 2]), "end": torch.tensor([5, 5, 4])}
    return Pairs(clean, corrupted, torch.tensor([1, 5, 3]), torch.tensor([2, 7, 8]), places, {})


def close(found: Tensor, expected: list) -> None:
    torch.testing.assert_close(
        found, torch.tensor(expected, dtype=torch.float32), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("noising", [False, True])
@pytest.mark.parametrize("rows", [2, 64])
def test_the_stream_carries_the_answer_where_the_circuit_moves_it(circuit, noising, rows) -> None:
    pairs = hand_written.induction()
    assert patching.place_names(pairs) == [*pairs.places, "elsewhere"]
    # one of two equal keys, or none at all: the answers tie, half of the way
    expected = [[0.5, 0, 0.5, 0, 0, 0], [0, 0.5, 0, 0.5, 0, 0]]
    close(patching.residual(circuit, pairs, noising=noising, rows=rows), expected)
    written = [[0, 0.5, 0, 0.5, 0, 0], [0, 0, 0, 0, 1, 0]]
    close(patching.attention_outputs(circuit, pairs, noising=noising, rows=rows), written)


@pytest.mark.parametrize("noising", [False, True])
def test_both_heads_of_the_circuit_matter_and_no_other(circuit, noising) -> None:
    pairs = hand_written.induction()
    close(patching.heads(circuit, pairs, noising=noising), [[1, 0], [1, 0]])
    close(patching.heads(circuit, pairs, "end", noising=noising), [[0, 0], [1, 0]])
    close(patching.heads(circuit, hand_written.copying(), rows=3), [[0, 0], [0, 1]])


def test_a_batch_is_as_large_as_it_is_told(circuit) -> None:
    pairs, seen = hand_written.induction(), []
    count = [("blocks.0.hook_resid_pre", lambda value, hook: seen.append(len(value)))]
    with circuit.hooks(fwd_hooks=count):
        few = patching.heads(circuit, pairs, rows=2)
        assert max(seen) == 2
        seen.clear()
        many = patching.heads(circuit, pairs, rows=11)
        assert max(seen) == 10  # two patches of five pairs
    torch.testing.assert_close(few, many)


def test_nothing_to_patch_is_said(circuit) -> None:
    pairs = hand_written.prompts(3, "b", "a")
    same = Pairs(pairs.clean, pairs.clean, pairs.right, pairs.wrong, pairs.places, {})
    with pytest.raises(ValueError, match="same mean logit difference"):
        patching.residual(circuit, same)
    with pytest.raises(ValueError, match="same mean logit difference"):
        fast_patching.heads_by_gradient(circuit, same)


def test_unknown_places_and_activations_are_named(circuit) -> None:
    pairs = hand_written.induction()
    with pytest.raises(ValueError, match=r"no place 'last': there are first, after first, second"):
        patching.heads(circuit, pairs, "last")
    with pytest.raises(ValueError, match=r"this model has no activation blocks.0.hook_mlp_out"):
        patching.mlp_outputs(circuit, pairs)


def test_gradients_are_exact_where_the_logits_are_linear_and_blind_where_attention_is_sharp(
    circuit, capsys
) -> None:
    pairs = hand_written.induction()
    gradient = fast_patching.heads_by_gradient(circuit, pairs, rows=2)
    close(gradient[1], [1, 0])
    assert gradient[0].abs().max() < 0.01  # L0H0 acts through a sharp pattern
    checked = fast_patching.heads_checked(circuit, pairs, top=1, drawn=3)
    close(checked.real, [[1, 0], [1, 0]])
    assert checked.summary in capsys.readouterr().out
    assert "1 largest heads by gradient: at most 0.000 from real patching" in checked.summary
    assert "; 3 drawn from the rest: at most 1.000 (L0H0, by gradient " in checked.summary
    assert fast_patching.heads_checked(circuit, pairs, top=1, drawn=0).real.isnan().sum() == 3


def test_gradients_are_the_slope_of_small_patches(family) -> None:
    pairs = some_pairs()
    gradient = fast_patching.heads_by_gradient(family, pairs, "word")
    ends = patching.both_ends(family, pairs)
    for layer, head in [(0, 0), (0, 3), (1, 2)]:
        patch = patching.head_patch(family, pairs, [(layer, head)], "word")
        name = patching.z_hook(layer)

        def step(some: Pairs, names: object, name: str = name, size: float = 0.0) -> dict:
            clean, corrupted = (
                patching.activations(family, one, [name])[name]
                for one in (some.clean, some.corrupted)
            )
            return {name: corrupted + size * (clean - corrupted)}

        up, down = (
            patching.replaced(
                family, pairs, [patch], lambda a, b, size=size, step=step: step(a, b, size=size)
            )
            for size in (0.02, -0.02)
        )
        slope = (up - down).mean() / 0.04 / (ends.source.mean() - ends.base.mean())
        torch.testing.assert_close(gradient[layer, head], slope, atol=5e-3, rtol=2e-2)


def test_frozen_weights_change_no_gradient(circuit) -> None:
    pairs = hand_written.induction()
    before = fast_patching.heads_by_gradient(circuit, pairs)
    frozen = hand_written.model().requires_grad_(False)
    torch.testing.assert_close(fast_patching.heads_by_gradient(frozen, pairs), before)


def test_patching_everything_is_the_source_and_nothing_is_the_base(family) -> None:
    pairs = some_pairs()
    for noising in (False, True):
        residual = patching.residual(family, pairs, noising=noising)
        # the prompts differ at this place only, so before the first layer it is all there is
        close(residual[0], [1, 0, 0])
    everywhere = patching.at(pairs, None)
    for layer in (0, 1):
        whole = {f"blocks.{layer}.hook_resid_post": everywhere}
        nothing = {f"blocks.{layer}.hook_resid_post": ~everywhere}
        close(patching.effects(family, pairs, [whole, nothing]), [1, 0])


def test_an_effect_is_that_of_a_run_by_hand(family) -> None:
    pairs = some_pairs()
    found = patching.heads(family, pairs, "word", rows=4)
    with torch.no_grad():
        clean, cache = family.run_with_cache(pairs.clean)
        corrupted = pairs.difference(family(pairs.corrupted)).mean()

        def edit(z: Tensor, hook: object) -> Tensor:
            z = z.clone()
            z[:, 2, 3] = cache["blocks.0.attn.hook_z"][:, 2, 3]
            return z

        logits = family.run_with_hooks(pairs.corrupted, fwd_hooks=[(patching.z_hook(0), edit)])
    expected = (pairs.difference(logits).mean() - corrupted) / (
        pairs.difference(clean).mean() - corrupted
    )
    torch.testing.assert_close(found[0, 3], expected, atol=1e-4, rtol=1e-3)
    assert expected.abs() > 1e-3
