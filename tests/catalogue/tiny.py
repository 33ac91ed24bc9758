"""A tiny model of every family that the catalogue names, to see which hooks a family has."""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Family and number of layers of each model that transformer_lens loads; the others have no hooks.
MODELS = {
    "Baidicoot/Othello-GPT-Transformer-Lens": ("native", 8),
    "CarperAI/openai_summarize_tldr_ppo": ("gptj", 28),
    "CarperAI/openai_summarize_tldr_sft": ("gptj", 28),
    "EleutherAI/gpt-j-6b": ("gptj", 28),
    "EleutherAI/gpt-neo-125m": ("gpt_neo", 12),
    "EleutherAI/gpt-neox-20b": ("gpt_neox", 44),
    "EleutherAI/pythia-1.4b": ("gpt_neox", 24),
    "EleutherAI/pythia-160m": ("gpt_neox", 12),
    "EleutherAI/pythia-1b": ("gpt_neox", 16),
    "EleutherAI/pythia-2.8b": ("gpt_neox", 32),
    "EleutherAI/pythia-410m": ("gpt_neox", 24),
    "EleutherAI/pythia-6.9b": ("gpt_neox", 32),
    "EleutherAI/pythia-70m": ("gpt_neox", 6),
    "FacebookAI/roberta-base": ("bert", 12),
    "Qwen/Qwen2.5-0.5B": ("qwen2", 24),
    "Qwen/Qwen2.5-0.5B-Instruct": ("qwen2", 24),
    "bigscience/bloom-560m": ("bloom", 24),
    "facebook/opt-125m": ("opt", 12),
    "google-bert/bert-base-uncased": ("bert", 12),
    "google-t5/t5-11b": ("t5", 24),
    "google-t5/t5-3b": ("t5", 24),
    "google-t5/t5-large": ("t5", 24),
    "google/vit-base-patch16-224": ("vit", 12),
    "lvwerra/gpt2-imdb": ("gpt2", 12),
    "lvwerra/gpt2-imdb-pos-v2": ("gpt2", 12),
    "openai-community/gpt2": ("gpt2", 12),
    "openai-community/gpt2-large": ("gpt2", 36),
    "openai-community/gpt2-medium": ("gpt2", 24),
    "openai-community/gpt2-xl": ("gpt2", 48),
    "stanford-crfm/alias-gpt2-small-x21": ("gpt2", 12),
    "stanford-crfm/battlestar-gpt2-small-x49": ("gpt2", 12),
    "stanford-crfm/caprica-gpt2-small-x81": ("gpt2", 12),
    "stanford-crfm/darkmatter-gpt2-small-x343": ("gpt2", 12),
    "stanford-crfm/expanse-gpt2-small-x777": ("gpt2", 12),
    **{f"NeelNanda/Attn_Only_{n}L512W_C4_Code": ("attn_only", n) for n in (1, 2, 3, 4)},
    **{f"NeelNanda/GELU_{n}L512W_C4_Code": ("native", n) for n in (1, 2, 3, 4)},
    **{f"NeelNanda/SoLU_{n}L512W_C4_Code": ("solu", n) for n in (1, 2, 3, 4)},
    **{f"NeelNanda/SoLU_{n}L512W_Wiki_Finetune": ("solu", n) for n in (1, 4)},
    "NeelNanda/SoLU_8L1024W_C4_Code": ("solu", 8),
    "NeelNanda/SoLU_10L1280W_C4_Code": ("solu", 10),
}
# Models of other libraries.
OTHERS = {
    *("CompVis/stable-diffusion-v1-4", "google/ddpm-cifar10-32", "stabilityai/sd-turbo"),
    *("OpenAssistant/reward-model-deberta-v3-large-v2", "facebook/convnext-tiny-224"),
    *("openai/clip-vit-base-patch16", "openai/clip-vit-base-patch32"),
    "openai/clip-vit-large-patch14",
    *("sb3/dqn-CartPole-v1", "sb3/ppo-CartPole-v1", "sb3/ppo-PongNoFrameskip-v4"),
    *("timm/resnet18.tv_in1k", "timm/resnet50.tv_in1k", "timm/resnet50x4_clip.openai"),
}
# `hook_attn_scores` holds the scores here; everywhere else it holds the pattern.
WITH_SCORES = {"gpt2", "gpt_neox", "qwen2", "bloom"}

_NATIVE: dict[str, dict[str, Any]] = {
    "native": {},
    "rotary": {"positional_embedding_type": "rotary"},
    "solu": {"act_fn": "solu_ln"},
    "attn_only": {"attn_only": True},
}
_SMALL = {"vocab_size": 20, "hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}
_MLP = {"intermediate_size": 32}
_GPT = {"vocab_size": 20, "n_embd": 16, "n_head": 2, "n_layer": 1, "n_positions": 16}
_HUGGING_FACE: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("GPT2LMHeadModel", _GPT),
    "gptj": ("GPTJForCausalLM", _GPT | {"rotary_dim": 4}),
    "gpt_neo": (
        "GPTNeoForCausalLM",
        {"vocab_size": 20, "hidden_size": 16, "num_heads": 2, "num_layers": 1}
        | {"attention_types": [[["global"], 1]]},
    ),
    "gpt_neox": ("GPTNeoXForCausalLM", _SMALL | _MLP),
    "opt": ("OPTForCausalLM", _SMALL | {"ffn_dim": 32, "word_embed_proj_dim": 16}),
    "qwen2": ("Qwen2ForCausalLM", _SMALL | _MLP | {"num_key_value_heads": 2}),
    "bloom": ("BloomForCausalLM", {"vocab_size": 20, "hidden_size": 16, "n_head": 2, "n_layer": 1}),
    "bert": ("BertForMaskedLM", _SMALL | _MLP),
    "vit": (
        "ViTForImageClassification",
        {name: value for name, value in _SMALL.items() if name != "vocab_size"}
        | _MLP
        | {"image_size": 16, "patch_size": 8},
    ),
    "t5": (
        "T5ForConditionalGeneration",
        {"vocab_size": 20, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
    ),
}


@cache
def model(family: str) -> Any:
    """A model of one layer with random weights."""
    from transformer_lens import TransformerBridge

    if family in _NATIVE:
        sizes = {"n_layers": 1, "d_model": 16, "n_heads": 2, "d_head": 8, "d_mlp": 32}
        rest = {"n_ctx": 16, "d_vocab": 20, "act_fn": "gelu", "normalization_type": "LN", "seed": 0}
        return TransformerBridge.boot_native(sizes | rest | _NATIVE[family])
    import transformers

    name, sizes = _HUGGING_FACE[family]
    architecture = getattr(transformers, name)
    with TemporaryDirectory() as folder:
        architecture(architecture.config_class(**sizes)).save_pretrained(folder)
        return TransformerBridge.boot_transformers(str(Path(folder)))


@cache
def hooks(family: str) -> frozenset[str]:
    """The names of its hooks."""
    return frozenset(model(family).hook_dict)


def has(family: str, hook: str) -> bool:
    """Whether the family has a hook of this name, or one whose name ends so."""
    layered = re.sub(r"blocks\.[^.]+\.", "blocks.0.", hook)
    return any(layered == name or name.endswith(f".{layered}") for name in hooks(family))
