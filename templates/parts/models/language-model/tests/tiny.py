"""Tiny models with random weights, one of each family, in folders: what the loader reads, offline.

Every parameter is random, LayerNorm's gains and biases too: with gains of 1 and biases of 0 a wrong
treatment of LayerNorm would go unnoticed.
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
import transformers as T
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformer_lens import TransformerBridge

END_OF_TEXT = "<|endoftext|>"
_PIECE = Regex(r" ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]|\s")


def tokenizer(texts: Iterable[str]) -> T.PreTrainedTokenizerFast:
    """Each word of the texts, with the space before it, is one token; other words are END_OF_TEXT."""
    pieces = pre_tokenizers.Split(_PIECE, "isolated")
    words = {word: None for text in texts for word, _ in pieces.pre_tokenize_str(text)}
    known = {word: i for i, word in enumerate([END_OF_TEXT, *words])}
    made = Tokenizer(models.WordLevel(known, unk_token=END_OF_TEXT))
    made.pre_tokenizer = pieces
    return T.PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
    )


FAMILIES: dict[str, Callable[[int], T.PreTrainedModel]] = {
    "gpt2": lambda n: T.GPT2LMHeadModel(
        T.GPT2Config(n_layer=2, n_head=4, n_embd=32, vocab_size=n, n_positions=128)
    ),
    "gpt_neox": lambda n: T.GPTNeoXForCausalLM(
        T.GPTNeoXConfig(
            num_hidden_layers=2, num_attention_heads=4, hidden_size=32, intermediate_size=64,
            vocab_size=n, max_position_embeddings=128,
        )
    ),
    "gpt_neo": lambda n: T.GPTNeoForCausalLM(
        T.GPTNeoConfig(
            num_layers=2, num_heads=4, hidden_size=32, vocab_size=n, max_position_embeddings=128,
            attention_types=[[["global", "local"], 1]], window_size=8,
        )
    ),
    "gptj": lambda n: T.GPTJForCausalLM(
        T.GPTJConfig(n_layer=2, n_head=4, n_embd=32, rotary_dim=4, vocab_size=n, n_positions=128)
    ),
    "llama": lambda n: T.LlamaForCausalLM(
        T.LlamaConfig(
            num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, hidden_size=32,
            intermediate_size=64, vocab_size=n, max_position_embeddings=128,
        )
    ),
}  # fmt: skip


def checkpoint(folder: Path, family: str, texts: Iterable[str], seed: int = 0) -> Path:
    """A folder with a tiny model of a family, whose vocabulary is the words of some texts."""
    words = tokenizer(texts)
    model = FAMILIES[family](len(words))
    model.config.update({"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0})
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            flat = parameter.dim() == 1
            gain = flat and bool((parameter == 1).all())
            parameter.copy_(1 + 0.3 * noise if gain else 0.3 * noise)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def model(folder: Path, family: str, texts: Iterable[str], seed: int = 0) -> TransformerBridge:
    """The same, loaded with hooks."""
    made = checkpoint(folder, family, texts, seed)
    return TransformerBridge.boot_transformers(str(made), device="cpu").eval()


def uniform_loss(model: TransformerBridge) -> float:
    """Nats a token of guessing evenly over the vocabulary."""
    return math.log(model.cfg.d_vocab)
