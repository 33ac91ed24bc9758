"""Where a head looks and what it brings, changed one at a time, and single edges of attention cut.

All goes through `hook_z`, as pattern times values: that works also where edits of `hook_pattern` are
discarded (GPT-Neo, GPT-J, OPT).
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.attribution import Head, every_head
from lab.pairs import Pairs
from lab.patching import ROWS, Hook, Values


def looks_and_brings(
    model: TransformerBridge,
    pairs: Pairs,
    head: Head,
    place: str | None = None,
    *,
    noising: bool = False,
    rows: int = ROWS,
) -> dict[str, float]:
    """A head's effect split: its pattern alone from the source run ("looks"), its values alone
    ("brings"), and both (what `patching.heads` has for it). The first two need not add up to it.

    Base, source and units as in `patching`.
    """
    layer, _ = head
    patch = patching.head_patch(model, pairs, [head], place)
    ends = patching.both_ends(model, pairs, noising=noising, rows=rows)

    def mixed(pattern_moves: bool, values_move: bool, some: Pairs, names: Sequence[str]) -> Values:
        (its_pattern, its_values), (pattern, values) = (
            pattern_and_values(model, patching.base_tokens(some, one), layer)
            for one in (noising, not noising)
        )
        pattern = pattern if pattern_moves else its_pattern
        values = values if values_move else its_values
        return {names[0]: torch.einsum("bhqk,bkhd->bqhd", pattern, values)}

    found = {}
    for name, moves in {
        "looks": (True, False),
        "brings": (False, True),
        "both": (True, True),
    }.items():
        moved = patching.replaced(
            model, pairs, [patch], partial(mixed, *moves), noising=noising, rows=rows
        )
        found[name] = float(patching.normalised(moved, ends)[0])
    return found


def edges(
    model: TransformerBridge, pairs: Pairs, query: str, key: str, *, rows: int = ROWS
) -> Tensor:
    """What cutting each head's attention from one place to another does to the clean run: [layer, head].

    The rest of the attention is scaled up to 1. 0: nothing; 1: the logit difference falls to that of
    the corrupted prompts. ValueError for a place without one position, such as "elsewhere".
    """
    for place in (query, key):
        if place not in pairs.places:
            raise ValueError(f"no place {place!r}: there are {', '.join(pairs.places)}")
    heads = every_head(model)
    patches = [patching.head_patch(model, pairs, [head], query) for head in heads]

    def source(some: Pairs, names: Sequence[str]) -> Values:
        return {
            patching.z_hook(layer): _z_without_edge(
                *pattern_and_values(model, some.clean, layer), some.places[query], some.places[key]
            )
            for layer in range(model.cfg.n_layers)
        }

    ends = patching.both_ends(model, pairs, noising=True, rows=rows)
    moved = patching.replaced(model, pairs, patches, source, noising=True, rows=rows)
    return patching.normalised(moved, ends).view(model.cfg.n_layers, model.cfg.n_heads)


def without_edges(
    model: TransformerBridge, tokens: Tensor, heads: Sequence[Head], query: Tensor, key: Tensor
) -> Tensor:
    """Logits [batch, pos, d_vocab] if these heads cannot attend from `query` to `key`, both [batch].

    The rest of the attention is scaled up to 1. Later layers see what the cut ones wrote.
    """
    hooks: list[tuple[str, Hook]] = []
    for layer in sorted({layer for layer, _ in heads}):
        pattern, values = pattern_and_values(model, tokens, layer, hooks)
        chosen = [head for its_layer, head in heads if its_layer == layer]
        where = torch.zeros(
            *tokens.shape, model.cfg.n_heads, dtype=torch.bool, device=tokens.device
        )
        where[torch.arange(len(tokens))[:, None], query[:, None], torch.tensor(chosen)] = True
        z = _z_without_edge(pattern, values, query, key)
        hooks.append((patching.z_hook(layer), patching.put(where, z)))
    return patching.run(model, tokens, hooks)


def pattern_and_values(
    model: TransformerBridge,
    tokens: Tensor,
    layer: int,
    hooks: Sequence[tuple[str, Hook]] = (),
) -> tuple[Tensor, Tensor]:
    """A layer's pattern [batch, head, query, key] and values [batch, key, head, d_head] in one run.

    Heads that share values (grouped queries) have each their copy. RuntimeError if pattern times
    values is not what the heads put out.
    """
    names = [f"blocks.{layer}.attn.hook_{name}" for name in ("pattern", "v", "z")]
    with model.hooks(fwd_hooks=list(hooks)):
        pattern, values, z = patching.activations(model, tokens, names).values()
    values = values.repeat_interleave(pattern.shape[1] // values.shape[2], dim=2)
    gap = (torch.einsum("bhqk,bkhd->bqhd", pattern, values) - z).abs().max()
    if gap > (1e-3 if z.dtype == torch.float32 else 5e-2) * z.abs().max().clamp(min=1):
        raise RuntimeError(
            f"hook_z of layer {layer} is not pattern times values (off by {gap:.3g})"
        )
    return pattern, values


def _z_without_edge(pattern: Tensor, values: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """z [batch, pos, head, d_head] if the attention from `query` to `key` is 0 in every head."""
    rows = torch.arange(len(pattern), device=pattern.device)
    pattern = pattern.clone()
    pattern[rows, :, query, key] = 0
    # a head that looked at nothing else now brings nothing
    pattern = pattern / pattern.sum(-1, keepdim=True).clamp(min=1e-30)
    return torch.einsum("bhqk,bkhd->bqhd", pattern, values)
