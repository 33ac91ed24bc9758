"""Activation patching: which activations carry what differs between the two prompts of a pair.

An effect is measured on one run, the base, with activations taken from the other, the source. It is
0 where the patch changes nothing and 1 where it moves the logit difference all the way from the base
to the source. The base is the corrupted run (denoising: is this enough?), or with `noising=True` the
clean one (is this needed?). The two can disagree (Heimersheim and Nanda 2024, arXiv 2404.15255).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm
from transformer_lens import TransformerBridge

from lab.attribution import Head, every_head
from lab.pairs import Pairs

ROWS = 64  # prompts in one forward pass: bounds the memory for logits
ELSEWHERE = "elsewhere"

Hook = Callable[[Tensor, object], Tensor]
Patch = dict[str, Tensor]  # hook name -> which of [pair, pos] or [pair, pos, head] is replaced
Values = dict[str, Tensor]  # hook name -> activation
Source = Callable[[Pairs, Sequence[str]], Values]


class Ends(NamedTuple):
    """Logit differences [pair] of the unchanged base run and source run."""

    base: Tensor
    source: Tensor


def z_hook(layer: int) -> str:
    """Where the heads of a layer have moved what they read, before W_O: [batch, pos, head, d_head]."""
    return f"blocks.{layer}.attn.hook_z"


def residual(
    model: TransformerBridge, pairs: Pairs, *, noising: bool = False, rows: int = ROWS
) -> Tensor:
    """Effect of the residual stream before each layer at each place: [layer, place].

    The columns are those of `place_names`. Effects at several places need not add up.
    """
    return by_place(model, pairs, "hook_resid_pre", noising=noising, rows=rows)


def attention_outputs(
    model: TransformerBridge, pairs: Pairs, *, noising: bool = False, rows: int = ROWS
) -> Tensor:
    """Effect of what each attention layer writes at each place: [layer, place]."""
    return by_place(model, pairs, "hook_attn_out", noising=noising, rows=rows)


def mlp_outputs(
    model: TransformerBridge, pairs: Pairs, *, noising: bool = False, rows: int = ROWS
) -> Tensor:
    """Effect of what each MLP writes at each place: [layer, place]."""
    return by_place(model, pairs, "hook_mlp_out", noising=noising, rows=rows)


def by_place(
    model: TransformerBridge, pairs: Pairs, hook: str, *, noising: bool = False, rows: int = ROWS
) -> Tensor:
    """Effect of one hook of every block at each place: [layer, place]."""
    names = place_names(pairs)
    patches = [
        {f"blocks.{layer}.{hook}": at(pairs, name)}
        for layer in range(model.cfg.n_layers)
        for name in names
    ]
    return effects(model, pairs, patches, noising=noising, rows=rows).view(-1, len(names))


def heads(
    model: TransformerBridge,
    pairs: Pairs,
    place: str | None = None,
    *,
    noising: bool = False,
    rows: int = ROWS,
) -> Tensor:
    """Effect of each head's output at one place, or at all positions: [layer, head]."""
    patches = [head_patch(model, pairs, [head], place) for head in every_head(model)]
    found = effects(model, pairs, patches, noising=noising, rows=rows)
    return found.view(model.cfg.n_layers, model.cfg.n_heads)


def place_names(pairs: Pairs) -> list[str]:
    """The named places, and "elsewhere": every position that has no name."""
    return [*pairs.places, ELSEWHERE]


def at(pairs: Pairs, place: str | None) -> Tensor:
    """Which positions a place is, [pair, pos]; None is all of them. ValueError for an unknown name."""
    positions = torch.arange(pairs.clean.shape[1], device=pairs.clean.device)
    if place is None:
        return torch.ones_like(pairs.clean, dtype=torch.bool)
    if place == ELSEWHERE:
        return ~torch.stack([at(pairs, name) for name in pairs.places]).any(0)
    if place not in pairs.places:
        raise ValueError(f"no place {place!r}: there are {', '.join(place_names(pairs))}")
    return positions == pairs.places[place][:, None]


def head_patch(
    model: TransformerBridge, pairs: Pairs, chosen: Sequence[Head], place: str | None = None
) -> Patch:
    """The patch that replaces the outputs of some heads at one place, or everywhere."""
    where = at(pairs, place)[..., None]
    patch = {}
    for layer in {layer for layer, _ in chosen}:
        mask = torch.zeros(model.cfg.n_heads, dtype=torch.bool, device=where.device)
        mask[[head for its_layer, head in chosen if its_layer == layer]] = True
        patch[z_hook(layer)] = where & mask
    return patch


