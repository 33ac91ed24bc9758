"""Parts taken away: what the circuit then answers is in its weights; a second way in other families."""

import hand_written
import pytest
import tiny
import torch
from test_patching import WORDS, some_pairs
from transformer_lens import TransformerBridge

from lab import ablation, patching
from lab.ablation import head, mlp, neuron, other_rows, without, without_direction


@pytest.fixture(scope="module")
def circuit() -> TransformerBridge:
    return hand_written.model()


@pytest.fixture(scope="module", params=["gpt2", "gpt_neox", "llama"])
def family(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformerBridge:
    return tiny.model(tmp_path_factory.mktemp(request.param), request.param, [WORDS])


def test_without_one_of_its_heads_the_circuit_does_not_answer(circuit) -> None:
    pairs = hand_written.induction()
    whole = pairs.difference(without(circuit, pairs.clean, []))
    torch.testing.assert_close(whole, torch.full((5,), hand_written.INDUCTION))
    for part in (head(0, 0), head(1, 0)):
        found = pairs.difference(without(circuit, pairs.clean, [part]))
        torch.testing.assert_close(found, torch.zeros(5), atol=1e-4, rtol=0)
    found = pairs.difference(without(circuit, pairs.clean, [head(0, 1), head(1, 1)]))
    torch.testing.assert_close(found, whole)


def test_the_mean_and_another_prompt_are_those_of_the_reference(circuit) -> None:
    pairs = hand_written.copying()
    # corrupted prompts have the wrong answer at the place that the head copies
    found = without(circuit, pairs.clean, [head(1, 1)], "resample", pairs.corrupted)
    torch.testing.assert_close(pairs.difference(found), torch.full((5,), -hand_written.COPY))
    both = torch.cat([pairs.clean[:1], pairs.corrupted[:1]])
    one = pairs.rows(slice(0, 1))
    real = torch.arange(6) > 0  # position 0 sees no token but itself
    found = without(circuit, one.clean, [head(1, 1)], "mean", both, real.expand(2, 6))
    torch.testing.assert_close(one.difference(found), torch.zeros(1), atol=1e-4, rtol=0)
    only_clean = torch.stack([real, ~real & False])
    found = without(circuit, one.clean, [head(1, 1)], "mean", both, only_clean)
    torch.testing.assert_close(one.difference(found), torch.full((1,), hand_written.COPY))
    found = without(circuit, one.clean, [head(1, 1)], "mean", one.clean)  # a sixth looks at token 0
    expected = hand_written.COPY * torch.tensor([5 / 6])
    torch.testing.assert_close(one.difference(found), expected)


def test_heads_mlps_and_neurons_are_those_of_the_weights(family) -> None:
    pairs = some_pairs()
    block, tokens = family.blocks[1], pairs.clean
    with torch.no_grad():
        _, cache = family.run_with_cache(tokens)
        last = cache["blocks.1.hook_resid_post"]
        out = cache["blocks.1.hook_mlp_out"]
        post = cache["blocks.1.mlp.hook_post"]
        silent = post.clone()
        silent[..., [3, 7]] = 0
        parts = {
            (mlp(1),): last - out,
            (neuron(1, 3), neuron(1, 7)): last - out + block.mlp.out(silent),
        }
        for chosen, stream in parts.items():
            expected = family.unembed(family.ln_final(stream))
            found = without(family, tokens, chosen)
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
            assert (found - family(tokens)).abs().max() > 1e-3
        heads = [head(0, 1), head(0, 2), head(1, 0)]
        found = without(family, tokens, heads)
        hooks = [
            (patching.z_hook(0), lambda z, hook: z * torch.tensor([1, 0, 0, 1.0])[:, None]),
            (patching.z_hook(1), lambda z, hook: z * torch.tensor([0, 1, 1, 1.0])[:, None]),
        ]
        torch.testing.assert_close(found, family.run_with_hooks(tokens, fwd_hooks=hooks))


def test_every_part_replaced_by_that_of_the_other_prompt_leaves_only_the_token(family) -> None:
    """All heads and MLPs from another run: the stream keeps its own embedding, and nothing else."""
    pairs = some_pairs()
    parts = [head(layer, number) for layer in (0, 1) for number in range(4)] + [mlp(0), mlp(1)]
    found = without(family, pairs.clean, parts, "resample", pairs.corrupted)
    with torch.no_grad():
        streams = [family.run_with_cache(one)[1] for one in (pairs.clean, pairs.corrupted)]
        mine, its = (one["blocks.0.hook_resid_pre"] for one in streams)
        stream = streams[1]["ln_final.hook_in"] - its + mine
        expected = family.unembed(family.ln_final(stream))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_a_direction_is_gone_and_the_rest_stays(circuit, family) -> None:
    pairs = hand_written.induction()
    answer = torch.zeros(circuit.cfg.d_model)
    answer[-hand_written.VOCAB + int(pairs.right[0])] = 2.0
    found = without_direction(circuit, pairs.clean, ["blocks.1.hook_resid_post"], answer)
    before = patching.run(circuit, pairs.clean)
    assert not found[..., pairs.right[0]].any()
    others = torch.arange(hand_written.VOCAB) != pairs.right[0]
    torch.testing.assert_close(found[..., others], before[..., others])
    direction = torch.randn(family.cfg.d_model, generator=torch.Generator().manual_seed(0))
    name = "blocks.0.hook_resid_post"
    with torch.no_grad():
        _, cache = family.run_with_cache(some_pairs().clean)
        stream = cache[name] - torch.einsum(
            "bpm,m,n->bpn", cache[name], direction, direction / direction.pow(2).sum()
        )
        replace = [(name, lambda value, hook: stream)]
        expected = family.run_with_hooks(some_pairs().clean, fwd_hooks=replace)
    found = without_direction(family, some_pairs().clean, [name], direction)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_what_cannot_be_done_is_said(circuit) -> None:
    tokens = hand_written.induction().clean
    with pytest.raises(ValueError, match="by zero, mean, resample, not by 'noise'"):
        without(circuit, tokens, [head(0, 0)], "noise")
    with pytest.raises(ValueError, match="needs reference prompts"):
        without(circuit, tokens, [head(0, 0)], "mean")
    with pytest.raises(ValueError, match=r"prompts of shape \[5, 6\], not \[2, 6\]"):
        without(circuit, tokens, [head(0, 0)], "resample", tokens[:2])
    with pytest.raises(ValueError, match=r"no activation blocks.0.hook_mlp_out"):
        without(circuit, tokens, [mlp(0)])
    with pytest.raises(ValueError, match="length 0"):
        without_direction(circuit, tokens, ["blocks.0.hook_resid_post"], torch.zeros(33))


def test_each_prompt_gets_another_one() -> None:
    for n in (2, 3, 10):
        for seed in range(5):
            order = other_rows(n, seed)
            assert sorted(order.tolist()) == list(range(n))
            assert not (order == torch.arange(n)).any()
    with pytest.raises(ValueError, match="no other"):
        ablation.other_rows(1)
