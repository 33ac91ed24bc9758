"""What transformers, TransformerLens and datasets make of the hub; test_checkpoints.py runs this.

HF_ENDPOINT is the hub's address and HF_HOME an empty folder.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from datasets import load_dataset
from transformer_lens import TransformerBridge
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = "When Mary and John went to the store, John gave a drink to"
MODELS = (
    *("openai-community/gpt2", "EleutherAI/pythia-70m", "EleutherAI/gpt-neo-125m"),
    *("EleutherAI/gpt-j-6b", "facebook/opt-125m", "HuggingFaceTB/SmolLM2-135M"),
    *("Qwen/Qwen2.5-0.5B", "bigscience/bloom-560m", "stanford-crfm/alias-gpt2-small-x21"),
    "lvwerra/gpt2-imdb",
)


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def reference(name: str, **options: str) -> Any:
    """The model as transformers has it, in float32; every weight must have been found."""
    made, info = AutoModelForCausalLM.from_pretrained(
        name, dtype=torch.float32, attn_implementation="eager", output_loading_info=True, **options
    )
    assert not info["missing_keys"]
    return made.eval()


@pytest.mark.parametrize("name", MODELS)
def test_a_family_loads_with_the_logits_of_transformers(name: str) -> None:
    model = TransformerBridge.boot_transformers(name, device="cpu")
    tokens = model.to_tokens(TEXT)
    assert tokens.shape[1] < 40
    difference = (model(tokens) - reference(name)(tokens).logits).abs().max()
    assert difference < 1e-4
    assert model.to_string(model.to_tokens(TEXT, prepend_bos=False)[0]).endswith(TEXT)


@pytest.mark.parametrize("name", MODELS)
def test_names_are_single_tokens_in_every_vocabulary(name: str) -> None:
    words = AutoTokenizer.from_pretrained(name)
    for answer in (" Mary", " John", " Paris", " Berlin"):
        assert len(words(answer, add_special_tokens=False).input_ids) == 1


@pytest.mark.parametrize(
    ("name", "value", "revision"),
    [
        ("EleutherAI/pythia-70m", 1000, "step1000"),
        ("stanford-crfm/alias-gpt2-small-x21", 0, "checkpoint-0"),
    ],
)
def test_a_checkpoint_has_weights_of_its_own(name: str, value: int, revision: str) -> None:
    tokens = torch.arange(5)[None]
    final = reference(name)(tokens).logits
    early = reference(name, revision=revision)(tokens).logits
    assert (early - final).abs().max() > 0.1
    model = TransformerBridge.boot_transformers(name, checkpoint_value=value, device="cpu")
    assert (model(tokens) - early).abs().max() < 1e-4


def test_the_last_checkpoint_is_the_finished_model() -> None:
    tokens = torch.arange(5)[None]
    last, final = (
        reference("EleutherAI/pythia-70m", revision=one) for one in ("step143000", "main")
    )
    assert torch.equal(last(tokens).logits, final(tokens).logits)


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("NeelNanda/Attn_Only_2L512W_C4_Code", 2),
        ("NeelNanda/GELU_1L512W_C4_Code", 1),
        ("NeelNanda/SoLU_4L512W_C4_Code", 4),
    ],
)
def test_a_toy_model_loads_with_its_checkpoints(name: str, layers: int) -> None:
    final, last, first = (
        TransformerBridge.boot_tl_legacy(name, device="cpu", **at).eval()
        for at in ({}, {"checkpoint_value": 22_000_000_000}, {"checkpoint_index": 0})
    )
    assert final.cfg.n_layers == layers
    tokens = final.to_tokens(TEXT)
    assert torch.equal(final(tokens), last(tokens))
    assert (final(tokens) - first(tokens)).abs().max() > 0.1
    assert final.to_string(tokens[0, 1:]) == TEXT


def test_the_othello_model_loads() -> None:
    model = TransformerBridge.boot_tl_legacy("Baidicoot/Othello-GPT-Transformer-Lens", device="cpu")
    assert model(torch.arange(59)[None]).shape == (1, 59, 61)


@pytest.mark.parametrize("name", ["NeelNanda/pile-10k", "NeelNanda/c4-code-20k"])
def test_a_data_set_can_be_streamed(name: str) -> None:
    rows = list(load_dataset(name, split="train", streaming=True))
    assert len(rows) > 50
    assert all(len(row["text"]) > 0 for row in rows)


def test_a_data_set_can_be_downloaded() -> None:
    assert len(load_dataset("NeelNanda/c4-10k", split="train")) > 50
