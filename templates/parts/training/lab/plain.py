"""A TransformerLens model without its hooks: the same function of the same parameters, for training.

Training needs no activation but the logits, thousands of times. A `Plain` holds the very layers of
the model that it is made from: whoever trains it trains the model.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformer_lens import TransformerBridge
from transformer_lens.model_bridge.sources.native import (
    NativeAttention,
    NativeBlock,
    NativeMLP,
    NativeModel,
)


def has_hooks(model: nn.Module) -> bool:
    """Whether somebody has put a hook, forward or backward, or a `forward` of their own on any part
    of a model."""
    return any(
        "forward" in vars(part)
        or part._forward_hooks
        or part._forward_pre_hooks
        or part._backward_hooks
        or part._backward_pre_hooks
        for part in model.modules()
    )


def without_hooks(model: nn.Module) -> nn.Module:
    """What computes the same as a model with less work: for a TransformerLens model its `Plain`, else
    what the model's own method of this name gives, else the model itself.

    Raises NotImplementedError for a TransformerLens model that `Plain` does not cover.
    """
    if isinstance(model, TransformerBridge):
        return Plain(model)
    own = getattr(model, "without_hooks", None)
    return model if own is None else cast(nn.Module, own())


class Plain(nn.Module):
    """tokens [batch, pos], or what is read in their place [batch, pos, d_model], to logits.

    It covers what `TransformerBridge.boot_native` builds with LayerNorm or no normalisation, learned
    or rotary positions, and an MLP that is not gated. Raises NotImplementedError for anything else.
    """

    def __init__(self, model: TransformerBridge) -> None:
        super().__init__()
        native = _only(NativeModel, model.original_model)
        if native.output_logits_soft_cap > 0:
            raise NotImplementedError("Plain does not cover output_logits_soft_cap")
        self.embed = _only(nn.Embedding, native.tok_embed)
        self.positions = None if native.pos is None else _only(nn.Embedding, native.pos)
        self.blocks = nn.ModuleList(Block(_only(NativeBlock, block)) for block in native.layers)
        self.ln_final = _only((nn.LayerNorm, nn.Identity), native.ln_out)
        self.unembed = _only(nn.Linear, native.head)

    def forward(self, tokens: Tensor, asked: Tensor | None = None) -> Tensor:
        """Logits [batch, pos, d_vocab], or only those at the positions `asked` [n]."""
        stream = tokens if tokens.is_floating_point() else self.embed(tokens)
        every = torch.arange(stream.shape[1], device=stream.device)
        if self.positions is not None:
            stream = stream + self.positions(every)
        last = len(self.blocks) - 1
        for layer, block in enumerate(self.blocks):
            stream = block(stream, every if asked is None or layer < last else asked)
        return self.unembed(self.ln_final(stream))


class Block(nn.Module):
    """One layer: the residual stream [batch, pos, d_model] before it, to the same after it."""

    def __init__(self, block: NativeBlock) -> None:
        super().__init__()
        self.ln1 = _only((nn.LayerNorm, nn.Identity), block.ln1)
        self.attention = Attention(_only(NativeAttention, block.attn))
        self.mlp: nn.Module | None = None
        if not block.cfg.attn_only:
            mlp = _only(NativeMLP, block.mlp)
            parts = [_only(nn.Linear, mlp.fc_in), Elementwise(mlp.act)]
            if mlp.ln is not None:
                parts.append(_only(nn.LayerNorm, mlp.ln))
            ln2 = _only((nn.LayerNorm, nn.Identity), block.ln2)
            self.mlp = nn.Sequential(ln2, *parts, _only(nn.Linear, mlp.fc_out))

    def forward(self, stream: Tensor, asked: Tensor) -> Tensor:
        """The stream at the positions `asked` [n] alone: nothing later reads the others."""
        attended = self.attention(self.ln1(stream), asked)
        if len(asked) < stream.shape[1]:
            stream = stream[:, asked]
        stream = stream + attended
        return stream if self.mlp is None else stream + self.mlp(stream)


class Attention(nn.Module):
    """Every head of a layer: what they read [batch, pos, d_model], to the sum of what they write."""

    def __init__(self, attention: NativeAttention) -> None:
        super().__init__()
        if attention.kv_repeats != 1 or attention.attn_scores_soft_cap > 0:
            raise NotImplementedError("Plain covers neither shared keys nor attn_scores_soft_cap")
        self.q, self.k = _only(nn.Linear, attention.q), _only(nn.Linear, attention.k)
        self.v, self.o = _only(nn.Linear, attention.v), _only(nn.Linear, attention.o)
        self.d_head, self.scale = attention.d_head, 1 / attention.scale
        self.causal, self.rotary = attention.causal, attention.rotary
        if self.rotary is not None and self.rotary.rotary_dim != self.d_head:
            raise NotImplementedError("Plain does not cover a rotary_dim below d_head")

    def forward(self, read: Tensor, asked: Tensor) -> Tensor:
        """What the heads write at the positions `asked` [n]: [batch, n, d_model]."""
        every = torch.arange(read.shape[1], device=read.device)
        asking = read if len(asked) == len(every) else read[:, asked]
        q, k, v = (
            layer(x).unflatten(-1, (-1, self.d_head)).transpose(1, 2)
            for layer, x in ((self.q, asking), (self.k, read), (self.v, read))
        )
        if self.rotary is not None:
            q, k = rotated(self.rotary, q, asked), rotated(self.rotary, k, every)
        seen = every <= asked[:, None] if self.causal else None
        z = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=self.scale)
        return self.o(z.transpose(1, 2).flatten(2))


class Elementwise(nn.Module):
    """An activation function as a layer."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def rotated(rotary: Any, x: Tensor, at: Tensor) -> Tensor:
    """Queries or keys [batch, head, n, d_head] at the positions `at` [n], each pair of dimensions
    turned by the angle of its position."""
    quarter_turn = torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
    return x * rotary.cos_cached[at] + quarter_turn * rotary.sin_cached[at]


def _only(kinds: Any, layer: Any) -> Any:
    """The layer itself, out of the wrapper that gives it its hooks."""
    found = getattr(layer, "original_component", layer)
    if type(found) not in (kinds if isinstance(kinds, tuple) else (kinds,)):
        raise NotImplementedError(f"Plain does not cover {type(found).__name__}")
    return found
