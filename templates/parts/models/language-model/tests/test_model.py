"""The loader, on tiny models in folders; what it says when there is no network or too little memory."""

import time
from pathlib import Path

import pytest
import tiny
import torch
from transformers import AutoModelForCausalLM

from lab.model import SENTENCE, load_model, loss_on
from lab.settings import QUICK

TEXT = f"{SENTENCE} When Mary and John went to the store"
CPU = torch.device("cpu")


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_folder_is_loaded_with_its_own_weights(
    family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny.checkpoint(tmp_path, family, [TEXT])
    model = load_model(QUICK.but(revision="", fold=False), CPU, str(folder))
    tokens = model.to_tokens(TEXT)
    reference = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.no_grad():
        assert torch.allclose(model(tokens), reference(tokens).logits, atol=1e-4)
    assert not model.training
    assert "parameters, 2 layers, 4 heads, d_model 32, float32 on cpu" in capsys.readouterr().out


def test_folding_changes_no_prediction(tmp_path: Path) -> None:
    folder = str(tiny.checkpoint(tmp_path, "gpt2", [TEXT]))
    raw, folded = (
        load_model(QUICK.but(revision="", fold=fold), CPU, folder) for fold in (False, True)
    )
    tokens = raw.to_tokens(TEXT)
    with torch.no_grad():
        assert torch.allclose(
            raw(tokens).log_softmax(-1), folded(tokens).log_softmax(-1), atol=1e-4
        )
    assert torch.equal(folded.blocks[0].ln1.weight, torch.ones(32))


def test_weights_that_know_nothing_are_said_to_know_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny.checkpoint(tmp_path, "gpt2", [TEXT])
    model = load_model(QUICK.but(revision="", fold=False), CPU, str(folder))
    assert loss_on(model, SENTENCE) > 0.9 * tiny.uniform_loss(model)
    assert "may not be trained weights" in capsys.readouterr().out


def test_without_a_network_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9"
    )  # no one listens
    settings = QUICK.but(revision="", fold=False)
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"nobody/no-such-model is not on this machine yet"):
        load_model(settings, CPU, "nobody/no-such-model")
    assert time.monotonic() - began < 10


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"holds no config.json: it is no model's folder"):
        load_model(QUICK.but(revision="", fold=False), CPU, str(tmp_path))


def test_memory_is_looked_at_before_the_weights(tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path, "gpt2", [TEXT])
    config = (folder / "config.json").read_text(encoding="utf-8")
    large = config.replace('"n_embd": 32', '"n_embd": 320000')
    assert large != config
    (folder / "config.json").write_text(large, encoding="utf-8")
    (folder / "model.safetensors").unlink()
    with pytest.raises(MemoryError, match="enough for about"):
        load_model(QUICK.but(revision="", fold=False), CPU, str(folder))
