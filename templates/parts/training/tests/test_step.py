"""What a step leaves with the parameters is the same by every way, and hooks are never passed over."""

from pathlib import Path

import pytest
import torch
import torch._inductor.config
from transformer_lens import TransformerBridge

from lab.data import IGNORE, Batch
from lab.plain import Plain
from lab.step import Step
from lab.training import loss_of

TOKENS = torch.arange(12).view(3, 4) % 5
TARGETS = torch.tensor(
    [[IGNORE, 1, IGNORE, 2], [IGNORE, IGNORE, IGNORE, 0], [IGNORE, 3, IGNORE, 4]]
)
BATCH = Batch(TOKENS, TARGETS)


def model(**other: object) -> TransformerBridge:
    return TransformerBridge.boot_native(
        {"n_layers": 1, "d_model": 8, "n_heads": 2, "d_head": 4, "d_mlp": 16, "act_fn": "relu"}
        | {"d_vocab": 5, "n_ctx": 4, "seed": 0, "initializer_range": 0.3}
        | other
    )


def gradients(network: torch.nn.Module) -> list[torch.Tensor]:
    return [p.grad for p in network.parameters() if p.grad is not None]


def plainly(network: TransformerBridge) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Loss and gradients, with no step of ours."""
    loss = loss_of(network(TOKENS), TARGETS)
    loss.backward()
    return loss.detach(), gradients(network)


def check(step: Step, network: torch.nn.Module) -> None:
    """A step's loss and gradients are those of the same model without it."""
    loss, wanted = plainly(model())
    device = next(network.parameters()).device
    torch.testing.assert_close(step.backward(BATCH.to(device)).cpu(), loss)
    for one, other in zip(gradients(network), wanted, strict=True):
        torch.testing.assert_close(one.cpu(), other, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("only_asked", [True, False])
def test_a_step_leaves_the_gradients_of_the_loss(only_asked: bool) -> None:
    network = model()
    step = Step(network, loss_of, only_asked=only_asked, compiled=False)
    assert isinstance(step.forward, Plain)
    check(step, network)


def test_a_hook_is_called_at_every_step_and_does_what_it_does() -> None:
    network = model()
    step = Step(network, loss_of, only_asked=True, compiled=False)
    with network.hooks(fwd_hooks=[("blocks.0.hook_mlp_out", lambda value, hook: 0 * value)]):
        step.look_for_hooks()
        hooked = step.backward(BATCH)
        assert torch.equal(hooked, loss_of(network(TOKENS), TARGETS))
    network.zero_grad()
    step.look_for_hooks()
    assert abs(step.backward(BATCH) - hooked) > 1e-4


def test_a_model_that_is_not_covered_is_trained_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    network = model(normalization_type="RMS")
    loss, wanted = plainly(network)
    wanted = [gradient.clone() for gradient in wanted]
    network.zero_grad()
    step = Step(network, loss_of, only_asked=True, compiled=False)
    assert "NativeRMSNorm" in capsys.readouterr().out
    assert torch.equal(step.backward(BATCH), loss)
    assert all(torch.equal(*pair) for pair in zip(gradients(network), wanted, strict=True))


def test_without_a_compiler_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))  # nothing compiled before is in it
    network = model()
    step = Step(network, loss_of, only_asked=True, compiled=True)
    with torch._inductor.config.patch({"cpp.cxx": (None, str(tmp_path / "no-compiler"))}):
        for _ in range(2):
            network.zero_grad(set_to_none=True)
            check(step, network)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("not compiled, which is slower: ")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="compiled steps: there is no GPU here")
def test_a_compiled_step_leaves_the_same_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    network = model().to("cuda")
    step = Step(network, loss_of, only_asked=True, compiled=True)
    for _ in range(3):
        network.zero_grad(set_to_none=True)
        check(step, network)
    assert capsys.readouterr().out == ""
