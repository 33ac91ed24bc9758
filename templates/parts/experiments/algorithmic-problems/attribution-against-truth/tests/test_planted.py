"""The planted model does what its docstring says, head by head."""

import pytest
import torch

from lab import attribution, planted

CPU = torch.device("cpu")
TOKENS, CONTEXT = 12, 16


@pytest.fixture(scope="module")
def prompts() -> planted.Prompts:
    return planted.prompts(64, TOKENS, period=7, generator=torch.Generator().manual_seed(0))


def plant(erased: float = 1.0, **changes):
    parts = {"found": 3.0, "twin": 2.0, "written": 3.0, "erased": erased} | changes
    return planted.model(TOKENS, CONTEXT, **parts, device=CPU)


def test_the_right_token_is_what_followed_the_first_copy_of_the_last_one(prompts) -> None:
    for row, right, wrong in zip(*(part.tolist() for part in prompts), strict=True):
        assert row[-1] == wrong
        assert row[row.index(wrong) + 1] == right
        assert row[0] == 0 and len(set(row[1:8])) == 7 and row[8:] == row[1:7]


@pytest.mark.parametrize("erased", [0.0, 0.5, 1.0])
def test_logits_are_what_was_planted(prompts, erased: float) -> None:
    logits, _ = attribution.run(plant(erased), prompts.tokens)
    difference = attribution.logit_difference(logits, prompts.right, prompts.wrong)
    expected = 3.0 + 2.0 + 3.0 * (1 - erased)
    torch.testing.assert_close(difference, torch.full((64,), expected), atol=1e-3, rtol=0)
    assert torch.equal(logits[:, -1].argmax(-1), prompts.right)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_each_head_looks_where_its_role_says(prompts, layer_norm: bool) -> None:
    _, cache = attribution.run(plant(layer_norm=layer_norm), prompts.tokens)
    last = prompts.tokens.shape[1] - 1
    places = {
        planted.HELPER: last - 1,
        planted.WRITER: last,
        planted.FINDER: 7,
        planted.TWIN: 7,
        planted.ERASER: last,
    }
    for (layer, head), place in places.items():
        assert (cache[f"blocks.{layer}.attn.hook_pattern"][:, head, -1, place] > 0.99).all()


def test_layer_norm_leaves_what_is_written_and_its_last_scale_as_said(prompts) -> None:
    parts = [attribution.components(model, attribution.run(model, prompts.tokens)[1]) for model in
             (plant(layer_norm=False), plant(layer_norm=True))]  # fmt: skip
    for name in ("L0H0", "L0H1", "L1H0", "L1H1", "L1H2"):
        plain, normed = (attribution_to(part[name][:, -1], prompts) for part in parts)
        torch.testing.assert_close(normed, plain, atol=0.05, rtol=0.02)


def attribution_to(written: torch.Tensor, prompts: planted.Prompts) -> torch.Tensor:
    """The answer block's entry of `right` minus that of `wrong`: [batch]."""
    answer = written[:, -TOKENS:]
    pick = [answer.gather(1, which[:, None])[:, 0] for which in (prompts.right, prompts.wrong)]
    return pick[0] - pick[1]
