"""What stands in for a head, on heads written by hand; the builds and the random groups."""

import ioi_by_hand as by_hand
import pytest
import torch
from transformer_lens import TransformerBridge

from lab import abc_means, patching
from lab.pairs import Pairs

PAIRS, UNREPEATED = by_hand.pairs(), by_hand.pairs(third=True)


def shorter(pairs: Pairs) -> Pairs:
    """The same sentences without the comma, padded: a second build."""
    clean, corrupted = (
        torch.cat([tokens[:, :3], tokens[:, 4:], tokens[:, -1:]], 1)
        for tokens in (pairs.clean, pairs.corrupted)
    )
    places = pairs.places | {"s2": pairs.places["s2"] - 1, "end": pairs.places["end"] - 1}
    return Pairs(clean, corrupted, pairs.right, pairs.wrong, places, {})


def both(one: Pairs, other: Pairs) -> Pairs:
    """Two sets of pairs as one."""
    return Pairs(
        *(
            torch.cat([getattr(one, name), getattr(other, name)])
            for name in ("clean", "corrupted", "right", "wrong")
        ),
        {name: torch.cat([at, other.places[name]]) for name, at in one.places.items()},
        {},
    )


def model() -> TransformerBridge:
    """L0H0 writes against what stands at position 4, L0H1 looks at the comma of the longer build,
    L1H0 copies position 1."""
    made = by_hand.empty(n_heads=2)
    by_hand.looks_at(made, 0, 0, {4: by_hand.SHARP})
    by_hand.writes(made, 0, 0, -2.0)
    by_hand.looks_at(made, 0, 1, {3: by_hand.SHARP})
    by_hand.writes(made, 0, 1, 1.0)
    by_hand.looks_at(made, 1, 0, {1: by_hand.SHARP})
    by_hand.writes(made, 1, 0, 1.0)
    return made


def test_the_mean_is_over_the_sentences_of_the_same_build() -> None:
    made = model()
    mixed = both(UNREPEATED, shorter(UNREPEATED))
    found = abc_means.means(made, mixed)
    assert set(found) == {(1, 2, 4, 5), (1, 2, 3, 4)}
    names = [patching.z_hook(layer) for layer in range(2)]
    for build, some in zip(found, (UNREPEATED, shorter(UNREPEATED)), strict=True):
        values = patching.activations(made, some.corrupted, names)
        for layer, name in enumerate(names):
            expected = values[name].mean(0)[: build[-1] + 1]
            assert torch.allclose(found[build][layer], expected, atol=1e-5)
    seen = abc_means.source(found)(mixed, names[1:])[names[1]]
    assert seen.shape == (len(mixed), 6, 2, by_hand.N)
    assert torch.allclose(seen[0], found[1, 2, 4, 5][1])
    assert torch.allclose(seen[-1, :5], found[1, 2, 3, 4][1])


def test_what_needs_the_repetition_is_lost_and_the_rest_is_kept() -> None:
    made = model()
    means = abc_means.means(made, UNREPEATED)
    whole, inhibitor, comma, copies = abc_means.without(
        made, PAIRS, means, [[], [(0, 0)], [(0, 1)], [(1, 0)]]
    )
    first = torch.where(PAIRS.places["io"] == 1, 1.0, -1.0)
    assert torch.allclose(whole, 2 + first, atol=1e-4)
    # the two names of a prompt are as often third names as each other, over both of its pairs
    assert float((inhibitor - first).mean()) == pytest.approx(0.0, abs=1e-4)
    assert torch.allclose(comma, whole, atol=1e-4)
    assert torch.allclose(copies, torch.full_like(first, 2.0), atol=1e-4)
    hooks = abc_means.hooks(made, PAIRS, means, [(0, 0)])
    by_hooks = PAIRS.difference(patching.run(made, PAIRS.clean, hooks))
    assert torch.allclose(by_hooks, inhibitor, atol=1e-5)


def test_sentences_of_an_unknown_build_are_left_out() -> None:
    means = abc_means.means(model(), UNREPEATED)
    kept = abc_means.fitting(both(PAIRS, shorter(PAIRS)), means)
    assert torch.equal(kept.clean, PAIRS.clean)
    with pytest.raises(ValueError, match="no sentence is built"):
        abc_means.fitting(shorter(PAIRS), means)


def test_random_groups_have_the_layers_of_the_class_and_none_of_its_heads() -> None:
    made = by_hand.empty(n_heads=3, n_layers=3)
    like = [(1, 0), (1, 1), (2, 2)]
    groups = abc_means.random_groups(made, like, like, n=6)
    assert len({tuple(group) for group in groups}) > 1
    for group in groups:
        assert len({*group}) == 3 and not {*group} & {*like}
        # layer 1 has one head left; its second comes from a neighbour
        assert group[0] == (1, 2) and group[1][0] in {0, 2} and group[2][0] == 2
