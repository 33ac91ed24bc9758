"""Each reading key of the notebook against models written by hand that do the task by another way.

Two attention-only layers of one head, no LayerNorm. The residual stream holds, in blocks: the token, the
position, what layer 0 fetched, the answer; each one-hot.
"""

import pytest
import torch
from torch import nn
from transformer_lens import TransformerBridge

from lab import measurement
from lab.data import Batch
from lab.settings import QUICK
from lab.task import make_task
from lab.training import accuracy

TASK = make_task(QUICK.but(n_numbers=12, inverse=False), torch.device("cpu"))
N, V, C = TASK.list_length, TASK.d_vocab, TASK.n_ctx
BATCH: Batch = TASK.held_out().rows(slice(0, 200))
SLOT, INDEX, OUT = 1, N + 2, 2 * N + 2  # where they begin
SHIFTED = [(i + 1) % N for i in range(N)]  # index j's place fetches another slot than j
SHARP = 40.0


def plant(way: str, fetch: list[int] | None = None) -> TransformerBridge:
    """A model that reads each output through the place of its own index ("own"), through the place of
    another index, which holds it ("another"), or from the slot itself ("straight").

    Index i's place fetches slot fetch[i] in layer 0.
    """
    d_head, d_model = V + C, 2 * V + C + V
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 1, "d_head": d_head, "attn_only": True,
            "normalization_type": None, "d_vocab": V, "n_ctx": C, "seed": 0,
        }
    )  # fmt: skip
    token, place = torch.arange(V), V + torch.arange(C)
    fetched, answer = slice(V + C, 2 * V + C), slice(2 * V + C, None)
    looks = [
        torch.zeros(d_model, d_model),
        torch.zeros(d_model, d_model),
    ]  # [query, key], per layer
    fetch = fetch or (SHIFTED if way == "another" else list(range(N)))
    for i in range(N):
        for j in range(N):
            looks[0][token[TASK.first_index + i], place[SLOT + j]] = SHARP * (fetch[i] == j)
        if way != "own":  # the output fetches the index that it has to follow
            looks[0][place[OUT + i], place[INDEX + i]] = 3 * SHARP
        if way == "own":
            looks[1][place[OUT + i], place[INDEX + i]] = SHARP
        if way == "straight":
            looks[1][fetched.start + TASK.first_index + i, place[SLOT + i]] = SHARP
        if way == "another":
            holder = TASK.first_index + fetch.index(i)
            looks[1][fetched.start + TASK.first_index + i, token[holder]] = SHARP
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, :V] = torch.eye(V)
        model.W_pos[:, V : V + C] = torch.eye(C)
        model.unembed.weight[:, answer] = torch.eye(V)
        for layer, target in ((0, fetched), (1, answer)):
            _look(model.blocks[layer].attn, looks[layer])
            read = slice(0, V) if layer == 0 or way == "straight" else fetched
            model.blocks[layer].attn.v.weight[:V, read] = torch.eye(V)
            model.blocks[layer].attn.o.weight[target, :V] = torch.eye(V)
    return model


def _look(attn: nn.Module, score: torch.Tensor) -> None:
    """Give a head these scores [query feature, key feature], by a factoring into queries and keys."""
    d_head = attn.q.weight.shape[0]
    left, size, right = torch.linalg.svd(score)
    rank = int((size > 1e-4).sum())
    assert rank <= d_head
    root = size[:rank].sqrt()[:, None]
    attn.q.weight[:rank] = d_head**0.5 * root * left.T[:rank]
    attn.k.weight[:rank] = root * right[:rank]


class LeftOver(nn.Module):
    """Writes the named numbers, and at the last place the one that is left: logits [batch, pos, V]."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*tokens.shape, V)
        numbers = tokens[:, SLOT : SLOT + N]
        written = tokens[:, OUT + 1 :]
        left = ~(numbers[:, :, None] == written[:, None]).any(-1)
        rows = torch.arange(len(tokens))
        logits[rows, -1, numbers[rows, left.int().argmax(1)]] = 1.0
        return logits


class OtherIndices(nn.Module):
    """Takes for the last index the one that the indices before it leave: logits [batch, pos, V]."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*tokens.shape, V)
        indices = tokens[:, INDEX : INDEX + N - 1] - TASK.first_index
        missing = N * (N - 1) // 2 - indices.sum(1)
        rows = torch.arange(len(tokens))
        logits[rows, -1, tokens[rows, SLOT + missing]] = 1.0
        return logits


