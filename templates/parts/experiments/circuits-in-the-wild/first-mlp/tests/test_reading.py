"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement

V, LENGTH = 6, 6
TOKEN, PLACE, OTHER, ANSWER = slice(0, 6), slice(6, 12), slice(12, 18), slice(18, 24)
D = 96  # the rest is empty: a random push is mostly unread
SHARP = 12.0


def planted(reads: str, *, loud: bool = False) -> TransformerBridge:
    """Two layers; MLP0 writes the next token, which the unembedding reads.

    `reads`: "token": it is the one after the token itself. "before", "two before": the sum of the token
    and the one before it, or two before it, modulo V. "place": of the token and its place. "text": the token's successor, in
    the second place or later. `loud`: MLP1 writes long vectors where the unembedding does not look.
    """
    back = {"before": 1, "two before": 2}.get(reads, 0)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": D, "n_heads": 1, "d_head": LENGTH, "d_mlp": V * V,
            "act_fn": "relu", "normalization_type": None, "d_vocab": V, "n_ctx": LENGTH, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, TOKEN] = torch.eye(V)
        model.W_pos[:, PLACE] = torch.eye(LENGTH)
        model.W_U[ANSWER] = SHARP * torch.eye(V)
        first, second = (block.mlp for block in model.blocks)
        if back:
            head = model.blocks[0].attn
            head.q.weight[: LENGTH - back, PLACE] = 100 * torch.eye(LENGTH)[back:]
            head.k.weight[: LENGTH - back, PLACE] = torch.eye(LENGTH)[:-back]
            head.v.weight[:, TOKEN] = torch.eye(V)
            head.o.weight[OTHER, :] = torch.eye(V)
        reader, writer = getattr(first, "in"), first.out
        for token in range(V):
            for other in range(V) if back or reads == "place" else (0,):
                neuron = token * V + other
                reader.weight[neuron, token] = 1.0
                if back:
                    reader.weight[neuron, OTHER.start + other] = 1.0
                elif reads == "text":
                    reader.weight[neuron, PLACE.start + 1 : PLACE.stop] = 1.0
                elif reads == "place":
                    reader.weight[neuron, PLACE.start + other] = 1.0
                if reads != "token":
                    reader.bias[neuron] = -1.0
                answer = (token + (1 if reads in ("token", "text") else other)) % V
                writer.weight[ANSWER.start + answer, neuron] = 1.0
        if loud:
            getattr(second, "in").weight[:V, TOKEN] = torch.eye(V)
            second.out.weight[ANSWER.stop :, :V] = 20 * torch.randn(
                D - ANSWER.stop, V, generator=torch.Generator().manual_seed(1)
            )
    return model


def drawn(n: int, seed: int) -> Tensor:
    """Texts of tokens drawn evenly: no token tells of another."""
    return torch.randint(0, V, (n, LENGTH), generator=torch.Generator().manual_seed(seed))


MADE_FROM, TOKENS = drawn(400, 0), drawn(24, 1)
BEHIND = "behind random others"


def test_a_missed_mlp_and_a_large_one_look_different() -> None:
    texts = counting(24, seed=0)
    found = measurement.damages(
        planted("token", loud=True),
        texts,
        measurement.ablations(planted("token", loud=True), texts, texts, (0, 1), seed=0),
    )
    rise = {name: float(damage.loss.mean()) for name, damage in found.items()}
    assert rise["mean 0"] > 1.0
    assert rise["random 0"] < 0.2 * rise["mean 0"]
    assert abs(rise["mean 1"]) < 1e-3
    assert rise["random 1"] > 1.0


def counting(n: int, seed: int) -> Tensor:
    """Texts in which each token is one more than the one before, modulo V."""
    start = torch.randint(0, V, (n, 1), generator=torch.Generator().manual_seed(seed))
    return (start + torch.arange(LENGTH)) % V


