"""The planted model does what its docstring says, head by head."""

import pytest
import torch

from lab import attribution, planted

CPU = torch.device("cpu")
TOKENS, CONTEXT = 12, 16


@pytest.fixture(scope="module")
def prompts() -> planted.Prompts:
    return planted.prompts(64, TOKENS, period=7, generator=torch.Generator().manual_seed(0))


def plant(erased: float):
    return planted.model(TOKENS, CONTEXT, found=5.0, written=3.0, erased=erased, device=CPU)


def test_the_right_token_is_what_followed_the_first_copy_of_the_last_one(prompts) -> None:
    for row, right, wrong in zip(*(part.tolist() for part in prompts), strict=True):
        assert row[-1] == wrong
        assert row[row.index(wrong) + 1] == right
        assert row[0] == 0 and len(set(row[1:8])) == 7 and row[8:] == row[1:7]


@pytest.mark.parametrize("erased", [0.0, 0.5, 1.0])
def test_logits_are_what_was_planted(prompts, erased: float) -> None:
    logits, _ = attribution.run(plant(erased), prompts.tokens)
    difference = attribution.logit_difference(logits, prompts.right, prompts.wrong)
    expected = 5.0 + 3.0 * (1 - erased)
    torch.testing.assert_close(difference, torch.full((64,), expected), atol=1e-3, rtol=0)
    assert torch.equal(logits[:, -1].argmax(-1), prompts.right)


def test_each_head_looks_where_its_role_says(prompts) -> None:
    _, cache = attribution.run(plant(1.0), prompts.tokens)
    last = prompts.tokens.shape[1] - 1
    places = {
        planted.HELPER: last - 1,
        planted.WRITER: last,
        planted.FINDER: 7,
        planted.ERASER: last,
    }
    for (layer, head), place in places.items():
        assert (cache[f"blocks.{layer}.attn.hook_pattern"][:, head, -1, place] > 0.99).all()


def test_the_helper_writes_no_logit_and_everything_depends_on_it(prompts) -> None:
    model = plant(1.0)
    _, cache = attribution.run(model, prompts.tokens)
    effects = attribution.direct_effects(model, cache, prompts.right, prompts.wrong)
    assert not effects["L0H0"].any()
    drops = attribution.ablation_effects(
        model,
        prompts.tokens,
        lambda logits: attribution.logit_difference(logits, prompts.right, prompts.wrong),
        to_zero=True,
    )
    assert drops[planted.HELPER] > 4.9
    assert drops[planted.WRITER].abs() < 1e-3
