"""What happens to the place that reads the early heads of the IOI circuit when some are taken away.

The reader is a name mover. Early heads decide where it looks: its lead is by how much, in nats, it
prefers IO to the first S, the logarithm of the ratio of the two attentions. For fixed keys and a fixed
LayerNorm scale the lead is a sum of what each earlier component writes at the end.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import abc_means, along, ioi_heads, patching
from lab.abc_means import Means
from lab.along import Hooks
from lab.attribution import Head
from lab.pairs import END, Pairs


class Circuit(NamedTuple):
    """Who is looked at."""

    reader: Head
    classes: dict[str, list[Head]]  # the early heads, by class
    fallbacks: list[str]  # classes that no head is in, so that the nearest one stands for them
    toward: Tensor  # [layer, head], what the repetition makes each head write towards the lead


def reader(direct: Tensor, looks: Tensor) -> Head:
    """The strongest name mover behind the first layer, by what it writes times how it looks at IO.

    direct, looks [layer, head]. Where no head does both, the one that writes most.
    """
    score = direct.clamp(min=0) * looks.clamp(min=0)
    if not score[1:].any():
        score = direct
    layer, head = divmod(int(score[1:].argmax()), direct.shape[1])
    return layer + 1, head


def nearness(
    looks: dict[str, Tensor], toward: Tensor, to_s2: Tensor, look: float = 0.2, share: float = 0.05
) -> dict[str, Tensor]:
    """How near each head before the reader comes to each early class, over 1 if it is in: [layer, head].

    looks [layer, head] for duplicate-token and induction heads, as in `ioi_heads`; to_s2 [layer, head]
    is the attention from the end to the second S; toward [earlier layer, head] is what the repetition
    makes each head write towards the reader's lead. An S-inhibition head looks at the second S and
    brings more than `share` of the sum of all such gains.
    """
    n = len(toward)
    needed = (share * toward.clamp(min=0).sum()).clamp(min=1e-9)
    return {
        "duplicate token": looks["duplicate token"][:n] / look,
        "induction": looks["induction"][:n] / look,
        "S-inhibition": torch.minimum(to_s2[:n] / look, toward / needed),
    }


def early_heads(near: dict[str, Tensor]) -> dict[str, list[Head]]:
    """The heads of each class; where none is in it, the nearest one."""
    found = {}
    for name, score in near.items():
        chosen = score > 1 if (score > 1).any() else score == score.max()
        found[name] = [(int(layer), int(head)) for layer, head in chosen.nonzero()]
    return found


def fallbacks(near: dict[str, Tensor]) -> list[str]:
    """The classes that no head is in."""
    return [name for name, score in near.items() if not (score > 1).any()]


def lead(
    model: TransformerBridge, tokens: Tensor, pairs: Pairs, head: Head, hooks: Hooks = ()
) -> Tensor:
    """By how many nats the reader's attention at the end prefers IO to the first S: [pair]."""
    name = f"blocks.{head[0]}.attn.hook_pattern"
    with model.hooks(fwd_hooks=list(hooks)):
        pattern = patching.activations(model, tokens, [name])[name]
    return _lead(pattern, pairs, head[1])


def direction(model: TransformerBridge, pairs: Pairs, head: Head) -> Tensor:
    """Which change of the stream at the end raises the reader's lead, on clean prompts: [pair, d_model].

    The gradient at the reader's layer, its keys and the scale of its LayerNorm as they are.
    """
    layer, number = head
    return along.slope(
        model,
        pairs,
        f"blocks.{layer}.hook_resid_pre",
        f"blocks.{layer}.ln1.hook_scale",
        lambda pattern: _lead(pattern, pairs, number),
        seen=f"blocks.{layer}.attn.hook_pattern",
    )


class AtReader(NamedTuple):
    """Changes at the reader when some heads are taken away, means over prompts in nats of its lead."""

    taken: float  # what the taken heads wrote of it, and do no longer
    before: Tensor  # [layer, head], what every head wrote of it
    heads: Tensor  # [layer, head], what the other heads write more than before
    mlps: Tensor  # [layer], likewise
    lead: float  # how the lead itself changed


