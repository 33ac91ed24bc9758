"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement

D, CASE, RARE = 32, 0, 1  # two dimensions of the unembedding that mean something


def unembedding(*, case: float, rarity: float) -> tuple[Tensor, Tensor]:
    """Weights [d_vocab, d_model] and pairs of which a quarter have the commoner word in capitals."""
    n = 400
    ids = torch.arange(2 * n).view(n, 2)
    ids[::4] = ids[::4].flip(1)
    weights = torch.randn(2 * n, D, generator=torch.Generator().manual_seed(0))
    weights[:, CASE] = 0.0
    weights[ids[:, 1], CASE] += case
    weights[:, RARE] = 0.0
    weights[ids.max(1).values, RARE] += rarity
    return weights, ids


def test_a_direction_for_rarity_fails_where_the_capital_is_commoner() -> None:
    shares = {}
    for name, kind in (
        ("case", {"case": 6.0, "rarity": 1.0}),
        ("rarity", {"case": 0.0, "rarity": 6.0}),
    ):
        weights, pairs = unembedding(**kind)
        fit, test = measurement.split(pairs, seed=1)
        along = measurement.direction(weights, fit)
        commoner = measurement.capital_commoner(test)
        shares[name] = [
            measurement.sorted_share(weights, test[mask], along) for mask in (~commoner, commoner)
        ]
        signed = measurement.signed_directions(weights, fit, 40, seed=0)
        assert max(abs(float(one @ along)) for one in signed) < 1e-5
        by_luck = [measurement.sorted_share(weights, test, one) for one in signed]
        assert sum(by_luck) / len(by_luck) == pytest.approx(0.5, abs=0.05)
    assert min(shares["case"]) > 0.95
    assert shares["rarity"][0] > 0.95 and shares["rarity"][1] < 0.1


def test_after_the_last_layer_capitals_fall_even_with_a_direction_that_means_nothing() -> None:
    weights, pairs = unembedding(case=0.0, rarity=0.0)
    along = measurement.direction(weights, measurement.split(pairs, seed=0)[0])
    plain = torch.randn(200, D, generator=torch.Generator().manual_seed(1))
    pushed = plain + 3 * along
    levelled = pushed - (pushed @ along)[:, None] * along
    masses = [
        float((stream @ weights.T).softmax(-1)[:, pairs[:, 1]].sum(-1).mean())
        for stream in (pushed, levelled)
    ]
    assert masses[0] - masses[1] > 0.1


STOP, COMMA, ABBREVIATION, WORD, CAPITAL, OTHER = range(6)
TEXTS = [".", ",", " e.g", " word", " Word", " other"]
KINDS = measurement.token_kinds(TEXTS)
SENTENCE, INSIDE = [WORD, OTHER, STOP, CAPITAL], [OTHER, ABBREVIATION, STOP, WORD]
TOKENS = torch.tensor(
    [[OTHER, *SENTENCE, COMMA, WORD, *INSIDE, WORD], [WORD, *INSIDE, COMMA, OTHER, *SENTENCE, WORD]]
)
MASKS = measurement.places(TOKENS, KINDS)
ALONG, ELSEWHERE = torch.eye(D)[20] - torch.eye(D)[21], torch.eye(D)[22] - torch.eye(D)[23]
ALONG, ELSEWHERE = ALONG / ALONG.norm(), ELSEWHERE / ELSEWHERE.norm()


def planted(*, reads_before: bool = False, used: Tensor = ALONG) -> TransformerBridge:
    """MLP1 writes ALONG and `used` at a full stop; the unembedding turns `used` into capitals.

    `reads_before`: a head carries the token before to it, and the abbreviation stops the neuron.
    """
    length = TOKENS.shape[1]
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": D, "n_heads": 1, "d_head": length, "d_mlp": 2, "act_fn": "relu",
            "normalization_type": None, "d_vocab": len(TEXTS), "n_ctx": length, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, :6] = torch.eye(6)
        model.W_pos[:, 6 : 6 + length] = torch.eye(length)
        if reads_before:
            head = model.blocks[0].attn
            head.q.weight[: length - 1, 6 : 6 + length] = 100 * torch.eye(length)[1:]
            head.k.weight[: length - 1, 6 : 6 + length] = torch.eye(length)[:-1]
            head.v.weight[0, ABBREVIATION] = 1.0
            head.o.weight[19, 0] = 1.0
        mlp = model.blocks[1].mlp
        getattr(mlp, "in").weight[0, STOP] = 1.0
        getattr(mlp, "in").weight[0, 19] = -1.0
        mlp.out.weight[:, 0] = 5 * ALONG + (0 if used is ALONG else 5) * used
        model.W_U[:, CAPITAL] = used
    return model


def test_places_are_told_by_what_stands_there_and_what_follows() -> None:
    found = {kind: mask.nonzero().tolist() for kind, mask in MASKS.items()}
    assert found["stop, a capital follows"] == [[0, 3], [1, 9]]
    assert found["stop, a small letter follows"] == [[0, 9], [1, 3]]
    assert found["comma"] == [[0, 5], [1, 5]]


def test_stops_that_end_nothing_tell_a_rule_from_a_reading() -> None:
    last = {}
    for reads_before in (False, True):
        model = planted(reads_before=reads_before)
        found = measurement.projections(model, TOKENS, MASKS, [ALONG])
        last[reads_before] = [
            float(found[f"stop, a {what} follows"][0, -1]) for what in ("capital", "small letter")
        ]
        assert abs(float(found["comma"][0, -1])) < 0.05
    assert last[False][0] == pytest.approx(last[False][1], abs=0.02)
    everywhere = planted()
    with torch.no_grad():
        everywhere.blocks[1].mlp.out.weight.zero_()
        everywhere.blocks[1].mlp.out.bias[:] = 5 * ALONG
    found = measurement.projections(everywhere, TOKENS, MASKS, [ALONG])
    alike = [
        float(curves[0, -1]) for kind, curves in found.items() if kind != "between small words"
    ]
    assert len(alike) == 3 and min(alike) > 0.9 and max(alike) - min(alike) < 0.02
    assert last[True][0] > 0.9 and abs(last[True][1]) < 0.05


def test_a_direction_that_does_the_work_is_told_from_one_that_is_only_there() -> None:
    stops, hook = MASKS["stop, a capital follows"], "blocks.1.hook_resid_post"
    for used, falls in ((ALONG, True), (ELSEWHERE, False)):
        model = planted(used=used)
        level = measurement.level(model, TOKENS, MASKS["comma"], hook, ALONG)
        changes = (
            None,
            (hook, measurement.levelled(stops, ALONG, level)),
            (hook, measurement.levelled(stops, ALONG, level, torch.eye(D)[26])),
        )
        intact, levelled, moved = (
            measurement.capital_mass(model, TOKENS, stops, KINDS["capital"], change)
            for change in changes
        )
        assert intact > 0.9
        assert moved == pytest.approx(intact, abs=1e-4)
        assert (levelled < 0.3) is falls
        assert falls or levelled == pytest.approx(intact, abs=1e-4)
