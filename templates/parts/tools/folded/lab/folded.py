"""Weights as the residual stream sees them, of a model left as published.

A reader's weights get the gain of the normalisation before it. Where that subtracts the mean over
dimensions, as LayerNorm does and RMSNorm does not, a mean that is read or written has no effect: it is
taken out. `enable_compatibility_mode()` gives the same weights, for 3.5 times the memory.
"""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge


def reads(model: TransformerBridge) -> Tensor:
    """What each neuron's input multiplies the stream with: [layer, neuron, d_model].

    In a gated MLP this is the input that the gate multiplies, not the gate.
    """
    gains = torch.stack([gain(block, "ln2", model) for block in model.blocks])
    return centred(model, model.W_in.detach().float().transpose(1, 2) * gains[:, None])


def writes(model: TransformerBridge) -> Tensor:
    """What each neuron adds to the stream when its activation is 1: [layer, neuron, d_model]."""
    return centred(model, model.W_out.detach().float())


def unembedding(model: TransformerBridge) -> Tensor:
    """What the stream after the last layer is multiplied with for each token's logit, up to one
    factor for each position: [d_vocab, d_model]."""
    weights = model.W_U.detach().float().T
    return centred(model, weights * gain(model, "ln_final", model))


def centres(model: TransformerBridge) -> bool:
    """Whether this model's normalisation subtracts the mean over dimensions."""
    return str(model.cfg.normalization_type or "").startswith("LN")


def gain(place: object, name: str, model: TransformerBridge) -> Tensor:
    """The gain [d_model] of a normalisation; ones where there is none."""
    found = getattr(getattr(place, name, None), "weight", None)
    ones = torch.ones(model.cfg.d_model, device=model.W_U.device)
    return ones if found is None else found.detach().float()


def centred(model: TransformerBridge, weights: Tensor) -> Tensor:
    """Weights [..., d_model] without their mean, where this model's normalisation takes it out."""
    return weights - weights.mean(-1, keepdim=True) if centres(model) else weights
