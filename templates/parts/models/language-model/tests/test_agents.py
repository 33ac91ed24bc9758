"""What AGENTS.md says of the hooks, on tiny models of the families that it names."""

from pathlib import Path

import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

TEXT = "When Mary and John went to the store"


def changed(model: TransformerBridge, name: str) -> float:
    """How far the logits move when a hook's value is replaced by another of its shape."""

    def edit(value: Tensor, hook: object) -> Tensor:
        return value.roll(1, dims=-1)

    tokens = model.to_tokens(TEXT)
    with torch.no_grad():
        return float(
            (model.run_with_hooks(tokens, fwd_hooks=[(name, edit)]) - model(tokens)).abs().max()
        )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_z_can_be_edited_everywhere_and_the_pattern_in_some(family: str, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    assert changed(model, "blocks.0.attn.hook_z") > 1e-3
    read_only = family in {"gpt_neo", "gptj"}
    assert (changed(model, "blocks.0.attn.hook_pattern") < 1e-6) == read_only
    assert ("blocks.0.hook_resid_mid" in model.hook_dict) == (family not in {"gpt_neox", "gptj"})


@pytest.mark.parametrize(
    ("family", "scores"), [("gpt2", True), ("gpt_neox", True), ("gpt_neo", False)]
)
def test_scores_are_scores_in_some_families_only(family: str, scores: bool, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    with torch.no_grad():
        _, cache = model.run_with_cache(model.to_tokens(TEXT))
    pattern, held = (cache[f"blocks.0.attn.hook_{name}"] for name in ("pattern", "attn_scores"))
    assert torch.allclose(held, pattern) != scores
    if scores:
        assert torch.allclose(held.softmax(-1), pattern, atol=1e-5)
