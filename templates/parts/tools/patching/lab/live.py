"""Does an intervention reach the logits? Measured: some hooks of some families only look.

An edit that is thrown away looks like a finding: no head matters.
"""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.pairs import Pairs
from lab.patching import ROWS, Patch, Values, z_hook

NEEDED = ("hook_resid_pre", "attn.hook_q", "attn.hook_k", "attn.hook_v", "attn.hook_z")


def editable(model: TransformerBridge, hook: str) -> bool:
    """Whether a change of this activation changes the logits. ValueError if there is no such hook."""
    n = min(8, model.cfg.n_ctx)
    tokens = (torch.arange(2 * n).view(2, n) % model.cfg.d_vocab).to(model.W_U.device)
    noise = torch.Generator().manual_seed(0)

    def disturb(value: Tensor, hook: object) -> Tensor:
        drawn = torch.randn(value.shape, generator=noise).to(value)
        return value + 0.1 * value.std() * drawn

    patching.activations(model, tokens, [hook])  # is it there?
    before, again = patching.run(model, tokens), patching.run(model, tokens)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a discarded edit: that is what is measured
        after = patching.run(model, tokens, [(hook, disturb)])
    return bool((after - before).abs().max() > 10 * (again - before).abs().max() + 1e-7)


def need_editable(model: TransformerBridge, hook: str) -> None:
    """RuntimeError if edits of this activation are without effect."""
    if not editable(model, hook):
        raise RuntimeError(
            f"edits of {hook} do not reach this model's logits; change its hook_z instead "
            "(lab/looking.py does)"
        )


def check(model: TransformerBridge, pairs: Pairs, *, rows: int = ROWS) -> None:
    """Print what must hold before a patching result is believed; RuntimeError where it does not.

    ValueError if clean and corrupted prompts give the same logit difference.
    """
    ends = patching.both_ends(model, pairs, rows=rows)
    patching.normalised(ends.base, ends)
    print(
        f"logit difference: {ends.source.mean():.3f} on clean prompts (right in "
        f"{(ends.source > 0).float().mean():.0%}), {ends.base.mean():.3f} on corrupted ones (wrong "
        f"answer preferred in {(ends.base < 0).float().mean():.0%})"
    )
    if ends.source.mean() < ends.base.mean():
        print(
            "The clean prompts lead further from their answer than the corrupted ones: not this task."
        )
    ends_of_model = dict.fromkeys((0, model.cfg.n_layers - 1))
    for hook in (f"blocks.{layer}.{name}" for layer in ends_of_model for name in NEEDED):
        need_editable(model, hook)
    pattern = "can be edited" if editable(model, "blocks.0.attn.hook_pattern") else "is read-only"
    print(f"residual stream, q, k, v and z can be edited; the attention pattern {pattern}")

    def own(some: Pairs, names: Sequence[str]) -> Values:
        return patching.activations(model, some.corrupted, names)

    other = patching.other_run(model)
    everything, same = _everything(model, pairs), pairs.clean == pairs.corrupted
    for what, patch, source, expected in (
        ("every activation replaced by its own value", everything, own, 0.0),
        ("every activation replaced by that of the clean run", everything, other, 1.0),
        ("the embeddings of the tokens that differ replaced", {"hook_embed": ~same}, other, 1.0),
        ("the embeddings of the other tokens replaced", {"hook_embed": same}, other, 0.0),
    ):
        moved = patching.replaced(model, pairs, [patch], source, rows=rows)
        _expect(what, float(patching.normalised(moved, ends)[0]), expected, model)


def _everything(model: TransformerBridge, pairs: Pairs) -> Patch:
    """The first residual stream, all heads and all MLPs, everywhere."""
    everywhere = patching.at(pairs, None)
    patch = {"blocks.0.hook_resid_pre": everywhere}
    for layer in range(model.cfg.n_layers):
        patch[z_hook(layer)] = everywhere[..., None].expand(-1, -1, model.cfg.n_heads)
        mlp = f"blocks.{layer}.hook_mlp_out"
        if mlp in model.hook_dict:
            patch[mlp] = everywhere
    return patch


def _expect(what: str, found: float, expected: float, model: TransformerBridge) -> None:
    """Print an effect; RuntimeError if it is not what it must be."""
    print(f"{what}: {round(found, 4) + 0.0:.4f} (must be {expected:.0f})")
    allowed = 5e-3 if model.W_U.dtype == torch.float32 else 0.1
    if not abs(found - expected) <= allowed:
        raise RuntimeError(
            f"{what} has an effect of {found:.4f} instead of {expected:.0f}: "
            "patching does not do on this model what it says"
        )