def shares(reads: str, what: str, texts: tuple[Tensor, Tensor] = (MADE_FROM, TOKENS)) -> float:
    """The share of the divergence that one of the replacements wins back."""
    model, (made_from, tokens) = planted(reads), texts
    first = torch.empty(0, dtype=torch.long)
    changes = (
        measurement.token_tables(model, made_from, tokens, 0, 2, 0, first)
        if what in ("table by token", "the token alone", BEHIND, "table, rows dealt anew")
        else measurement.pair_tables(model, made_from, tokens, 0, 2, 2000, 0)
    )
    found = measurement.damages(model, tokens, changes)
    return measurement.share_won_back(found[what], found["the mean"])


def test_a_table_by_token_stands_in_for_a_function_of_the_token_alone() -> None:
    assert shares("token", "table by token") > 0.99
    assert shares("token", BEHIND) > 0.99
    assert shares("token", "table, rows dealt anew") < 0.2
    for reads in ("before", "two before"):
        assert shares(reads, "table by token") < 0.3


def test_a_token_that_gives_its_neighbour_away_looks_like_a_function_of_the_token() -> None:
    told = counting(400, seed=0), counting(24, seed=1)
    assert shares("before", "table by token", told) > 0.99
    assert shares("before", BEHIND, told) < 0.0


def test_random_weights_win_back_a_part() -> None:
    model = TransformerBridge.boot_native(
        {
            "n_layers": 4, "d_model": 64, "n_heads": 4, "d_head": 16, "d_mlp": 256,
            "act_fn": "gelu", "normalization_type": "LN", "d_vocab": 50, "n_ctx": 32, "seed": 0,
        }
    ).eval()  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    made_from, tokens = torch.randint(0, 50, (216, 32), generator=generator).split((200, 16))
    first = torch.empty(0, dtype=torch.long)
    changes = measurement.token_tables(model, made_from, tokens, 0, 2, 0, first)
    found = measurement.damages(model, tokens, changes)
    assert 0.2 < measurement.share_won_back(found["table by token"], found["the mean"]) < 0.6
    assert measurement.share_won_back(found["table, rows dealt anew"], found["the mean"]) < 0.0


def test_a_table_by_pair_helps_where_the_token_before_counts() -> None:
    by_pair, by_luck = "table by pair", "table by pair, pairs dealt anew"
    assert shares("before", by_pair) > 0.99
    assert shares("before", by_luck) < 0.3
    assert abs(shares("two before", by_pair) - shares("two before", by_luck)) < 0.2
    assert shares("token", by_luck) > 0.99  # the decoy: nothing to be gained from the pair
    text = torch.tensor([0, 1, 0, 2, 1, 2])  # a pair gives its place away, a token does not
    told = text.expand(100, -1), text.expand(24, -1)
    assert shares("place", by_pair, told) > 0.99  # nothing reads the token before
    assert shares("place", by_luck, told) < 0.9


def test_the_start_of_a_text_differs_from_what_stands_before() -> None:
    assert shares("token", "the token alone") > 0.99
    assert shares("token", BEHIND) > 0.99
    by_token = shares("text", "table by token")
    assert shares("text", "the token alone") < by_token - 0.3
    assert abs(shares("text", BEHIND) - by_token) < 0.02
    for reads in ("before", "place"):
        assert shares(reads, BEHIND) < shares(reads, "table by token") - 0.3


def test_pairs_are_dealt_among_the_occurrences_of_one_token() -> None:
    keys = measurement.token_keys(MADE_FROM)
    pairs = measurement.pair_keys(MADE_FROM, V)
    found = measurement.labels(pairs, measurement.frequent(pairs, 2, 20))
    dealt = measurement.dealt_within(found, keys, seed=0)
    assert not torch.equal(dealt, found)
    for token in range(-1, V):
        here = keys == token
        assert torch.equal(dealt[here].sort().values, found[here].sort().values)


def test_a_table_holds_the_means_of_the_output() -> None:
    model = planted("before")
    keys = measurement.token_keys(MADE_FROM)
    known = measurement.frequent(keys, 1)
    with torch.no_grad():
        _, cache = model.run_with_cache(MADE_FROM)
    out = cache["blocks.0.hook_mlp_out"]
    rows = measurement.table(model, MADE_FROM, 0, measurement.labels(keys, known), len(known))
    expected = [out[keys == token].mean(0) for token in range(V)]
    assert torch.allclose(rows, torch.stack(expected), atol=1e-4)
