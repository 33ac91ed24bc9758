"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

Weights are written by hand. Layer 0 notes the token before and the one before that; heads further up
compare them, and rest on position 0 where nothing matches.
"""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement
from lab.measurement import Copy, Head, Matches, Words

N, CONTEXT = 160, 102  # token 0 stands first, as a BOS does
TOKEN, PLACE = slice(0, N), slice(N, N + CONTEXT)
BEFORE, TWICE, SAID = (slice(N * i + CONTEXT, N * (i + 1) + CONTEXT) for i in (1, 2, 3))
FOUND = SAID.stop  # set where a head has found something
SIZE, WIDTH = FOUND + 1, 2 * N + 3
MATCH, REST = 20.0, 10.0  # nats for a matching token, and for position 0
VOCABULARY = torch.arange(1, N)
ALL = Words(VOCABULARY, VOCABULARY, VOCABULARY)


@dataclass(frozen=True)
class Kind:
    """What a planted head does: `second` for the token before, `near` over the whole context."""

    second: float = 0.0
    near: float = 0.0
    writes: float = 0.0
    waits: bool = False  # rests wherever an earlier head has found something
    turned: int = 0  # mixes its own dimensions at random, which changes no score


def model_with(heads: dict[Head, Kind], same: Tensor | None = None) -> TransformerBridge:
    """Three layers of two heads; `same` [n, 2] are tokens with one embedding."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 3, "d_model": SIZE, "n_heads": 2, "d_head": WIDTH, "attn_only": True,
            "normalization_type": None, "d_vocab": N, "n_ctx": CONTEXT, "seed": 0,
        }
    ).eval()  # fmt: skip
    scale, eye = WIDTH**0.5, torch.eye(CONTEXT)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN] = torch.eye(N)
        if same is not None:
            model.W_E[same[:, 1]] = model.W_E[same[:, 0]]
        model.W_pos[:, PLACE] = eye
        model.unembed.weight[:, SAID] = torch.eye(N)
        notes = model.blocks[0].attn
        for number, target in enumerate((BEFORE, TWICE)):
            first, back = number * WIDTH, number + 1
            notes.q.weight[first : first + CONTEXT - back, PLACE] = 1000 * scale * eye[back:]
            notes.k.weight[first : first + CONTEXT - back, PLACE] = eye[:-back]
            notes.v.weight[first : first + N, TOKEN] = torch.eye(N)
            notes.o.weight[target, first : first + N] = torch.eye(N)
        for (layer, number), kind in heads.items():
            plant(model.blocks[layer].attn, number, kind)
    return model


def plant(attention: torch.nn.Module, number: int, kind: Kind) -> None:
    mine = slice(number * WIDTH, (number + 1) * WIDTH)
    q, k, v = (torch.zeros(WIDTH, SIZE) for _ in range(3))
    bias, o = torch.zeros(WIDTH), torch.zeros(SIZE, WIDTH)
    q[:N, TOKEN], k[:N, BEFORE] = MATCH * torch.eye(N), torch.eye(N)
    q[N : 2 * N, BEFORE], k[N : 2 * N, TWICE] = kind.second * torch.eye(N), torch.eye(N)
    bias[2 * N : 2 * N + 2] = 1.0
    k[2 * N, PLACE] = kind.near * torch.arange(CONTEXT) / CONTEXT
    k[2 * N + 1, PLACE.start] = REST
    if kind.waits:
        q[2 * N + 2, FOUND], k[2 * N + 2, PLACE.start] = 3 * MATCH, 1.0
    v[1:N, 1:N] = torch.eye(N - 1)
    v[N, PLACE.start + 1 : PLACE.stop] = 1.0
    o[SAID, :N] = kind.writes * torch.eye(N)
    if kind.writes and not kind.waits:
        o[FOUND, N] = 1.0
    drawn = torch.randn(WIDTH, WIDTH, generator=torch.Generator().manual_seed(kind.turned))
    turn = torch.linalg.qr(drawn).Q if kind.turned else torch.eye(WIDTH)
    attention.q.weight[mine], attention.q.bias[mine] = (
        WIDTH**0.5 * turn @ q,
        WIDTH**0.5 * turn @ bias,
    )
    attention.k.weight[mine] = turn @ k
    attention.v.weight[mine], attention.o.weight[:, mine] = v, o


