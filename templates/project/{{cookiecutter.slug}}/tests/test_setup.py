"""The ground that everything else stands on: versions, device, a hooked model that runs."""

import importlib.metadata

import pytest
import torch
from packaging.version import Version
from transformer_lens import TransformerBridge

from lab import device
from lab.settings import PRESETS, QUICK

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU on this machine")


def tiny(where: torch.device) -> TransformerBridge:
    config = {"n_layers": 1, "d_model": 8, "n_heads": 2, "d_head": 4, "d_vocab": 5, "n_ctx": 4}
    return TransformerBridge.boot_native({**config, "seed": 0}, device=where)


def test_transformer_lens_is_the_version_this_was_written_for() -> None:
    assert Version("4.3") <= Version(importlib.metadata.version("transformer_lens")) < Version("5")


def test_a_model_runs_with_hooks_on_the_best_device() -> None:
    where = device.best_device()
    model = tiny(where)
    logits, cache = model.run_with_cache(torch.zeros(2, 4, dtype=torch.long, device=where))
    assert logits.shape == (2, 4, 5)
    assert cache["blocks.0.attn.hook_pattern"].shape == (2, 2, 4, 4)
    assert logits.device.type == where.type


def test_mps_is_never_chosen_without_being_asked_for() -> None:
    assert device.best_device().type in {"cuda", "cpu"}


def test_a_missing_gpu_is_said_in_one_sentence() -> None:
    if torch.cuda.is_available():
        assert device.best_device("cuda").type == "cuda"
    else:
        with pytest.raises(RuntimeError, match="No CUDA GPU here"):
            device.best_device("cuda")


def test_small_models_compute_in_float32() -> None:
    assert device.best_dtype(device.best_device(), n_params=124_000_000) == torch.float32


@pytest.mark.parametrize("kind", ["cpu", pytest.param("cuda", marks=needs_gpu)])
def test_a_model_too_large_for_the_memory_is_refused_with_what_would_fit(kind: str) -> None:
    with pytest.raises(MemoryError, match="enough for about"):
        device.check_fits(10**13, torch.device(kind), torch.float16)
    device.check_fits(10**6, torch.device(kind), torch.float32)


def test_presets_share_their_settings_and_refuse_misspelt_ones() -> None:
    assert vars(PRESETS["full"]).keys() == vars(QUICK).keys()
    with pytest.raises(KeyError, match="no such setting: sedd"):
        QUICK.but(sedd=1)
