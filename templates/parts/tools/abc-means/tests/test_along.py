"""What is written along a direction, and the direction, on tiny random models of several families."""

from collections.abc import Callable

import pytest
import tiny
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import along, attribution, patching
from lab.pairs import Pairs

WORDS = "When Mary and John went to the store , gave a drink"
FAMILIES = ["gpt2", "gpt_neox", "gpt_neo", "llama"]
LAST = "blocks.1.hook_resid_post"


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    return tiny.model(tmp_path_factory.mktemp(request.param), request.param, [WORDS])


def made() -> Pairs:
    """Two prompts of two lengths, the shorter one padded."""
    tokens = torch.tensor([[0, 1, 2, 3, 4, 2, 6], [0, 5, 6, 3, 7, 7, 7]])
    right, wrong = torch.tensor([2, 6]), torch.tensor([4, 3])
    return Pairs(tokens, tokens, right, wrong, {"end": torch.tensor([6, 4])}, {})


def moved(pairs: Pairs, step: Tensor) -> Callable[[Tensor, object], Tensor]:
    """A hook that adds a step [pair, d_model] to the stream at the end."""

    def hook(value: Tensor, hook: object) -> Tensor:
        value = value.clone()
        value[torch.arange(len(value)), pairs.places["end"]] += step
        return value

    return hook


def test_the_slope_is_that_of_the_logit_difference_at_a_fixed_scale(
    model: TransformerBridge,
) -> None:
    pairs = made()
    toward = along.slope(model, pairs, LAST, "ln_final.hook_scale", pairs.difference)
    scale = patching.activations(model, pairs.clean, ["ln_final.hook_scale"])["ln_final.hook_scale"]
    step = torch.randn(toward.shape, generator=torch.Generator().manual_seed(0))
    hooks = [(LAST, moved(pairs, step)), ("ln_final.hook_scale", lambda value, hook: scale)]
    whole = pairs.difference(patching.run(model, pairs.clean))
    after = pairs.difference(patching.run(model, pairs.clean, hooks))
    assert torch.allclose(after - whole, (step * toward).sum(-1), atol=1e-3)


def test_what_components_write_adds_up_to_the_stream(model: TransformerBridge) -> None:
    pairs = made()
    toward = torch.randn(2, model.cfg.d_model, generator=torch.Generator().manual_seed(1))
    found = along.written(model, pairs.clean, pairs, toward, 2)
    assert found.heads.shape == (2, 2, 4) and found.mlps.shape == (2, 2)
    _, cache = attribution.run(model, pairs.clean)
    parts = attribution.components(model, cache, pairs.places["end"])
    rest = sum(
        (part * toward).sum(-1) for name, part in parts.items() if "embed" in name or "bias" in name
    )
    whole = (cache[LAST][torch.arange(2), pairs.places["end"]] * toward).sum(-1)
    assert torch.allclose(found.heads.sum((1, 2)) + found.mlps.sum(1) + rest, whole, atol=1e-3)


def test_an_edit_shows_in_what_reads_it(model: TransformerBridge) -> None:
    pairs = made()
    toward = torch.randn(2, model.cfg.d_model, generator=torch.Generator().manual_seed(1))
    edit = [(patching.z_hook(0), lambda z, hook: torch.zeros_like(z))]
    before, after = (along.written(model, pairs.clean, pairs, toward, 2, one) for one in ((), edit))
    assert after.heads[:, 0].abs().max() < 1e-6
    assert (after.heads[:, 1] - before.heads[:, 1]).abs().max() > 1e-3