def drawn(copies: list[Copy], words: Words = ALL, n: int = 4) -> Matches:
    return measurement.planted(words, copies, CONTEXT, n, seed=0, first=[0])


CONDITIONS = {name: drawn(copies) for name, copies in measurement.conditions(CONTEXT).items()}


@pytest.mark.parametrize("name", CONDITIONS)
def test_prompts_hold_the_copies_that_they_promise_and_no_other(name: str) -> None:
    made = CONDITIONS[name]
    wanted = {copy.name: copy for copy in measurement.conditions(CONTEXT)[name]}
    backs: dict[str, list[int]] = {one: [] for one in wanted}
    for number, row in enumerate(made.tokens.tolist()):
        for i, query in enumerate(made.queries.tolist()):
            keys = [p + 1 for p in range(1, query) if row[p] == row[query]]
            promised = {int(made.keys[one][number, i]): one for one in wanted if wanted[one].match}
            assert keys == sorted(promised)
            for key, one in promised.items():
                backs[one].append(query + 1 - key)
                length = 0
                while row[key - 1 - length] == row[query - length]:
                    length += 1
                assert length == wanted[one].match
    if name == "rivals":
        assert sorted(backs["rivals: 5 tokens"]) == sorted(backs["rivals: 1 token"])
        longer, shorter = (keys.sort(0).values for keys in made.keys.values())
        assert torch.equal(longer, shorter)  # each query sees either at both places, equally often
    elif name != "no copy":
        assert {*backs[name]} == {wanted[name].back}


def test_comparing_two_tokens_differs_from_liking_near_copies() -> None:
    model = model_with({(1, 0): Kind(second=MATCH), (1, 1): Kind(near=60.0)})
    compares, likes_near = measurement.share_to_longer(
        model, CONDITIONS["rivals"], [(1, 0), (1, 1)]
    ).tolist()
    assert compares > 0.99
    assert likes_near == pytest.approx(0.5, abs=0.02)
    plain = model_with({(1, 0): Kind()})
    found = measurement.attention(plain, CONDITIONS["rivals"], [(1, 0)])
    assert [float(one.mean()) for one in found.values()] == pytest.approx([0.5, 0.5], abs=0.01)


def test_matching_tokens_differs_from_matching_words() -> None:
    small, capital = VOCABULARY[:20], VOCABULARY[20:40]
    shown = {
        name: drawn([Copy(name, measurement.APART)], Words(*pool, VOCABULARY[40:]), n=12)
        for name, pool in measurement.case_pools(small, capital).items()
    }
    for same, dark in ((None, True), (torch.stack([small, capital], 1), False)):
        model = model_with({(1, 0): Kind()}, same)
        columns, found = measurement.table(model, shown, [(1, 0)])
        assert columns == ["same case", "other case"]
        same_case, other_case = found.mean((0, 1)).tolist()
        assert same_case > 0.8
        assert (other_case < 0.1) if dark else (other_case == pytest.approx(same_case, abs=0.1))
    # a head that matches words and rests at capitals: dark where all the queries are capital
    model = model_with({(1, 0): Kind(waits=True)}, torch.stack([small, capital], 1))
    with torch.no_grad():
        model.W_E[capital, FOUND] = 1.0
    same_case, other_case = measurement.table(model, shown, [(1, 0)])[1].mean((0, 1)).tolist()
    assert 0.3 < same_case < 0.7
    assert 0.3 < other_case < 0.7


def test_the_two_cases_show_as_many_capitals_and_copy_as_many() -> None:
    small, capital = VOCABULARY[:20], VOCABULARY[20:40]
    pools = measurement.case_pools(small, capital)
    for copied, shown in pools.values():
        assert [int(torch.isin(one, capital).sum()) for one in (copied, shown)] == [10, 10]
        assert len({int(one) % 20 for one in copied}) == 20
    assert (pools["same case"][0] == pools["same case"][1]).all()
    assert (pools["other case"][0] != pools["other case"][1]).all()


