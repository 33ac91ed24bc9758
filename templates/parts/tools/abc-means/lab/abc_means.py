"""Heads without what the repetition tells them: their mean over ABC sentences, position by position.

In an ABC sentence a third name stands where S would come again. The mean over many of one build keeps
what a head puts out in all of them, and loses who is repeated (Wang et al. 2022, section 2).
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.attribution import Head
from lab.pairs import END, Pairs
from lab.patching import Hook, Source, Values

ROWS = 16  # prompts at once
Build = tuple[int, ...]  # where the two names, the name said again, and the last token stand
Means = dict[Build, Tensor]  # by build: the mean output of every head, [layer, pos, head, d_head]


def builds(pairs: Pairs) -> list[Build]:
    """The build of each pair: the same whichever of the two names comes first."""
    places = [pairs.places[name].tolist() for name in ("io", "s1", "s2", END)]
    return [(min(io, s1), max(io, s1), s2, end) for io, s1, s2, end in zip(*places, strict=True)]


def means(model: TransformerBridge, unrepeated: Pairs) -> Means:
    """The mean of every head's output, before W_O, over the corrupted prompts of each build.

    `unrepeated` are pairs whose corrupted prompts have a third name at "s2".
    """
    names = [patching.z_hook(layer) for layer in range(model.cfg.n_layers)]
    total: Means = {}
    counts: dict[Build, int] = {}
    for some in patching.batches(unrepeated, ROWS):
        values = patching.activations(model, some.corrupted, names)
        for row, build in enumerate(builds(some)):
            one = torch.stack([values[name][row, : build[-1] + 1] for name in names])
            total[build] = total[build] + one if build in total else one
            counts[build] = counts.get(build, 0) + 1
    return {build: one / counts[build] for build, one in total.items()}


def fitting(pairs: Pairs, means: Means) -> Pairs:
    """The pairs of a build that has a mean. ValueError if there is none."""
    kept = torch.tensor([build in means for build in builds(pairs)])
    if not kept.any():
        raise ValueError("no sentence is built like those that the means are taken over")
    return pairs.rows(kept.to(pairs.clean.device))


def source(means: Means) -> Source:
    """The means as what `patching.replaced` puts in."""

    def values(pairs: Pairs, names: Sequence[str]) -> Values:
        layers = [int(name.split(".")[1]) for name in names]
        n_pos, found = pairs.clean.shape[1], []
        for build in builds(pairs):
            one = means[build][layers]
            # behind the last token stands padding, which the answer does not see
            found.append(torch.cat([one, one[:, -1:].expand(-1, n_pos - one.shape[1], -1, -1)], 1))
        return dict(zip(names, torch.stack(found, 1), strict=True))

    return values


def without(
    model: TransformerBridge,
    pairs: Pairs,
    means: Means,
    groups: Sequence[Sequence[Head]],
    place: str | None = None,
) -> Tensor:
    """Logit differences of the clean prompts with each group of heads replaced, at one place or
    everywhere: [group, pair]."""
    patches = [patching.head_patch(model, pairs, group, place) for group in groups]
    return patching.replaced(model, pairs, patches, source(means), noising=True)


def hooks(
    model: TransformerBridge,
    pairs: Pairs,
    means: Means,
    heads: Sequence[Head],
    place: str | None = None,
) -> list[tuple[str, Hook]]:
    """The same replacement as hooks, for runs in which something else is read or changed too."""
    patch = patching.head_patch(model, pairs, heads, place)
    values = source(means)(pairs, list(patch))
    return [(name, patching.put(where, values[name])) for name, where in patch.items()]


def random_groups(
    model: TransformerBridge, like: Sequence[Head], taken: Sequence[Head], n: int, seed: int = 0
) -> list[list[Head]]:
    """A control: n groups with as many heads of each layer as `like` has, drawn from those not `taken`.

    Where a layer has too few left, neighbouring layers give theirs.
    """
    generator = torch.Generator().manual_seed(seed)
    groups = []
    for _ in range(n):
        group: list[Head] = []
        for layer, _ in like:
            free = [
                (its_layer, head)
                for its_layer in range(model.cfg.n_layers)
                for head in range(model.cfg.n_heads)
                if (its_layer, head) not in {*taken, *group}
            ]
            nearest = min((abs(one[0] - layer) for one in free), default=0)
            free = [one for one in free if abs(one[0] - layer) == nearest]
            if free:
                group.append(free[int(torch.randint(len(free), (1,), generator=generator))])
        groups.append(group)
    return groups
