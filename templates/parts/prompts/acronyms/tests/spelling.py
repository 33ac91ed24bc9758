"""A model whose tokenizer has a token for each word and each capital, and whose weights are zero.

Words, places, letters to be said and two groups of letters for notes have their own dimensions.
"""

from collections.abc import Collection
from string import ascii_uppercase as CAPITALS

import tiny
import torch
import transformers as T
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformer_lens import TransformerBridge

from lab import acronyms

WORDS = [
    tiny.END_OF_TEXT, *CAPITALS, *(f" {word}" for word in acronyms.WORDS),
    "The", "Lamp", " (", ",", " in", " short",
]  # fmt: skip
N, CONTEXT, WIDTH = len(WORDS), 16, 32
TOKEN, PLACE, SAID, NOTE, BROUGHT = 0, N, N + CONTEXT, N + CONTEXT + 26, N + CONTEXT + 52


def tokenizer(glued: Collection[str] = ()) -> T.PreTrainedTokenizerFast:
    """Cuts capitals letter by letter, but for those that are glued together."""
    known = {word: i for i, word in enumerate([*WORDS, *sorted(glued)])}
    made = Tokenizer(models.WordLevel(known, unk_token=tiny.END_OF_TEXT))
    pieces = [" ?[A-Z][a-z]+", *sorted(glued), "[A-Z]", r" ?[a-z]+", r" ?[^\sA-Za-z]"]
    made.pre_tokenizer = pre_tokenizers.Split(Regex("|".join(pieces)), "isolated")
    names = {f"{role}_token": tiny.END_OF_TEXT for role in ("bos", "eos", "unk", "pad")}
    return T.PreTrainedTokenizerFast(tokenizer_object=made, **names)


def blank(glued: Collection[str] = ()) -> TransformerBridge:
    """Two layers of two heads that attend to nothing in particular and write nothing."""
    n = N + len({*glued})
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": BROUGHT + 26, "n_heads": 2, "d_head": WIDTH, "attn_only": True,
            "normalization_type": None, "d_vocab": n, "n_ctx": CONTEXT, "seed": 0,
        }
    ).eval()  # fmt: skip
    model.tokenizer = tokenizer(glued)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:N, TOKEN : TOKEN + N] = torch.eye(N)
        model.W_pos[:, PLACE : PLACE + CONTEXT] = torch.eye(CONTEXT)
        for i in range(26):
            model.unembed.weight[1 + i, SAID + i] = 1.0
    return model


def of_words() -> list[tuple[int, int]]:
    """For each word its dimension and the number of its first letter."""
    return [(TOKEN + WORDS.index(f" {word}"), CAPITALS.index(word[0])) for word in acronyms.WORDS]


@torch.no_grad()
def writes_letters(
    model: TransformerBridge, layer: int, to: int, much: float = 1.0, head: int = 0
) -> None:
    """A head writes the first letter of the words that it attends to."""
    attention, first = model.blocks[layer].attn, head * WIDTH
    for dimension, letter in of_words():
        attention.v.weight[first + letter, dimension] = 1.0
    for letter in range(26):
        attention.o.weight[to + letter, first + letter] = much


@torch.no_grad()
def looks(
    model: TransformerBridge, layer: int, ways: dict[int, int], much: float = 60.0, head: int = 0
) -> None:
    """A head attends from some places to others."""
    attention, first = model.blocks[layer].attn, head * WIDTH
    for number, target in enumerate(sorted({*ways.values()})):
        attention.k.weight[first + number, PLACE + target] = much
        for place in (one for one, other in ways.items() if other == target):
            attention.q.weight[first + number, PLACE + place] = WIDTH**0.5
