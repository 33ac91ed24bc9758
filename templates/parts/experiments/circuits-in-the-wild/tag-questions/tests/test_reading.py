"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models read one sign for each word: w a woman, m a man, t a thing, p several of these; 1 to 4
are the pronouns. Their heads' weights are written by hand.
"""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, bringing, fast_patching, looking, patching, sharing
from lab.pairs import Pairs

SIGNS = "^wmtp.,n'1234"  # "^" stands first, as a BOS does
N, CONTEXT = len(SIGNS), 7
TOKEN, BROUGHT, SAID = (slice(i * N, (i + 1) * N) for i in range(3))
PLACE = slice(3 * N, 3 * N + CONTEXT)
PRONOUN = dict(zip("wmtp", "1234", strict=True))


class Head(NamedTuple):
    """What a planted head likes to look at, sign or place, and what it writes for what it reads there."""

    likes: dict[str | int, float]
    writes: dict[str | int, str]
    of: slice = TOKEN
    to: slice = SAID


def pairs_of(sentences: list[tuple[str, str]]) -> Pairs:
    """Sentences whose subject is the second sign: "^w..,n'" """
    clean, corrupted = (
        torch.tensor([[SIGNS.index(sign) for sign in one[side]] for one in sentences])
        for side in (0, 1)
    )
    right, wrong = (
        torch.tensor([SIGNS.index(PRONOUN[one[side][1]]) for one in sentences]) for side in (0, 1)
    )
    at = {"subject": 1, "comma": 4, "tag": 5, "end": 6}
    places = {name: torch.full((len(sentences),), place) for name, place in at.items()}
    return Pairs(clean, corrupted, right, wrong, places, {})


def contrast(one: str, other: str) -> Pairs:
    return pairs_of([(f"^{one}..,n'", f"^{other}..,n'")] * 4)


SHE_HE = contrast("w", "m")


def planted(heads: dict[tuple[int, int], Head]) -> TransformerBridge:
    """Three layers of two heads; those that are not given write nothing."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 3, "d_model": PLACE.stop, "n_heads": 2, "d_head": N, "attn_only": True,
            "normalization_type": None, "d_vocab": N, "n_ctx": CONTEXT, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN] = torch.eye(N)
        model.W_pos[:, PLACE] = torch.eye(CONTEXT)
        model.unembed.weight[:, SAID] = torch.eye(N)
        for (layer, number), head in heads.items():
            attn, first = model.blocks[layer].attn, number * N
            attn.q.weight[first, TOKEN] = N**0.5
            for liked, much in head.likes.items():
                attn.k.weight[first, _dimension(liked)] = much
            size = head.of.stop - head.of.start
            attn.v.weight[first : first + size, head.of] = torch.eye(size)
            for read, written in head.writes.items():
                index = read if isinstance(read, int) else SIGNS.index(read)
                attn.o.weight[head.to.start + SIGNS.index(written), first + index] = 1.0
    return model


def _dimension(liked: str | int) -> int:
    return PLACE.start + liked if isinstance(liked, int) else SIGNS.index(liked)


AT_SUBJECT = {1: 40.0}
SAME = {sign: sign for sign in PRONOUN}
DIRECT = {(1, 0): Head(AT_SUBJECT, PRONOUN)}
OVER_COMMA = {
    (0, 0): Head(AT_SUBJECT, SAME, to=BROUGHT),
    (1, 0): Head({",": 40.0}, PRONOUN, of=BROUGHT),
}


def effects(model: TransformerBridge, pairs: Pairs) -> Tensor:
    return fast_patching.heads_by_gradient(model, pairs, "end")


