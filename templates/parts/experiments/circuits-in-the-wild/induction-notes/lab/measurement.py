"""What becomes of a head's notes: what it writes at each position, its mean over positions left out.

Each run is done twice, as it is and with the head's output replaced by its mean. What differs between
the two streams is the note and all that answers to it. The first position is left as it is and out of
every mean: many models keep an activation there that is far larger than elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

Head = tuple[int, int]
EVERYWHERE = slice(1, None)  # every position but the first


class Prompts(NamedTuple):
    """The same random tokens, repeated and followed by others: [prompt, pos] each."""

    repeated: Tensor
    fresh: Tensor
    first: slice  # positions of the first pass, but its first token
    second: slice  # of the second pass, or of the other tokens


class Parts(NamedTuple):
    """What one layer writes: its heads before W_O, and its MLP where it has one."""

    z: Tensor  # [prompt, pos, head, d_head]
    w_o: Tensor  # [head, d_head, d_model]
    mlp: Tensor | None  # [prompt, pos, d_model]


class Followed(NamedTuple):
    """A head's notes and the streams before each layer from the next one on, and after the last."""

    notes: Tensor  # [prompt, pos, d_model], mean 0
    with_note: Tensor  # [layer, prompt, pos, d_model]
    without: Tensor
    parts: list[Parts]  # of the later layers
    parts_without: list[Parts]
    layers: list[int]


def passes(vocabulary: Tensor, n: int, half: int, seed: int, first: Sequence[int] = ()) -> Prompts:
    """n prompts; `first`, such as a BOS, stands before the tokens. ValueError for a small vocabulary."""
    if len(vocabulary) < 2 * half:
        raise ValueError(f"{2 * half} different tokens are needed, not {len(vocabulary)}")
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.stack(
        [
            vocabulary[
                torch.randperm(len(vocabulary), generator=generator)[: 2 * half].to(
                    vocabulary.device
                )
            ]
            for _ in range(n)
        ]
    )
    start = torch.tensor(first, dtype=torch.long, device=drawn.device).expand(n, len(first))
    once, more, begins = drawn[:, :half], drawn[:, half:], len(first)
    return Prompts(
        torch.cat([start, once, once], 1),
        torch.cat([start, once, more], 1),
        slice(begins + 1, begins + half),
        slice(begins + half + 1, begins + 2 * half),
    )


def loss(
    model: TransformerBridge,
    tokens: Tensor,
    where: slice,
    silent: Head | None = None,
    there: slice = EVERYWHERE,
) -> float:
    """Mean loss on the tokens at `where` of tokens [prompt, pos], nats a token.

    `silent`: with this head at the positions `there` replaced by its mean output.
    """
    with torch.no_grad():
        hooks: list[tuple[str, Callable[[Tensor, object], Tensor]]] = []
        if silent is not None:
            name = f"blocks.{silent[0]}.attn.hook_z"
            _, cache = model.run_with_cache(tokens, names_filter=name, stop_at_layer=silent[0] + 1)
            hooks = [(name, _forget(silent[1], cache[name][:, 1:, silent[1]].mean((0, 1)), there))]
        logits = model.run_with_hooks(tokens, fwd_hooks=hooks)[:, where.start - 1 : where.stop - 1]
    right = tokens[:, where].flatten()
    return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), right))


def _forget(number: int, mean: Tensor, where: slice) -> Callable[[Tensor, object], Tensor]:
    """A hook that gives one head its mean output [d_head] at some positions."""

    def hook(value: Tensor, hook: object) -> Tensor:
        changed = value.clone()
        changed[:, where, number] = mean
        return changed

    return hook


def follow(
    model: TransformerBridge, tokens: Tensor, head: Head, where: slice = EVERYWHERE
) -> Followed:
    """Both runs on tokens [prompt, pos]; the second without the notes at `where`, all others stay.

    Read what is left at these positions alone. ValueError for a head of the last layer: nothing follows it.
    """
    layer, number = head
    n_layers = model.cfg.n_layers
    if layer + 1 >= n_layers:
        raise ValueError(f"L{layer}H{number} is in the last layer: no layer comes after its notes")
    own = f"blocks.{layer}.attn.hook_z"
    later = range(layer + 1, n_layers)
    streams = [f"blocks.{one}.hook_resid_pre" for one in later]
    streams.append(f"blocks.{n_layers - 1}.hook_resid_post")
    parts = [f"blocks.{one}.{part}" for one in later for part in ("attn.hook_z", "hook_mlp_out")]
    wanted = [own, *streams, *(name for name in parts if name in model.hook_dict)]
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=wanted)
        z = cache[own][:, :, number]
        mean = z[:, 1:].mean((0, 1))

        with model.hooks(fwd_hooks=[(own, _forget(number, mean, where))]):
            _, forgotten = model.run_with_cache(tokens, names_filter=wanted)
        notes = ((z - mean) @ model.blocks[layer].attn.W_O[number]).float()
        notes[:, 0] = 0.0
        with_note, without = (
            torch.stack([each[name] for name in streams]).float() for each in (cache, forgotten)
        )
        return Followed(
            notes,
            with_note,
            without,
            _parts(model, cache, later),
            _parts(model, forgotten, later),
            [*later, n_layers],
        )