def test_two_profiles_stand_out_from_the_diagonal_and_a_copy_does_not() -> None:
    heads = {(1, 0): Kind(), (1, 1): Kind(second=MATCH), (2, 0): Kind(turned=7)}
    columns, found = measurement.table(model_with(heads), CONDITIONS, [*heads])
    apart = measurement.differences(found[:, :, [name != "no copy" for name in columns]])
    assert apart[0, 1] > 3 * apart.diagonal().max() + 0.1
    assert apart[0, 2] == pytest.approx(float(apart[0, 0]), abs=0.02)
    assert found[..., columns.index("no copy")].max() < 0.05


def repeated() -> Tensor:
    """A few tokens come again at the end of each text."""
    rows = []
    for seed in range(4):
        order = torch.randperm(N - 1, generator=torch.Generator().manual_seed(seed)) + 1
        rows.append(torch.cat([torch.tensor([0]), order[:80], order[20:32]]))
    return torch.stack(rows)


def test_adding_up_and_standing_in_differ_in_the_logit() -> None:
    tokens = repeated()
    where = measurement.possible(tokens)
    assert where.sum() == 4 * 11
    assert where[:, -11:].all()
    adding = {(1, 0): Kind(writes=9.0), (1, 1): Kind(writes=9.0, turned=3)}
    pair = ((1, 0), (1, 1))
    found = measurement.effects(model_with(adding), tokens, [pair])
    (loss, logit), _ = measurement.beyond_the_sum(found, pair, where)
    assert loss > 3
    assert logit == pytest.approx(0.0, abs=0.1)
    standing_in = {(1, 0): Kind(writes=9.0), (2, 0): Kind(writes=9.0, waits=True)}
    pair = ((1, 0), (2, 0))
    found = measurement.effects(model_with(standing_in), tokens, [pair])
    (loss, logit), _ = measurement.beyond_the_sum(found, pair, where)
    assert loss > 3
    assert logit > 7


def test_a_reader_that_has_enough_with_one_lies_above_in_both() -> None:
    pair, tokens = ((1, 0), (1, 1)), repeated()
    model = model_with({head: Kind(writes=1.0) for head in pair})
    attention = model.blocks[2].attn  # L2H0 looks at the token that either of them has said
    with torch.no_grad():
        attention.q.weight[:N, SAID] = 2 * MATCH * WIDTH**0.5 * torch.eye(N)
        attention.k.weight[:N, TOKEN] = torch.eye(N)
        attention.q.bias[N] = WIDTH**0.5
        attention.k.weight[N, PLACE.start] = REST
        attention.v.weight[1:N, 1:N] = torch.eye(N - 1)
        attention.o.weight[SAID, :N] = 9.0 * torch.eye(N)
    found = measurement.effects(model, tokens, [pair])
    loss, logit = measurement.beyond_the_sum(found, pair, measurement.possible(tokens))[0]
    assert loss > 3
    assert logit > 7


def test_an_induction_head_lowers_the_loss_of_the_second_copy() -> None:
    finds = model_with({(1, 0): Kind(writes=9.0)})
    once, again = measurement.losses_of_copies(finds, VOCABULARY, 4, seed=0, first=[0])
    assert once > 4
    assert again < 0.5
    once, again = measurement.losses_of_copies(model_with({}), VOCABULARY, 4, seed=0, first=[0])
    assert again == pytest.approx(once, abs=0.01)


def test_control_heads_lie_below_the_threshold_and_in_the_same_layers_if_they_can() -> None:
    scores = torch.tensor([[0.1, 0.1, 0.1, 0.1], [0.9, 0.8, 0.2, 0.1]])
    for seed in range(20):
        found = measurement.controls(scores, [(1, 0)], 0.3, 5, seed)
        assert {*found[:2]} == {(1, 2), (1, 3)}
        assert {head[0] for head in found[2:]} == {0}
        assert (1, 1) not in found
    orders = {tuple(measurement.controls(scores, [(1, 0)], 0.3, 2, seed)) for seed in range(20)}
    assert len(orders) == 2


def test_frequent_and_rare_tokens_are_told_by_how_often_they_come() -> None:
    texts = torch.tensor([[5, 5, 5, 6, 6, 7, 8]])
    frequent, rare = measurement.by_frequency(torch.arange(5, 12), texts, n=2)
    assert (frequent.tolist(), rare.tolist()) == ([5, 6], [7, 8])
