"""What 3.9 measures: updated and untouched slots apart, where the index is needed, who is looked at."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformer_lens import TransformerBridge

from lab import attention
from lab.data import Batch
from lab.task import ArrayUpdate
from lab.training import predict as logits_of


class Programs(NamedTuple):
    """Programs with one assignment: array [batch, n_elements]; index, new and before [batch, 1]."""

    array: Tensor
    index: Tensor
    new: Tensor
    before: Tensor  # how many `pass` stand before the array


def programs(task: ArrayUpdate, n: int, generator: torch.Generator) -> Programs:
    """n random programs, all values distinct, for a task with one assignment; a ValueError else."""
    if task.n_assignments != 1:
        raise ValueError("these are programs of one assignment: train with n_assignments=1")
    device = task.device
    values = torch.rand(n, task.n_numbers, generator=generator, device=device).argsort(1)
    index = torch.randint(task.n_elements, (n, 1), generator=generator, device=device)
    before = torch.randint(task.filler + 1, (n, 1), generator=generator, device=device)
    return Programs(
        values[:, : task.n_elements], index, values[:, task.n_elements :][:, :1], before
    )


def encoded(task: ArrayUpdate, some: Programs) -> Batch:
    """The programs as tokens and targets."""
    return task.encode(*some)


def apart(network: nn.Module, task: ArrayUpdate, some: Programs) -> dict[str, dict[str, float]]:
    """What is printed in updated and in untouched slots: shares of "right", "old value", "new value".

    The last slot is left out: what has been printed before it tells whether it was updated.
    """
    batch, printed = encoded(task, some), slice(task.arrow, -1)
    said, truth = logits_of(network, batch.tokens)[:, printed].argmax(-1), batch.targets
    updated = torch.arange(task.n_elements - 1, device=said.device) == some.index
    kinds = {
        "right": said == truth[:, printed],
        "old value": said == some.array[:, :-1],
        "new value": said == some.new,
    }
    return {
        name: {kind: hit[where].float().mean().item() for kind, hit in kinds.items()}
        for name, where in (("updated", updated), ("untouched", ~updated))
    }


def position_names(task: ArrayUpdate) -> list[str]:
    """What stands at each position of a program without `pass` before its array."""
    n = task.n_elements
    literal = ["a", "=", *(f"a[{slot}]" for slot in range(n)), "."]
    assignment = ["a", "[", "INDEX", "]", "=", "NEW", "."]
    printed = ["a", "->", *(f"a[{slot}] read" for slot in range(n - 1))]
    return literal + assignment + ["pass"] * task.filler + printed


def put_back(
    model: TransformerBridge,
    task: ArrayUpdate,
    some: Programs,
    layer: int,
    slot: int,
    from_another: bool = False,
) -> Tensor:
    """How much of the preference for the new value in a slot comes back, by position: [pos].

    The programs assign to the last element instead; then the residual stream before a layer is put back,
    at one position, to what it is when they assign to `slot`. 0: nothing comes back, 1: all of the
    difference of the logits of new and old value. nan where it cannot matter. With `from_another` the
    change is the one that the index makes in another program. `n_layers` stands for the end of the model.
    """
    n, last = task.n_elements, model.cfg.n_layers
    name = (
        f"blocks.{layer}.hook_resid_pre" if layer < last else f"blocks.{last - 1}.hook_resid_post"
    )
    still = some._replace(before=torch.zeros_like(some.before))
    cut = task.arrow + slot + 1  # up to the position that prints the slot
    here, other = (
        encoded(task, still._replace(index=torch.full_like(some.index, one))).tokens[:, :cut]
        for one in (slot, n - 1)
    )

    def preference(logits: Tensor) -> Tensor:
        last = logits[:, -1]
        old = last.gather(1, some.array[:, slot : slot + 1])
        return (last.gather(1, some.new) - old).mean()

    with torch.no_grad():
        logits, wanted = model.run_with_cache(here, names_filter=name)
        left, present = model.run_with_cache(other, names_filter=name)
        change = wanted[name] - present[name]
        if from_another:
            change = change.roll(1, 0)
        high, low = preference(logits), preference(left)
        shares = torch.full((task.n_ctx,), torch.nan)
        for position in range(cut):

            def add(stream: Tensor, hook: object, position: int = position) -> Tensor:
                stream = stream.clone()
                stream[:, position] += change[:, position]
                return stream

            moved = preference(model.run_with_hooks(other, fwd_hooks=[(name, add)]))
            shares[position] = ((moved - low) / (high - low)).item()
    return shares


def looked_at(
    model: TransformerBridge, task: ArrayUpdate, some: Programs
) -> dict[str, dict[str, Tensor]]:
    """Attention from the position that prints a slot, the last one left out, by what is looked at:
    {"updated" or "untouched": {group: [layer, head]}}. The groups share out all positions."""
    batch, n = encoded(task, some), task.n_elements
    pattern = attention.patterns(model, batch.tokens)[:, :, :, task.arrow : -1]  # [.., slot, key]
    slot = torch.arange(n - 1, device=pattern.device)
    key = torch.arange(task.n_ctx, device=pattern.device)[None, None]
    literal = some.before[..., None] + 2  # where the elements begin
    own = key == literal + slot[None, :, None]
    inside = (key >= literal) & (key < literal + n) & ~own
    index = (key == some.before[..., None] + task.program - 5).expand_as(own)
    new = (key == some.before[..., None] + task.program - 2).expand_as(own)
    groups = {"own element": own, "other elements": inside, "index": index, "new value": new}
    groups["anything else"] = ~torch.stack(list(groups.values())).any(0)
    updated = slot == some.index
    found: dict[str, dict[str, Tensor]] = {"updated": {}, "untouched": {}}
    for name, where in (("updated", updated), ("untouched", ~updated)):
        for group, keys in groups.items():
            paid = (
                (pattern * keys[:, None]).sum(-1).permute(0, 2, 1, 3)
            )  # [layer, head, batch, slot]
            found[name][group] = paid[:, :, where].mean(-1)
    return found


def moved(found: dict[str, dict[str, Tensor]]) -> float:
    """The share of its attention that a head of the last layer pays elsewhere in updated slots than in
    untouched ones: half the sum of the differences over the groups, the largest head.

    `found` is what `looked_at` gives. 0: it looks at the same groups in both, 1: at none in both.
    """
    differences = [
        (paid[-1] - found["untouched"][group][-1]).abs() for group, paid in found["updated"].items()
    ]
    return (torch.stack(differences).sum(0) / 2).max().item()
