"""An induction circuit and a copying head, written by hand: what each does is in the weights.

L0H0 tells each position the token before it. L1H0 looks for the position whose previous token is the
current one, and adds INDUCTION to the logit of the token there. L1H1 adds COPY to the logit of the
token at position 1, whatever the prompt. L0H1 does nothing. No LayerNorm, no MLP.
"""

import torch
from transformer_lens import TransformerBridge

from lab.pairs import Pairs

VOCAB, CONTEXT, WIDTH = 9, 6, 9
INDUCTION, COPY, SHARP = 3.0, 2.0, 100.0


def model() -> TransformerBridge:
    """The circuit. The stream holds token, position, previous token, answer, each one-hot."""
    d_model = 3 * VOCAB + CONTEXT
    token, place = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
    previous, answer = slice(place.stop, place.stop + VOCAB), slice(place.stop + VOCAB, d_model)
    made = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 2, "d_head": WIDTH, "attn_only": True,
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    )  # fmt: skip
    first, second = slice(0, WIDTH), slice(WIDTH, 2 * WIDTH)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.zero_()
        made.W_E[:, token] = torch.eye(VOCAB)
        made.W_pos[:, place] = torch.eye(CONTEXT)
        one, two = made.blocks[0].attn, made.blocks[1].attn
        # linear layers store [out, in]; position p queries for key p - 1
        one.q.weight[: CONTEXT - 1, place] = SHARP * torch.eye(CONTEXT)[1:]
        one.k.weight[: CONTEXT - 1, place] = torch.eye(CONTEXT)[:-1]
        one.v.weight[first, token] = torch.eye(VOCAB)
        one.o.weight[previous, first] = torch.eye(VOCAB)
        two.q.weight[first, token] = SHARP * torch.eye(VOCAB)
        two.k.weight[first, previous] = torch.eye(VOCAB)
        two.v.weight[first, token] = torch.eye(VOCAB)
        two.o.weight[answer, first] = INDUCTION * torch.eye(VOCAB)
        two.q.weight[WIDTH, place] = SHARP
        two.k.weight[WIDTH, place.start + 1] = 1.0
        two.v.weight[second, token] = torch.eye(VOCAB)
        two.o.weight[answer, second] = COPY * torch.eye(VOCAB)
        made.unembed.weight[:, answer] = torch.eye(VOCAB)
    return made.eval()


def prompts(n: int, right: str, wrong: str) -> Pairs:
    """Clean "0 a b c d a", corrupted "0 c b a d a"; the answers are two of a, b, c, d.

    Induction answers b and d. The token at position 1 is a and c.
    """
    draws = [
        torch.randperm(VOCAB - 1, generator=torch.Generator().manual_seed(i)) for i in range(n)
    ]
    words = {name: 1 + torch.stack(draws)[:, i] for i, name in enumerate("abcd")}
    words["0"] = torch.zeros(n, dtype=torch.long)
    clean, corrupted = (
        torch.stack([words[one] for one in text], dim=1) for text in ("0abcda", "0cbada")
    )
    names = ["first", "after first", "second", "after second", "end"]
    places = {name: torch.full((n,), 1 + i) for i, name in enumerate(names)}
    return Pairs(clean, corrupted, words[right], words[wrong], places, {})


def induction(n: int = 5) -> Pairs:
    """Pairs whose answers L1H0 gives."""
    return prompts(n, "b", "d")


def copying(n: int = 5) -> Pairs:
    """Pairs whose answers L1H1 gives."""
    return prompts(n, "a", "c")
