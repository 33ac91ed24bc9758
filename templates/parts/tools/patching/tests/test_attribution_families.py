"""Attribution on the raw weights of every family adds up to the logits that the model computes."""

from pathlib import Path

import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import attribution

WORDS = "one two three four five six seven eight nine ten eleven twelve"


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformerBridge:
    return tiny.model(tmp_path_factory.mktemp(request.param), request.param, [WORDS])


TOKENS = torch.tensor([[0, 1, 2, 3, 4, 5], [0, 6, 6, 7, 8, 1], [0, 9, 3, 10, 2, 2]])
RIGHT, WRONG = torch.tensor([1, 5, 3]), torch.tensor([2, 7, 8])


@pytest.mark.parametrize("position", [-1, torch.tensor([5, 3, 4])], ids=["end", "each"])
def test_effects_add_up_to_the_logit_difference(model, position) -> None:
    logits, cache = attribution.run(model, TOKENS)
    effects = attribution.direct_effects(model, cache, RIGHT, WRONG, position)
    expected = attribution.logit_difference(logits, RIGHT, WRONG, position)
    assert expected.abs().min() > 1e-3
    torch.testing.assert_close(sum(effects.values()), expected, atol=1e-4, rtol=0)
    heads = [name for name in effects if "H" in name]
    assert len(heads) == len(attribution.every_head(model)) == 8
    assert "MLP1" in effects
    assert ("pos_embed" in effects) == (model.cfg.positional_embedding_type == "standard")
    assert all(effects[name].abs().max() > 0 for name in heads)


def test_components_add_up_to_the_residual_stream(model) -> None:
    _, cache = attribution.run(model, TOKENS)
    total = sum(attribution.components(model, cache).values())
    torch.testing.assert_close(total, cache["ln_final.hook_in"], atol=1e-4, rtol=0)


def test_a_head_s_part_is_what_the_model_loses_without_it_before_the_last_layer_norm(model) -> None:
    """In the last layer nothing but the final LayerNorm comes after a head, if the MLP is held."""
    _, cache = attribution.run(model, TOKENS)
    part = attribution.components(model, cache)["L1H2"]
    mlp = [("blocks.1.hook_mlp_out", lambda value, hook: cache["blocks.1.hook_mlp_out"])]
    with attribution.heads_replaced(model, {(1, 2): torch.zeros(())}), model.hooks(fwd_hooks=mlp):
        _, without = model.run_with_cache(TOKENS, names_filter=["blocks.1.hook_resid_post"])
    lost = cache["blocks.1.hook_resid_post"] - without["blocks.1.hook_resid_post"]
    torch.testing.assert_close(lost, part, atol=1e-4, rtol=0)


def test_sources_add_up_to_the_effect_of_their_head(model) -> None:
    _, cache = attribution.run(model, TOKENS)
    effects = attribution.direct_effects(model, cache, RIGHT, WRONG, 4)
    for layer, head in attribution.every_head(model):
        parts = attribution.effects_by_source(model, cache, (layer, head), RIGHT, WRONG, 4)
        # what the bias of the values writes stands in z as well: a pattern's row adds up to 1
        torch.testing.assert_close(parts.sum(1), effects[f"L{layer}H{head}"], atol=1e-4, rtol=0)


def test_drops_are_those_of_a_run_in_which_the_last_mlp_writes_its_mean(model) -> None:
    logits, cache = attribution.run(model, TOKENS)
    drops = attribution.direct_drops(model, cache, RIGHT, WRONG)

    def to_mean(value: torch.Tensor, hook: object) -> torch.Tensor:
        return value.mean(0).expand_as(value)

    with torch.no_grad():
        without = model.run_with_hooks(TOKENS, fwd_hooks=[("blocks.1.hook_mlp_out", to_mean)])
    high, low = (attribution.logit_difference(one, RIGHT, WRONG) for one in (logits, without))
    torch.testing.assert_close(drops["MLP1"], high - low, atol=1e-4, rtol=0)


def test_folded_weights_give_the_same_differences(tmp_path: Path) -> None:
    raw = tiny.model(tmp_path, "gpt2", [WORDS])
    logits, _ = attribution.run(raw, TOKENS)
    raw.enable_compatibility_mode(disable_warnings=True)
    _, cache = attribution.run(raw, TOKENS)
    effects = attribution.direct_effects(raw, cache, RIGHT, WRONG)
    assert "unembed bias" in effects  # folding moves the bias of the final LayerNorm there
    expected = attribution.logit_difference(logits, RIGHT, WRONG)
    torch.testing.assert_close(sum(effects.values()), expected, atol=1e-4, rtol=0)


def test_in_sixteen_bits_the_sum_is_as_good_as_the_logits(tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path, "llama", [WORDS])
    model = TransformerBridge.boot_transformers(str(folder), device="cpu", dtype=torch.bfloat16)
    logits, cache = attribution.run(model, TOKENS)
    effects = attribution.direct_effects(model, cache, RIGHT, WRONG)
    assert {effect.dtype for effect in effects.values()} == {torch.float32}
    expected = attribution.logit_difference(logits.float(), RIGHT, WRONG)
    torch.testing.assert_close(sum(effects.values()), expected, atol=0.03, rtol=0.03)


def test_a_stream_that_is_no_sum_of_these_parts_is_refused(tmp_path: Path) -> None:
    model = tiny.model(tmp_path, "gpt2", [WORDS])
    _, cache = attribution.run(model, TOKENS)
    cache.cache_dict["blocks.0.hook_mlp_out"] = 2 * cache["blocks.0.hook_mlp_out"]
    with pytest.raises(RuntimeError, match="components add up to something else"):
        attribution.components(model, cache)
    with pytest.raises(RuntimeError, match="components add up to something else"):
        attribution.direct_effects(model, cache, RIGHT, WRONG)


def test_logits_that_are_not_read_through_the_final_layer_norm_are_refused(tmp_path: Path) -> None:
    model = tiny.model(tmp_path, "llama", [WORDS])
    _, cache = attribution.run(model, TOKENS)
    cache.cache_dict["unembed.hook_out"] = cache["unembed.hook_out"].tanh()
    with pytest.raises(RuntimeError, match="direct effects add up to something else"):
        attribution.direct_effects(model, cache, RIGHT, WRONG)
