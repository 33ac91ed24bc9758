"""The model under study: a transformer that reads vectors instead of tokens and writes one number."""

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from transformer_lens import ActivationCache, TransformerBridge

from lab.plain import Plain
from lab.settings import Settings
from lab.task import InContextFunctions


class Regressor(nn.Module):
    """vectors [batch, pos, d_input] -> predictions [batch, pos].

    `read_in` stands in place of the token embedding. Everything after it is a TransformerLens model,
    `transformer`, whose hooks have their usual names: `blocks.0.attn.hook_pattern`, ... There is no
    `hook_embed`; what is read in is `blocks.0.hook_resid_pre` less the position embedding.
    """

    def __init__(self, transformer: TransformerBridge, d_input: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.read_in = nn.Linear(d_input, transformer.cfg.d_model)

    def forward(self, vectors: Tensor) -> Tensor:
        """Predictions [batch, pos]."""
        return self.transformer(self.read_in(vectors))[..., 0]

    def without_hooks(self) -> nn.Module:
        """The same function of the same parameters, for training."""
        return nn.Sequential(self.read_in, Plain(self.transformer), nn.Flatten(1))

    def run_with_cache(self, vectors: Tensor, **options: Any) -> tuple[Tensor, ActivationCache]:
        """Predictions [batch, pos] and activations; options as in TransformerLens."""
        predictions, cache = self.transformer.run_with_cache(self.read_in(vectors), **options)
        return predictions[..., 0], cache

    def hooks(self, **options: Any) -> AbstractContextManager[Any]:
        """The transformer's own `hooks(fwd_hooks=[(name, function), ...])`."""
        return self.transformer.hooks(**options)


def build_model(task: InContextFunctions, settings: Settings, device: torch.device) -> Regressor:
    """A regressor for a task, with random weights of the given seed, gradients on."""
    transformer = TransformerBridge.boot_native(
        {
            "n_layers": settings.n_layers,
            "d_model": settings.d_model,
            "n_heads": settings.n_heads,
            "d_head": settings.d_model // settings.n_heads,
            "d_mlp": settings.d_mlp or settings.d_model,
            "attn_only": settings.d_mlp == 0,
            "act_fn": "gelu",
            "normalization_type": "LN" if settings.layer_norm else None,
            "d_vocab": 1,  # no tokens come in ...
            "d_vocab_out": 1,  # ... and one number goes out
            "n_ctx": task.n_ctx,
            "initializer_range": settings.initializer_range,
            "seed": settings.seed,
        },
        device=device,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = Regressor(transformer, task.d_input)
    return model.to(device)