def at_reader(
    model: TransformerBridge, pairs: Pairs, means: Means, taken: Sequence[Head], head: Head
) -> AtReader:
    """Who writes more or less along the reader's direction once some heads are replaced by their means."""
    befores, changes, leads = [], [], []
    for some in patching.batches(pairs, ioi_heads.ROWS):
        toward = direction(model, some, head)
        hooks = abc_means.hooks(model, some, means, taken)
        old, new = (
            along.written(model, some.clean, some, toward, head[0], one) for one in ((), hooks)
        )
        befores.append(old.heads)
        changes.append(along.Written(new.heads - old.heads, new.mlps - old.mlps))
        leads.append(
            lead(model, some.clean, some, head, hooks) - lead(model, some.clean, some, head)
        )
    heads, mlps = (torch.cat(one).mean(0) for one in zip(*changes, strict=True))
    lost = sum(float(heads[one]) for one in taken if one[0] < head[0])
    for layer, number in taken:
        if layer < head[0]:
            heads[layer, number] = 0.0
    return AtReader(lost, torch.cat(befores).mean(0), heads, mlps, float(torch.cat(leads).mean()))


def moved(
    model: TransformerBridge, pairs: Pairs, means: Means, taken: Sequence[Head], place: str = END
) -> Tensor:
    """How far each head's output at one place moves when some are taken away: [layer, head].

    In standard deviations of that output over the clean prompts, all its dimensions together; the
    taken ones 0.
    """
    names = [patching.z_hook(layer) for layer in range(model.cfg.n_layers)]
    runs: list[list[Tensor]] = [[], []]
    for some in patching.batches(pairs, ioi_heads.ROWS):
        rows = torch.arange(len(some), device=some.clean.device)
        hooks = abc_means.hooks(model, some, means, taken)
        for kept, edits in zip(runs, ([], hooks), strict=True):
            with model.hooks(fwd_hooks=edits):
                values = patching.activations(model, some.clean, names)
            kept.append(torch.stack([values[name][rows, some.places[place]] for name in names], 1))
    before, after = (torch.cat(one).float().cpu() for one in runs)  # [pair, layer, head, d_head]
    spread = (before - before.mean(0)).pow(2).sum(-1).mean(0).sqrt()
    found = (after - before).norm(dim=-1).mean(0) / spread.clamp(min=1e-6)
    for one in taken:
        found[one] = 0.0
    return found


def restored(
    model: TransformerBridge,
    pairs: Pairs,
    means: Means,
    taken: Sequence[Head],
    heads: Sequence[Head],
) -> Tensor:
    """Logit differences without `taken`, each head put back to what it wrote before: [head].

    Means over prompts. Lower than without `taken` alone: that head's change had helped.
    """
    found = []
    for head in heads:
        differences = []
        for some in patching.batches(pairs, ioi_heads.ROWS):
            name = patching.z_hook(head[0])
            before = patching.activations(model, some.clean, [name])[name]
            where = patching.head_patch(model, some, [head])[name]
            hooks = [
                *abc_means.hooks(model, some, means, taken),
                (name, patching.put(where, before)),
            ]
            differences.append(some.difference(patching.run(model, some.clean, hooks)))
        found.append(torch.cat(differences).float().mean().cpu())
    return torch.stack(found)


def gains(model: TransformerBridge, unrepeated: Pairs, head: Head) -> Tensor:
    """What the repetition makes each head before the reader write towards its lead: [layer, head].

    Clean prompts minus corrupted ones, in which a third name stands at "s2".
    """
    found = []
    for some in patching.batches(unrepeated, ioi_heads.ROWS):
        toward = direction(model, some, head)
        clean, third = (
            along.written(model, tokens, some, toward, head[0]).heads
            for tokens in (some.clean, some.corrupted)
        )
        found.append(clean - third)
    return torch.cat(found).mean(0)


def circuit(model: TransformerBridge, unrepeated: Pairs) -> Circuit:
    """Find reader and early heads on clean prompts that have a third name at "s2" in the corrupted ones."""
    direct = ioi_heads.direct_effects(model, unrepeated).mean(0).cpu()
    looks = ioi_heads.looks(model, unrepeated, unrepeated)
    head = reader(direct, looks["name mover"])
    toward = gains(model, unrepeated, head)
    end, s2 = unrepeated.places[END], unrepeated.places["s2"]
    to_s2 = ioi_heads.attention(model, unrepeated.clean, end, s2)
    near = nearness(looks, toward, to_s2)
    return Circuit(head, early_heads(near), fallbacks(near), toward)


def _lead(pattern: Tensor, pairs: Pairs, number: int) -> Tensor:
    rows = torch.arange(len(pairs), device=pattern.device)
    seen = pattern[rows, number, pairs.places[END]].float().clamp(min=1e-30).log()
    return seen[rows, pairs.places["io"]] - seen[rows, pairs.places["s1"]]
