"""The folded weights against those of the compatibility mode, family by family."""

from pathlib import Path

import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import folded

TEXT = "the cat sat on a mat and we went to the store by a road that no one knew of"


@pytest.mark.parametrize("family", ["gpt2", "gpt_neox", "gpt_neo", "llama"])
def test_weights_are_those_of_the_compatibility_mode(family: str, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    found = folded.reads(model), folded.writes(model), folded.unembedding(model)
    model.enable_compatibility_mode(disable_warnings=True)
    over_vocabulary = found[2] - found[2].mean(0)  # that mode centres these, too
    expected = model.W_in.transpose(1, 2), model.W_out, model.W_U.T
    for ours, theirs in zip((*found[:2], over_vocabulary), expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)
    assert folded.centres(model) == (family != "llama")


def test_a_model_without_normalisation_keeps_its_weights() -> None:
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": 8, "n_heads": 1, "d_head": 4, "d_mlp": 12, "act_fn": "relu",
            "normalization_type": None, "d_vocab": 5, "n_ctx": 4, "seed": 0,
        }
    ).eval()  # fmt: skip
    assert torch.equal(folded.reads(model), model.W_in.transpose(1, 2))
    assert torch.equal(folded.writes(model), model.W_out)
    assert torch.equal(folded.unembedding(model), model.W_U.T)
