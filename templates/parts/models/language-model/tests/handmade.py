"""A language model without any circuit, for tests that write one into it by hand."""

import tiny
import torch
from transformer_lens import TransformerBridge


def blank(
    words: int | list[str],
    *,
    token: int = 0,
    place: int,
    said: int,
    d_model: int,
    n_ctx: int,
    d_head: int,
    n_layers: int = 2,
) -> TransformerBridge:
    """Two heads a layer that attend to nothing in particular and write nothing; no MLPs, no LayerNorm.

    Dimensions of the stream [d_model]: from `token` on one for each of the words, which says what stands
    there; from `place` on one for each position; from `said` on each word's logit. `words` is their number, or
    the vocabulary of the tokenizer that the model gets.
    """
    n = words if isinstance(words, int) else len(words)
    model = TransformerBridge.boot_native(
        {
            "n_layers": n_layers, "d_model": d_model, "n_heads": 2, "d_head": d_head, "attn_only": True,
            "normalization_type": None, "d_vocab": n, "n_ctx": n_ctx, "seed": 0,
        }
    ).eval()  # fmt: skip
    if not isinstance(words, int):
        model.tokenizer = tiny.tokenizer(words[1:])  # the first is the tokenizer's own end of text
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token : token + n] = torch.eye(n)
        model.W_pos[:, place : place + n_ctx] = torch.eye(n_ctx)
        model.unembed.weight[:, said : said + n] = torch.eye(n)
    return model
