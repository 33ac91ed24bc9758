"""The model under study: a small transformer with hooks on every activation."""

import torch
from transformer_lens import TransformerBridge

from lab.data import Task
from lab.settings import Settings


def build_model(task: Task, settings: Settings, device: torch.device) -> TransformerBridge:
    """A TransformerLens model for a task: random weights of the given seed, gradients on.

    Takes tokens [batch, pos], gives logits [batch, pos, d_vocab].
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": settings.n_layers,
            "d_model": settings.d_model,
            "n_heads": settings.n_heads,
            "d_head": settings.d_model // settings.n_heads,
            "d_mlp": settings.d_mlp or settings.d_model,
            "attn_only": settings.d_mlp == 0,
            "act_fn": settings.act_fn,
            "normalization_type": "LN" if settings.layer_norm else None,
            "positional_embedding_type": settings.positions,
            "attention_dir": "causal" if settings.causal else "bidirectional",
            "d_vocab": task.d_vocab,
            "n_ctx": task.n_ctx,
            "initializer_range": settings.initializer_range,
            "seed": settings.seed,
        },
        device=device,
    )
    if not settings.biases:
        freeze_biases(model)
    return model


def freeze_biases(model: torch.nn.Module) -> None:
    """Set every bias to zero and keep it there."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
                parameter.requires_grad_(False)