def left(found: Followed, where: slice, other: Tensor | None = None) -> Tensor:
    """How much of the notes is in what differs between the two streams: [layer, prompt].

    1: all of it, 0: nothing, below 0: its opposite. The dot product with the note over the note's
    squared length, sums over the positions `where`. `other` [prompt, pos, d_model] are other notes, as a
    control.
    """
    return _along(found.with_note - found.without, found.notes, where, other)


def present(found: Followed, where: slice, other: Tensor | None = None) -> Tensor:
    """The same of the stream as it is, its mean over positions left out: [layer, prompt].

    Counts whatever lies along the note, whoever wrote it and for whatever reason.
    """
    return _along(_centred(found.with_note, where), found.notes, where, other)


def relative(found: Followed, where: slice) -> tuple[Tensor, Tensor]:
    """Length of what is left of the notes over the length of the stream: [layer], and for notes that
    nothing has touched."""
    length = found.notes[:, where].norm(dim=-1).mean()
    untouched = (length / found.with_note[:, :, where].norm(dim=-1).mean((1, 2))).cpu()
    return left(found, where).mean(1) * untouched, untouched


def shares(found: Followed, where: slice, *, answers: bool) -> Tensor:
    """What each later part adds along the notes: [layer, component], heads and then the MLP.

    `answers`: only what it adds because of the note. The sum over all is the change of `left` from the
    first layer to the last, or else of `present`.
    """
    notes = found.notes[:, where]
    squared = notes.square().sum((1, 2)).clamp_min(1e-12)
    rows = []
    for part, silent in zip(found.parts, found.parts_without, strict=True):
        # a head's output along the note, without the output itself: heads times less memory
        read = torch.einsum("bpm,hdm->bphd", notes, part.w_o.float())
        z = part.z - silent.z if answers else part.z - part.z[:, where].mean((0, 1))
        row = (z[:, where].float() * read).sum((1, 3))
        added = torch.zeros_like(row[:, :1])
        if part.mlp is not None and silent.mlp is not None:
            mlp = part.mlp - silent.mlp if answers else _centred(part.mlp, where)
            added = (mlp[:, where].float() * notes).sum((1, 2))[:, None]
        rows.append((torch.cat([row, added], 1) / squared[:, None]).mean(0))
    return torch.stack(rows).cpu()


def shuffled(notes: Tensor, seed: int = 0) -> Tensor:
    """The notes of other prompts at the same position: [prompt, pos, d_model]."""
    order = torch.randperm(len(notes), generator=torch.Generator().manual_seed(seed))
    given = torch.empty_like(order)
    given[order] = order.roll(1)  # no prompt keeps its own
    return notes[given.to(notes.device)]


def _along(change: Tensor, notes: Tensor, where: slice, other: Tensor | None = None) -> Tensor:
    """Dot products of [..., prompt, pos, d_model] with notes, over their squared lengths: [..., prompt]."""
    against = notes if other is None else other
    dots = (change * against)[..., where, :].sum((-1, -2))
    return (dots / against[:, where].square().sum((-1, -2)).clamp_min(1e-12)).cpu()


def _centred(values: Tensor, where: slice) -> Tensor:
    """Values [..., prompt, pos, d_model] without their mean over prompts and the positions `where`."""
    return values - values[..., where, :].mean((-3, -2), keepdim=True)


def _parts(model: TransformerBridge, cache: Mapping[str, Tensor], layers: range) -> list[Parts]:
    """The parts of some layers in one run."""
    return [
        Parts(
            cache[f"blocks.{layer}.attn.hook_z"],
            model.blocks[layer].attn.W_O.detach(),
            cache[mlp] if (mlp := f"blocks.{layer}.hook_mlp_out") in model.hook_dict else None,
        )
        for layer in layers
    ]
