"""What AGENTS.md says of this model's hooks."""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
BLOCK = "blocks.0."


@pytest.fixture(scope="module")
def model() -> TransformerBridge:
    settings = QUICK.but(d_model=16, n_heads=2)
    return build_model(make_task(settings, CPU), settings, CPU).eval()


@pytest.fixture(scope="module")
def tokens(model: TransformerBridge) -> torch.Tensor:
    length = min(4, model.cfg.n_ctx)
    return torch.arange(2 * length).view(2, length) % model.cfg.d_vocab


def effect(model: TransformerBridge, tokens: torch.Tensor, name: str) -> float:
    """How much the logits move if an activation is doubled."""
    with torch.no_grad():
        edited = model.run_with_hooks(tokens, fwd_hooks=[(name, lambda value, hook: 2 * value)])
        return (edited - model(tokens)).abs().max().item()


def test_edits_of_patterns_and_head_results_reach_the_logits(model, tokens) -> None:
    for name in ("attn.hook_pattern", "attn.hook_z", "attn.hook_v", "hook_resid_pre"):
        assert effect(model, tokens, BLOCK + name) > 0, name


def test_attention_scores_are_the_pattern_and_cannot_be_edited(model, tokens) -> None:
    names = [BLOCK + "attn.hook_pattern", BLOCK + "attn.hook_attn_scores"]
    _, cache = model.run_with_cache(tokens, names_filter=names)
    assert torch.equal(*[cache[name] for name in names])
    with pytest.warns(UserWarning, match="The edit is discarded"):
        assert effect(model, tokens, names[1]) == 0


def test_an_unknown_hook_is_an_error(model, tokens) -> None:
    with pytest.raises(KeyError):
        model.run_with_hooks(
            tokens, fwd_hooks=[("blocks.0.hook_nothing", lambda value, hook: value)]
        )


def test_heads_are_split_by_hand(model, tokens) -> None:
    with pytest.raises(NotImplementedError):
        model.set_use_attn_result(True)
    _, cache = model.run_with_cache(
        tokens, names_filter=[BLOCK + "attn.hook_z", BLOCK + "hook_attn_out"]
    )
    by_head = torch.einsum("bqhd,hdm->bqhm", cache[BLOCK + "attn.hook_z"], model.W_O[0])
    out = by_head.sum(2) + model.b_O[0]
    assert torch.allclose(out, cache[BLOCK + "hook_attn_out"], atol=1e-5)
