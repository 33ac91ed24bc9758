"""The model under study: it reads the moves of a game and names the legal next ones."""

import os
import urllib.error
import urllib.request

import torch
from transformer_lens import TransformerBridge

from lab.data import Task
from lab.settings import Settings


def build_model(task: Task, settings: Settings, device: torch.device) -> TransformerBridge:
    """A small model with random weights of the given seed, to be trained; gradients on.

    Takes tokens [game, turn], gives logits [game, turn, d_vocab].
    """
    return TransformerBridge.boot_native(
        {
            "n_layers": settings.n_layers,
            "d_model": settings.d_model,
            "n_heads": settings.n_heads,
            "d_head": settings.d_model // settings.n_heads,
            "d_mlp": settings.d_mlp,
            "act_fn": "gelu",
            "normalization_type": "LN",
            "d_vocab": task.d_vocab,
            "n_ctx": task.n_ctx,
            "initializer_range": 0.05,
            "seed": settings.seed,
        },
        device=device,
    )


def load_published(task: Task, settings: Settings, device: torch.device) -> TransformerBridge:
    """The published model that the settings name, ready for analysis.

    Raises RuntimeError with what to do where the Hugging Face hub cannot be reached, and ValueError
    for a model of another game than the task's.
    """
    _reach_the_hub()
    try:
        model = TransformerBridge.boot_tl_legacy(settings.model, device=device)
    except OSError as error:
        raise RuntimeError(f"{settings.model} could not be downloaded: {error}") from error
    if (model.cfg.d_vocab, model.cfg.n_ctx) != (task.d_vocab, task.n_ctx):
        raise ValueError(
            f"{settings.model} has {model.cfg.d_vocab} tokens and {model.cfg.n_ctx} positions; "
            f"this game has {task.d_vocab} and {task.n_ctx}."
        )
    return model.eval()


def _reach_the_hub() -> None:
    """Ask once, for five seconds: the hub's own client would go on trying for half a minute."""
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    try:
        with urllib.request.urlopen(urllib.request.Request(hub, method="HEAD"), timeout=5):
            pass
    except urllib.error.HTTPError:
        pass  # it answered
    except OSError as error:
        raise RuntimeError(
            f"No connection to {hub}, so the published Othello-GPT cannot be loaded. "
            'Go on line, or use PRESETS["quick"], which trains a small model here.'
        ) from error
