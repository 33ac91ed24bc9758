"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

The planted models have one head, weights written by hand, and one token for each character.
"""

import handmade
import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, brackets, bringing, patching
from lab.pairs import Pairs

SIGNS = "^f([)]-x"  # "^" stands first, as a BOS does
N, CONTEXT = len(SIGNS), 10
TOKEN, PLACE, SAID, FLAG = slice(0, N), N, slice(N + CONTEXT, 2 * N + CONTEXT), 2 * N + CONTEXT


def ids(lines: list[str]) -> Tensor:
    return torch.tensor([[SIGNS.index(char) for char in line] for line in lines])


def pairs_of(clean: list[str], corrupted: list[str], **places: int) -> Pairs:
    """Pairs of lines of one length, answered by the stack."""
    right, wrong = (
        torch.tensor([SIGNS.index(brackets.closing(line)) for line in lines])
        for lines in (clean, corrupted)
    )
    at = {name: torch.full((len(clean),), place) for name, place in places.items()}
    end = torch.full((len(clean),), len(clean[0]) - 1)
    return Pairs(ids(clean), ids(corrupted), right, wrong, {**at, "end": end}, {})


TEXTS = pairs_of(  # each opener in two texts, so that a prompt has another with its answer
    ["^f(x-x", "^f[f-x", "^x(f-x", "^x[x-x"], ["^f[x-x", "^f(f-x", "^x[f-x", "^x(x-x"], opener=2
)
SWAPPED = pairs_of(["^f(x-x", "^f[f-x"], ["^f[x-x", "^f(f-x"], opener=2)
DECIDING = pairs_of(["^f(f[x]x", "^f[f(x)x"], ["^f(f[x-x", "^f[f(x-x"], outer=2, inner=4, closed=6)


def planted(
    likes: dict[str, float], *, layer: int = 0, moves_on: bool = False
) -> TransformerBridge:
    """Two layers of two heads. Head 0 of one layer attends to each sign by how much it likes it, and adds
    1 to the logit of the bracket that closes what it sees. Head 1 looks at the same and writes nothing.

    `moves_on`: head 0 of layer 0 tells each position whether a closing bracket came before it; where one
    did, those of layer 1 like the outer opener, at position 2, best.
    """
    model = handmade.blank(
        N,
        token=TOKEN.start,
        place=PLACE,
        said=SAID.start,
        d_model=FLAG + 1,
        n_ctx=CONTEXT,
        d_head=N,
    )
    with torch.no_grad():
        looks = model.blocks[layer].attn
        for first in (0, N):  # the first dimension of head 0 and of head 1
            looks.q.weight[first, TOKEN] = N**0.5
            for sign, much in likes.items():
                looks.k.weight[first, SIGNS.index(sign)] = much
        looks.v.weight[:N, TOKEN] = torch.eye(N)
        for opener, closer in brackets.CLOSES.items():
            looks.o.weight[SAID.start + SIGNS.index(closer), SIGNS.index(opener)] = 1.0
        if moves_on:
            tells = model.blocks[0].attn
            tells.q.weight[0, TOKEN] = N**0.5
            for sign, much in {"^": 20.0, ")": 40.0, "]": 40.0}.items():
                tells.k.weight[0, SIGNS.index(sign)] = much
            for sign in ")]":
                tells.v.weight[0, SIGNS.index(sign)] = 1.0
            tells.o.weight[FLAG, 0] = 1.0
            for first in (0, N):
                looks.q.weight[first + 1, FLAG] = 60 * N**0.5
                looks.k.weight[first + 1, PLACE + 2] = 1.0
    return model


OPENERS = {"(": 20.0, "[": 20.0}


@torch.no_grad()
def passes_on(model: TransformerBridge, at: int, of: str = "") -> TransformerBridge:
    """Head 0 of layer 1 copies what was said at one position; with `of`, layer 0 says it there alone."""
    if of:
        asks = model.blocks[0].attn.q.weight
        asks[:, TOKEN] = 0
        asks[0, SIGNS.index(of)] = N**0.5
    head = model.blocks[1].attn
    for parameter in head.parameters():
        parameter.zero_()
    head.q.weight[0, TOKEN] = N**0.5
    head.k.weight[0, PLACE + at] = 40.0
    head.v.weight[:N, SAID] = torch.eye(N)
    head.o.weight[SAID, :N] = torch.eye(N)
    return model


def test_the_last_opener_passes_all_open_lines_and_fails_the_deciding_ones() -> None:
    open_lines = brackets.nested(40, 3) + brackets.nested(40, 1)
    deciding = brackets.used_up(40)
    last = brackets.RULES["closes the last opener"]
    assert brackets.right_share(open_lines, last) == 1.0
    for rule, halves in ((last, [0, 40]), (brackets.RULES["always )"], [20, 20])):
        right = [
            sum(rule(prompt.text) == brackets.closing(prompt.text) for prompt in half)
            for half in zip(*((pair.clean, pair.corrupted) for pair in deciding), strict=True)
        ]
        assert right == halves
    assert brackets.right_share(deciding, brackets.closing) == 1.0
    moves_on = planted(OPENERS, layer=1, moves_on=True)
    assert (behaviour.answers(moves_on, DECIDING)[0] > 0).all()  # where one is closed


def test_a_head_that_fetches_is_told_from_one_that_passes_on() -> None:
    model = planted(OPENERS)
    both = passes_on(planted(OPENERS), at=5)
    for layer, place in enumerate(("opener", "end")):
        assert patching.heads(both, SWAPPED, "end")[layer, 0] > 0.4
        assert behaviour.chance_effects(both, TEXTS, [(layer, 0)]).abs() < 1e-4
        parts = bringing.brought_from(both, SWAPPED, (layer, 0))
        assert parts.pop(place) > 0.4
        assert max(abs(part) for part in parts.values()) < 1e-3
    found = patching.heads(model, SWAPPED, "end")
    assert found[0].tolist() == pytest.approx([1.0, 0.0], abs=1e-4)
    for head in (0, 1):
        assert behaviour.attention(model, SWAPPED.clean, SWAPPED, (0, head))["opener"] > 0.99
    twins = behaviour.chance_effects(model, TEXTS, [(0, 0)])
    assert twins.tolist() == pytest.approx([0.0], abs=1e-4)


def test_the_kind_moves_where_the_columns_change() -> None:
    for layer, before_layer_1 in ((0, [0.0, 1.0]), (1, [1.0, 0.0])):
        opener, end, elsewhere = patching.residual(planted(OPENERS, layer=layer), SWAPPED).T
        assert [opener[0], end[0]] == pytest.approx([1.0, 0.0], abs=1e-4)
        assert [opener[1], end[1]] == pytest.approx(before_layer_1, abs=1e-4)
        assert elsewhere.abs().max() < 1e-4
    stops = patching.residual(passes_on(planted(OPENERS), at=4, of="-"), SWAPPED)
    assert stops[0].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)
    assert stops[1, 0].abs() < 1e-3
    assert stops[1, 2] > 0.8 > 0.2 > stops[1, 1]


def test_leaving_a_used_up_opener_differs_from_sharing_with_the_closing_bracket() -> None:
    moves_on = planted(OPENERS, layer=1, moves_on=True)
    shares = planted(dict.fromkeys("([)]", 20.0), layer=1)
    seen = {
        name: [
            behaviour.attention(model, tokens, DECIDING, (1, 0))
            for tokens in (DECIDING.corrupted, DECIDING.clean)
        ]
        for name, model in (("moves on", moves_on), ("shares", shares))
    }
    still_open, closed = seen["moves on"]
    assert closed["inner"] < 0.01 < 0.4 < still_open["inner"]
    assert closed["outer"] > 0.99
    assert closed["closed"] < 0.01
    still_open, closed = seen["shares"]
    assert closed["inner"] < still_open["inner"] - 0.1
    assert closed["outer"] == pytest.approx(closed["inner"], abs=1e-3)  # as before: in proportion
    assert still_open["outer"] == pytest.approx(still_open["inner"], abs=1e-3)
    assert closed["closed"] > 0.3
