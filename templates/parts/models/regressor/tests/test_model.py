"""A model that reads vectors still has working hooks, and cannot look ahead."""

import torch

from lab.model import build_model
from lab.plain import without_hooks
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def test_one_number_at_each_position_and_the_usual_activations() -> None:
    task = make_task(QUICK, CPU)
    model = build_model(task, QUICK, CPU)
    vectors = task.held_out().tokens[:3]
    with torch.no_grad():
        predictions, cache = model.run_with_cache(vectors)
    assert predictions.shape == (3, task.n_ctx)
    assert cache["blocks.0.attn.hook_pattern"].shape == (3, QUICK.n_heads, task.n_ctx, task.n_ctx)
    assert torch.equal(predictions, model(vectors))


def test_a_hook_changes_the_prediction() -> None:
    task = make_task(QUICK, CPU)
    model = build_model(task, QUICK, CPU)
    vectors = task.held_out().tokens[:3]
    with (
        torch.no_grad(),
        model.hooks(fwd_hooks=[("blocks.0.attn.hook_z", lambda z, hook: 0 * z + 1)]),
    ):
        changed = model(vectors)
    assert not torch.allclose(changed, model(vectors))


def test_a_prediction_does_not_depend_on_its_own_answer_nor_on_what_follows() -> None:
    task = make_task(QUICK, CPU)
    model = build_model(task, QUICK, CPU)
    prompts = task.prompts(2, torch.Generator().manual_seed(0))
    later = prompts._replace(y=prompts.y.clone())
    later.y[:, 3:] += 5.0
    before, after = (model(task.encode(one).tokens)[:, ::2] for one in (prompts, later))
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_training_without_hooks_computes_the_same() -> None:
    for layer_norm in (True, False):
        settings = QUICK.but(layer_norm=layer_norm, d_mlp=16)
        task = make_task(settings, CPU)
        model = build_model(task, settings, CPU)
        vectors = task.held_out().tokens[:3]
        plain = without_hooks(model)
        assert plain is not model
        torch.testing.assert_close(plain(vectors), model(vectors), atol=1e-5, rtol=1e-5)
        assert {id(p) for p in plain.parameters()} == {id(p) for p in model.parameters()}
