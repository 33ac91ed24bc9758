"""`Plain` is the model: the same logits and gradients for every setting, over the same parameters."""

from collections.abc import Iterator
from itertools import product

import pytest
import torch
from transformer_lens import TransformerBridge

from lab.model import build_model
from lab.plain import Plain, has_hooks, without_hooks
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
SMALL = QUICK.but(n_layers=2, d_model=16, n_heads=2, initializer_range=0.3)
MLPS = ["none", "relu", "gelu", "silu", "solu", "solu_ln"]
NATIVE = {
    "n_layers": 1,
    "d_model": 8,
    "n_heads": 2,
    "d_head": 4,
    "d_vocab": 5,
    "n_ctx": 4,
    "seed": 0,
}


def models(mlp: str) -> Iterator[TransformerBridge]:
    """A model for each of the other settings, none of its parameters at its first value."""
    d_mlp, act_fn = (0, "relu") if mlp == "none" else (24, mlp)
    for layer_norm, biases, positions, causal in product(
        (True, False), (True, False), ("standard", "rotary"), (True, False)
    ):
        settings = SMALL.but(
            d_mlp=d_mlp,
            act_fn=act_fn,
            layer_norm=layer_norm,
            biases=biases,
            positions=positions,
            causal=causal,
        )
        model = build_model(make_task(settings, CPU), settings, CPU)
        torch.manual_seed(0)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data += 0.1 * torch.randn_like(parameter)
        yield model.double()  # so that rounding hides nothing


def some_tokens(model: TransformerBridge) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(model.cfg.d_vocab, (3, min(6, model.cfg.n_ctx)), generator=generator)


def gradients(model: torch.nn.Module, logits: torch.Tensor) -> list[torch.Tensor]:
    """Those of a sum of the logits in which each has a weight of its own."""
    weights = torch.linspace(-1, 1, logits.numel()).view_as(logits)
    learned = [p for p in model.parameters() if p.requires_grad]
    return list(torch.autograd.grad((weights * logits).mean(), learned))


@pytest.mark.parametrize("mlp", MLPS)
def test_logits_and_gradients_are_the_models_own(mlp: str) -> None:
    for model in models(mlp):
        plain, tokens = without_hooks(model), some_tokens(model)
        assert isinstance(plain, Plain)
        assert {id(p) for p in plain.parameters()} == {id(p) for p in model.parameters()}
        theirs, mine = model(tokens), plain(tokens)
        torch.testing.assert_close(mine, theirs, atol=1e-9, rtol=1e-9)
        for one, other in zip(gradients(model, mine), gradients(model, theirs), strict=True):
            torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("mlp", ["none", "gelu"])
def test_positions_that_nobody_asks_for_change_nothing(mlp: str) -> None:
    for model in models(mlp):
        plain, tokens = Plain(model), some_tokens(model)
        for asked in ([tokens.shape[1] - 1], [0, tokens.shape[1] - 1], range(tokens.shape[1])):
            at = torch.tensor(list(asked))
            theirs, mine = model(tokens)[:, at], plain(tokens, at)
            torch.testing.assert_close(mine, theirs, atol=1e-9, rtol=1e-9)
            for one, other in zip(gradients(model, mine), gradients(model, theirs), strict=True):
                torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


def test_training_it_trains_the_model() -> None:
    model = next(models("relu"))
    plain, tokens = Plain(model), some_tokens(model)
    before = model(tokens)
    optimizer = torch.optim.SGD(plain.parameters(), lr=1.0)
    plain(tokens)[..., 0].mean().backward()
    optimizer.step()
    assert (model(tokens) - before).abs().max() > 1e-3
    torch.testing.assert_close(model(tokens), plain(tokens), atol=1e-9, rtol=1e-9)


def test_a_hook_on_any_part_is_seen_and_so_is_its_end() -> None:
    model = next(models("relu"))
    assert not has_hooks(model)
    for direction in ("fwd_hooks", "bwd_hooks"):
        with model.hooks(**{direction: [("blocks.1.attn.hook_z", lambda value, hook: None)]}):
            assert has_hooks(model)
        assert not has_hooks(model)
    handle = model.blocks[0].attn.q.original_component.register_forward_hook(lambda *_: None)
    assert has_hooks(model)
    handle.remove()
    assert not has_hooks(model)
    model.blocks[0].mlp.forward = lambda read: read
    assert has_hooks(model)


@pytest.mark.parametrize(
    "other",
    [
        {"normalization_type": "RMS"},
        {"normalization_type": "LNPre"},
        {"final_rms": True},
        {"gated_mlp": True, "act_fn": "silu"},
        {"n_key_value_heads": 1},
        {"attn_scores_soft_cap": 5.0},
        {"output_logits_soft_cap": 5.0},
        {"positional_embedding_type": "rotary", "rotary_dim": 2},
    ],
    ids=str,
)
def test_what_it_does_not_cover_is_refused(other: dict[str, object]) -> None:
    model = TransformerBridge.boot_native({**NATIVE, "act_fn": "relu", **other})
    with pytest.raises(NotImplementedError, match="Plain"):
        without_hooks(model)


def test_a_layer_of_somebodys_own_is_refused() -> None:
    class Louder(torch.nn.Linear):
        def forward(self, read: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(read)

    model = TransformerBridge.boot_native({**NATIVE, "act_fn": "relu"})
    model.blocks[0].mlp.out.set_original_component(Louder(32, 8))
    with pytest.raises(NotImplementedError, match="Louder"):
        without_hooks(model)