def test_the_nearer_person_is_told_from_the_subject() -> None:
    past = pairs_of([(f"^w.{other},n'", f"^m.{other},n'") for other in "wm"])
    persons = {"w": 40.0, "m": 40.0}
    nearer = planted({(0, 0): Head(persons | {3: 20.0}, PRONOUN)})
    subject = planted({(0, 0): Head(persons | {1: 20.0}, PRONOUN)})
    assert [behaviour.accuracy(nearer, some) for some in (SHE_HE, past)] == [1.0, 0.5]
    assert [behaviour.accuracy(subject, some) for some in (SHE_HE, past)] == [1.0, 1.0]
    he = Head({3: 40.0}, {"w": "2", "m": "2"})  # says "he" where a second person stands
    habit = planted({(0, 0): Head(AT_SUBJECT, PRONOUN), (0, 1): he, (1, 1): he})
    assert [behaviour.accuracy(habit, some) for some in (SHE_HE, past)] == [1.0, 0.5]
    for model, alike, unlike in ((nearer, 1.0, 0.0), (subject, 1.0, 1.0), (habit, 0.5, 0.5)):
        woman, man = behaviour.answers(model, past)  # another woman stands in the first pair
        right = [[woman[0] > 0, man[1] > 0], [man[0] > 0, woman[1] > 0]]
        assert [sum(map(float, some)) / 2 for some in right] == [alike, unlike]


def test_sharing_a_layer_is_not_sharing_a_head() -> None:
    maps = {str(i): torch.zeros(4, 6) for i in range(4)}
    for i, one in enumerate(maps.values()):
        one[3] = torch.rand(6, generator=torch.Generator().manual_seed(i))  # the last layer alone
    anywhere, within = (
        sharing.in_common_by_chance(maps, 5, within_layers=inside)[0] for inside in (False, True)
    )
    assert anywhere < 0.3 < 2 < within


def test_a_stopover_is_told_from_a_direct_way() -> None:
    for heads, before_layer_1 in ((OVER_COMMA, "comma"), (DIRECT, "subject")):
        grid = patching.residual(planted(heads), SHE_HE)
        names = patching.place_names(SHE_HE)
        for layer, place in enumerate(["subject", before_layer_1, "end"]):
            expected = [float(name == place) for name in names]
            assert grid[layer].tolist() == pytest.approx(expected, abs=1e-4)


def test_the_place_that_is_brought_from_is_seen() -> None:
    for heads, place in ((OVER_COMMA, "comma"), (DIRECT, "subject")):
        found = bringing.brought_from(planted(heads), SHE_HE, (1, 0))
        expected = {name: float(name == place) for name in patching.place_names(SHE_HE)}
        assert found == pytest.approx(expected, abs=1e-4)


def test_handing_on_is_brought_from_the_end() -> None:
    hands_on = planted(
        {
            (0, 0): Head(AT_SUBJECT, PRONOUN),
            (1, 0): Head({"'": 40.0}, dict(zip("1234", "1234", strict=True)), of=SAID),
        }
    )
    found = bringing.brought_from(hands_on, SHE_HE, (1, 0))
    assert found.pop("end") == pytest.approx(0.5, abs=1e-3)
    assert max(map(abs, found.values())) < 1e-3


def test_looking_is_told_from_bringing() -> None:
    # the first head leaves the subject for the BOS where it is a man; what it writes depends on the place
    looks = planted({(1, 0): Head({"w": 60.0, "^": 30.0}, {1: "1", 0: "2"}, of=PLACE)})
    for model, expected in ((looks, [1.0, 0.0, 1.0]), (planted(DIRECT), [0.0, 1.0, 1.0])):
        found = looking.looks_and_brings(model, SHE_HE, (1, 0), "end")
        assert [found[name] for name in ("looks", "brings", "both")] == pytest.approx(
            expected, abs=1e-4
        )


def test_a_head_for_one_pronoun_is_in_two_contrasts() -> None:
    model = planted({(0, 0): Head(AT_SUBJECT, {"m": "2"}), (0, 1): Head(AT_SUBJECT, PRONOUN)})
    maps = {
        one + other: effects(model, contrast(one, other)) for one, other in ("wm", "tw", "pm", "pt")
    }
    leading = [sharing.leading(grid, 2) for grid in maps.values()]
    assert sum((0, 0) in some for some in leading) == 2
    assert sharing.in_common(maps, 2) == [(0, 1)]
