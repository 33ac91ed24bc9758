"""Attribution, ablation and patching against numbers that are known: exact sums, hand-written heads."""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import attribution

VOCAB, CONTEXT, STRENGTH = 4, 3, 3.0


@pytest.fixture(scope="module")
def random_model() -> TransformerBridge:
    """Two layers with LayerNorm, MLPs and biases: whatever is split must still add up."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": 12, "n_heads": 3, "d_head": 4, "d_mlp": 16, "act_fn": "gelu",
            "d_vocab": 7, "n_ctx": 5, "initializer_range": 0.5, "seed": 0,
        }
    )  # fmt: skip
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_()
    return model


@pytest.fixture(scope="module")
def copying_model() -> TransformerBridge:
    """L0H0 reads position 0 and adds STRENGTH to the logit of its token; L0H1 does nothing; L1H0
    takes half of that away again; L1H1 does nothing. No LayerNorm, so the truth is in the weights.

    The residual stream holds, in blocks: the token (one-hot), the position (one-hot), the answer.
    """
    d_model = 2 * VOCAB + CONTEXT
    token, place = slice(0, VOCAB), slice(VOCAB, VOCAB + CONTEXT)
    answer = slice(place.stop, d_model)
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": d_model, "n_heads": 2, "d_head": VOCAB, "attn_only": True,
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": CONTEXT, "seed": 0,
        }
    )  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, token] = torch.eye(VOCAB)
        model.W_pos[:, place] = torch.eye(CONTEXT)
        one, two = model.blocks[0].attn, model.blocks[1].attn
        # linear layers store [out, in]; every position queries for key 0 in layer 0, for itself in layer 1
        one.q.weight[0, place] = 100.0
        one.k.weight[0, place.start] = 1.0
        one.v.weight[:VOCAB, token] = torch.eye(VOCAB)
        one.o.weight[answer, :VOCAB] = STRENGTH * torch.eye(VOCAB)
        two.q.weight[:CONTEXT, place] = 100.0 * torch.eye(CONTEXT)
        two.k.weight[:CONTEXT, place] = torch.eye(CONTEXT)
        two.v.weight[:VOCAB, answer] = torch.eye(VOCAB)
        two.o.weight[answer, :VOCAB] = -0.5 * torch.eye(VOCAB)
        model.unembed.weight[:, answer] = torch.eye(VOCAB)
    return model


PROMPTS = torch.tensor([[0, 3, 3], [1, 3, 3], [2, 3, 3]])
RIGHT, WRONG = PROMPTS[:, 0], torch.full((3,), 3)


def difference(logits: torch.Tensor) -> torch.Tensor:
    return attribution.logit_difference(logits, RIGHT, WRONG)


@pytest.mark.parametrize("position", [-1, 2, torch.tensor([1, 4, 2])])
def test_direct_effects_add_up_to_the_logit_difference(random_model, position) -> None:
    tokens = torch.tensor([[0, 1, 2, 3, 4], [5, 6, 0, 1, 2], [3, 3, 3, 6, 5]])
    right, wrong = torch.tensor([1, 2, 3]), torch.tensor([4, 0, 6])
    logits, cache = attribution.run(random_model, tokens)
    effects = attribution.direct_effects(random_model, cache, right, wrong, position)
    assert len(effects) == 2 + 2 * 3 + 2 + 2 + 1
    total = torch.stack(list(effects.values())).sum(0)
    torch.testing.assert_close(total, attribution.logit_difference(logits, right, wrong, position))


def test_components_add_up_to_the_residual_stream(random_model) -> None:
    _, cache = attribution.run(random_model, torch.tensor([[0, 1, 2, 3, 4]]))
    total = torch.stack(list(attribution.components(random_model, cache).values())).sum(0)
    torch.testing.assert_close(total, cache["ln_final.hook_in"])


def test_sources_add_up_to_the_direct_effect_of_their_head(random_model) -> None:
    tokens = torch.tensor([[0, 1, 2, 3, 4], [5, 6, 0, 1, 2]])
    right, wrong = torch.tensor([1, 2]), torch.tensor([4, 0])
    _, cache = attribution.run(random_model, tokens)
    effects = attribution.direct_effects(random_model, cache, right, wrong, 3)
    for layer, head in attribution.every_head(random_model):
        parts = attribution.effects_by_source(random_model, cache, (layer, head), right, wrong, 3)
        torch.testing.assert_close(parts.sum(1), effects[f"L{layer}H{head}"])
        assert not parts[:, 4].any()  # a later position cannot be read


def test_hand_written_heads_get_the_credit_that_their_weights_say(copying_model) -> None:
    _, cache = attribution.run(copying_model, PROMPTS)
    effects = attribution.direct_effects(copying_model, cache, RIGHT, WRONG)
    means = {name: effect.mean().item() for name, effect in effects.items() if name[0] == "L"}
    assert means == pytest.approx(
        {"L0H0": 3.0, "L0H1": 0, "L0 bias": 0, "L1H0": -1.5, "L1H1": 0, "L1 bias": 0}, abs=1e-4
    )
    by_source = attribution.effects_by_source(copying_model, cache, (0, 0), RIGHT, WRONG)
    assert by_source.mean(0).tolist() == pytest.approx([3.0, 0.0, 0.0], abs=1e-4)


def test_ablation_sees_the_whole_of_a_head_and_attribution_only_its_direct_part(
    copying_model,
) -> None:
    drops = attribution.ablation_effects(copying_model, PROMPTS, difference, to_zero=True)
    torch.testing.assert_close(drops, torch.tensor([[1.5, 0.0], [-1.5, 0.0]]), atol=1e-4, rtol=0)
    # the mean over prompts with answers 0, 1, 2 keeps a third of the logit of each
    drops = attribution.ablation_effects(copying_model, PROMPTS, difference)
    torch.testing.assert_close(drops, torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), atol=1e-4, rtol=0)


def test_direct_drops_leave_out_what_a_head_does_to_others(copying_model) -> None:
    _, cache = attribution.run(copying_model, PROMPTS)
    drops = attribution.direct_drops(copying_model, cache, RIGHT, WRONG)
    # two thirds of 3 and of -1.5: the mean keeps a third of the logit of each of three answers
    assert drops["L0H0"].mean().item() == pytest.approx(2.0, abs=1e-4)
    assert drops["L1H0"].mean().item() == pytest.approx(-1.0, abs=1e-4)


def test_direct_drops_compute_the_final_layer_norm_anew(random_model) -> None:
    tokens = torch.tensor([[0, 1, 2, 3, 4], [5, 6, 0, 1, 2], [3, 3, 3, 6, 5]])
    right, wrong = torch.tensor([1, 2, 3]), torch.tensor([4, 0, 6])
    logits, cache = attribution.run(random_model, tokens)
    drops = attribution.direct_drops(random_model, cache, right, wrong)
    # the last MLP has nothing after it, so ablating it in a real run is the same thing
    mean = cache["blocks.1.hook_mlp_out"][:, -1].mean(0)

    def ablate(out: torch.Tensor, hook: object) -> torch.Tensor:
        out = out.clone()
        out[:, -1] = mean
        return out

    with torch.no_grad():
        without = random_model.run_with_hooks(tokens, fwd_hooks=[("blocks.1.hook_mlp_out", ablate)])
    expected = [attribution.logit_difference(one, right, wrong) for one in (logits, without)]
    torch.testing.assert_close(drops["MLP1"], expected[0] - expected[1], atol=1e-4, rtol=1e-4)


def test_patching_moves_only_what_the_patched_position_carries(copying_model) -> None:
    corrupted = PROMPTS.clone()
    corrupted[:, 0] = torch.tensor([1, 2, 0])
    at_end = attribution.patching_effects(copying_model, PROMPTS, corrupted, difference, -1)
    torch.testing.assert_close(at_end, torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), atol=1e-4, rtol=0)
    elsewhere = attribution.patching_effects(
        copying_model, PROMPTS, corrupted, difference, torch.tensor([1, 0, 1])
    )
    torch.testing.assert_close(elsewhere, torch.zeros(2, 2), atol=1e-4, rtol=0)


def test_a_replaced_head_is_itself_again_afterwards(copying_model) -> None:
    before, _ = attribution.run(copying_model, PROMPTS)
    with attribution.heads_replaced(copying_model, {(0, 0): torch.zeros(VOCAB)}):
        assert not torch.equal(copying_model(PROMPTS), before)
    assert torch.equal(attribution.run(copying_model, PROMPTS)[0], before)