def effects(
    model: TransformerBridge,
    pairs: Pairs,
    patches: Sequence[Patch],
    *,
    noising: bool = False,
    rows: int = ROWS,
) -> Tensor:
    """Effect of each patch, each in a run of its own: [patch]. ValueError as `normalised`."""
    ends = both_ends(model, pairs, noising=noising, rows=rows)
    moved = replaced(
        model, pairs, patches, other_run(model, noising=noising), noising=noising, rows=rows
    )
    return normalised(moved, ends)


def normalised(moved: Tensor, ends: Ends) -> Tensor:
    """Mean logit differences [..., pair] as 0 = the base run, 1 = the source run: [...].

    ValueError if those two do not differ on average: then there is no effect to divide.
    """
    base, source = ends.base.mean(), ends.source.mean()
    if not (source - base).abs() > 1e-2 * base.abs().clamp(min=1):
        raise ValueError(
            f"clean and corrupted prompts give the same mean logit difference ({source:.3f} and "
            f"{base:.3f}): there is nothing to patch. Can the model do the task?"
        )
    return (moved.mean(-1) - base) / (source - base)


def both_ends(
    model: TransformerBridge, pairs: Pairs, *, noising: bool = False, rows: int = ROWS
) -> Ends:
    """The logit differences of base and source."""
    base, source = [], []
    for some in batches(pairs, rows):
        base.append(some.difference(run(model, base_tokens(some, noising))))
        source.append(some.difference(run(model, base_tokens(some, not noising))))
    return Ends(torch.cat(base).float().cpu(), torch.cat(source).float().cpu())


def base_tokens(pairs: Pairs, noising: bool) -> Tensor:
    """The prompts that are patched."""
    return pairs.clean if noising else pairs.corrupted


def batches(pairs: Pairs, rows: int) -> Iterator[Pairs]:
    """The pairs, at most `rows` at a time."""
    for start in range(0, len(pairs), rows):
        yield pairs.rows(slice(start, start + rows))


def run(model: TransformerBridge, tokens: Tensor, hooks: Sequence[tuple[str, Hook]] = ()) -> Tensor:
    """Logits [batch, pos, d_vocab] with some hooks in place, without gradients."""
    with torch.no_grad():
        return model.run_with_hooks(tokens, fwd_hooks=list(hooks))


def activations(model: TransformerBridge, tokens: Tensor, names: Sequence[str]) -> Values:
    """Some activations by hook name. ValueError if this model has no such hook."""
    missing = [name for name in names if name not in model.hook_dict]
    if not missing:
        with torch.no_grad():
            _, cache = model.run_with_cache(tokens, names_filter=list(names))
        missing = [name for name in names if name not in cache]
    if missing:
        raise ValueError(f"this model has no activation {missing[0]}")
    return {name: cache[name] for name in names}


def other_run(model: TransformerBridge, *, noising: bool = False) -> Source:
    """Activations of the run that is not the base."""

    def source(pairs: Pairs, names: Sequence[str]) -> Values:
        return activations(model, base_tokens(pairs, not noising), names)

    return source


def put(where: Tensor, value: Tensor) -> Hook:
    """A hook that replaces what `where` selects; `where` has the activation's shape but the last."""

    def hook(activation: Tensor, hook: object) -> Tensor:
        # layers may lie on different devices
        return torch.where(where[..., None].to(activation.device), value.to(activation), activation)

    return hook


def replaced(
    model: TransformerBridge,
    pairs: Pairs,
    patches: Sequence[Patch],
    source: Source,
    *,
    noising: bool = False,
    rows: int = ROWS,
) -> Tensor:
    """Logit differences [patch, pair] of the base run with each patch's activations from `source`.

    As many patches as fit into `rows` prompts share a forward pass, if they touch the same hooks.
    """
    kinds: dict[tuple[str, ...], list[int]] = {}
    for number, patch in enumerate(patches):
        kinds.setdefault(tuple(patch), []).append(number)
    names = list(dict.fromkeys(name for kind in kinds for name in kind))
    found = torch.zeros(len(patches), len(pairs))
    bar = tqdm(total=found.numel(), desc="patching", unit="run", leave=False)
    for start in range(0, len(pairs), rows):
        index = slice(start, start + rows)
        some = pairs.rows(index)
        values = source(some, names)
        for kind, numbers in kinds.items():
            for group in torch.tensor(numbers).split(max(1, rows // len(some))):
                many = some.rows(torch.arange(len(some)).repeat(len(group)))
                hooks = []
                for name in kind:
                    where = torch.cat([patches[number][name][index] for number in group])
                    repeated = values[name].repeat(len(group), *[1] * (values[name].dim() - 1))
                    hooks.append((name, put(where, repeated)))
                moved = many.difference(run(model, base_tokens(many, noising), hooks))
                found[group, index] = moved.view(len(group), -1).float().cpu()
                bar.update(moved.numel())
    bar.close()
    return found