WAYS = {
    "own": "place of its own index",
    "another": "place of another index",
    "straight": "straight",
}


@pytest.mark.parametrize("way", WAYS)
def test_the_long_bar_is_the_way_that_was_planted(way: str) -> None:
    model = plant(way)
    with torch.no_grad():
        assert accuracy(model(BATCH.tokens), BATCH.targets) > 0.99
    found = measurement.routes(model, TASK, BATCH.tokens)
    for route, (right, wrong) in found.items():
        assert right.shape == (N,)
        assert bool(right.min() > 0.9 and wrong.max() < 0.05) == (route == WAYS[way]), route


def test_the_cuts_tell_the_three_ways_apart() -> None:
    needed = {
        "own": {(0, "index -> slot"), (1, "out -> index")},
        "another": {(0, "index -> slot"), (0, "out -> index"), (1, "out -> index")},
        "straight": {(0, "out -> index"), (1, "out -> slot")},
    }
    for edges in needed.values():  # what takes two edges out takes each of them out
        edges |= {(layer, "both -> index") for layer, edge in edges if edge == "out -> index"}
    for way, edges in needed.items():
        for layer in (0, 1):
            for edge in measurement.EDGES:
                left = measurement.without_edge(plant(way), TASK, BATCH, layer, edge)
                assert (left < 0.7) == ((layer, edge) in edges), (way, layer, edge)


def with_a_needed_constant() -> TransformerBridge:
    """The way "own", whose outputs also fetch the mean of all indices, the same in every order, and
    would say START without it."""
    model = plant("own")
    attn = model.blocks[0].attn
    last = attn.q.weight.shape[0] - 1
    indices = slice(TASK.first_index, TASK.first_index + N)
    with torch.no_grad():
        attn.q.weight[last, V + OUT : V + OUT + N] = SHARP * (V + C) ** 0.5
        attn.k.weight[last, indices] = 1.0
        model.unembed.weight[TASK.start, V + OUT : V + OUT + N] = 20.0
        fetched = V + C
        model.unembed.weight[TASK.start, fetched + indices.start : fetched + indices.stop] = -20.0
    return model


def test_a_constant_that_every_order_needs_is_no_way() -> None:
    model = with_a_needed_constant()
    with torch.no_grad():
        assert accuracy(model(BATCH.tokens), BATCH.targets) > 0.99
    assert measurement.without_edge(model, TASK, BATCH, 0, "out -> index") > 0.99
    assert measurement.without_edge(model, TASK, BATCH, 0, "index -> slot") < 0.7


def test_a_bright_cell_off_the_diagonal_is_a_look_at_another_slot_and_need_not_be_used() -> None:
    for way, fetch in (("own", list(range(N))), ("another", SHIFTED), ("straight", SHIFTED)):
        model = plant(way, fetch)
        looks = measurement.index_looks(model, TASK, BATCH.tokens)
        assert looks.argmax(1).tolist() == fetch and looks.max(1).values.min() > 0.9
        cut = measurement.without_edge(model, TASK, BATCH, 0, "index -> slot")
        assert cut > 0.99 if way == "straight" else cut < 0.7


def test_a_changed_last_index_tells_reading_it_from_what_is_left_in_either_way() -> None:
    follows = measurement.last_answer(plant("own"), TASK, BATCH.tokens)
    assert follows == {"named": 1.0, "left over": 0.0}
    for rest in (LeftOver(), OtherIndices()):
        found = measurement.last_answer(rest, TASK, BATCH.tokens)
        assert found == {"named": 0.0, "left over": 1.0}


def test_a_draw_among_the_numbers_not_written_gets_what_the_notebook_says() -> None:
    generator = torch.Generator().manual_seed(0)
    batch = TASK.with_orders(TASK.unseen_orders, 20_000, generator)
    numbers, answers = batch.tokens[:, SLOT : SLOT + N], batch.targets[:, OUT:]
    right = 0.0
    for place in range(N):
        left = (numbers[:, :, None] != answers[:, None, :place]).all(-1).float()
        drawn = torch.multinomial(left, 1, generator=generator)
        right += (numbers.gather(1, drawn)[:, 0] == answers[:, place]).float().mean().item() / N
    assert right == pytest.approx(0.52, abs=0.01)
