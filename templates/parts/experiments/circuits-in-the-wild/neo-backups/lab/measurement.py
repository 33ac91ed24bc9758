"""Name movers taken away one after the other: what the logit difference does, and what it would do alone.

Heads are taken away at the end, where they write the answer: they put out their mean over ABC sentences.
Three numbers are compared. True: the model runs on. Predicted: the logit difference of the whole model
minus what these heads wrote directly, everything else as it was. Frozen: the model runs on, but the final
LayerNorm divides by what it divided by before. Frozen minus predicted is what later heads and MLPs make
good; true minus frozen is the LayerNorm's part.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import abc_means, along, ioi_heads, patching
from lab.abc_means import Means
from lab.along import Hooks
from lab.attribution import Head
from lab.pairs import END, Pairs


class Without(NamedTuple):
    """Logit differences with some heads taken away, means over prompts."""

    true: float
    frozen: float
    predicted: float
    heads: Tensor  # [layer, head], what the others write more than before, at the old scale
    mlps: Tensor  # [layer], likewise


class Model(NamedTuple):
    """What was measured on one model."""

    difference: float  # mean logit of IO minus that of S, nothing taken away
    n_layers: int
    movers: list[Head]  # the strongest first
    direct: Tensor  # [layer, head], direct effects of the whole model
    look: Tensor  # [layer, head], attention from the end to IO minus that to S
    removed: list[Without]  # without the first 0, 1, 2, ... movers
    random: list[Without]  # without as many random heads that write little


def dropout(model: TransformerBridge) -> dict[str, Any]:
    """The dropout entries of the published configuration, but those of heads for classification."""
    config: Any = getattr(model.original_model, "config", None)
    entries = config.to_dict() if hasattr(config, "to_dict") else {}
    others = ("summary", "classifier")
    return {
        name: value
        for name, value in entries.items()
        if "drop" in name and not name.startswith(others)
    }


def movers(direct: Tensor, look: Tensor, difference: float, n: int) -> list[Head]:
    """The n name movers that write most, by the rule of `ioi_heads`; without one, the strongest writer."""
    by_class = ioi_heads.labels(
        direct,
        {"name mover": look, "duplicate token": look, "induction": look},
        difference,
    )
    found = sorted(by_class["name mover"], key=lambda head: -float(direct[head]))
    if not found:
        layer, head = divmod(int(direct.argmax()), direct.shape[1])
        found = [(layer, head)]
    return found[:n]


def without(
    model: TransformerBridge, pairs: Pairs, means: Means, groups: Sequence[Sequence[Head]]
) -> list[Without]:
    """The logit difference of clean prompts with each group of heads taken away at the end."""
    found: list[list[_Run]] = [[] for _ in groups]
    for some in patching.batches(pairs, ioi_heads.ROWS):
        toward = along.slope(model, some, _last(model), "ln_final.hook_scale", some.difference)
        whole = _run(model, some, toward, [])
        for kept, taken in zip(found, groups, strict=True):
            after = _run(model, some, toward, abc_means.hooks(model, some, means, taken, END))
            heads, mlps = after.heads - whole.heads, after.mlps - whole.mlps
            lost = sum((heads[:, layer, head] for layer, head in taken), torch.zeros(len(some)))
            for layer, head in taken:
                heads[:, layer, head] = 0.0
            frozen = whole.difference + after.read - whole.read
            kept.append(_Run(after.difference, frozen, heads, mlps, whole.difference + lost))
    means_of = ([torch.cat(one).mean(0) for one in zip(*kept, strict=True)] for kept in found)
    return [
        Without(float(true), float(frozen), float(predicted), heads, mlps)
        for true, frozen, heads, mlps, predicted in means_of
    ]


class _Run(NamedTuple):
    """One run of a batch, or a change of it, on the CPU."""

    difference: Tensor  # [pair]
    read: Tensor  # [pair], the last stream along the slope of the logit difference
    heads: Tensor  # [pair, layer, head]
    mlps: Tensor  # [pair, layer]
    predicted: Tensor  # [pair]


def _last(model: TransformerBridge) -> str:
    """The hook of the stream that the final LayerNorm reads."""
    return f"blocks.{model.cfg.n_layers - 1}.hook_resid_post"


def _run(model: TransformerBridge, pairs: Pairs, toward: Tensor, hooks: Hooks) -> _Run:
    """Clean prompts under some hooks, what is written along `toward` [pair, d_model]."""
    name, rows = _last(model), torch.arange(len(pairs), device=pairs.clean.device)
    with torch.no_grad(), model.hooks(fwd_hooks=list(hooks)):
        logits, cache = model.run_with_cache(pairs.clean, names_filter=[name])
    difference = pairs.difference(logits).float().cpu()
    read = (cache[name][rows, pairs.places[END]] * toward).sum(-1).float().cpu()
    heads, mlps = along.written(model, pairs.clean, pairs, toward, model.cfg.n_layers, hooks)
    return _Run(difference, read, heads, mlps, difference)


def quiet_groups(
    model: TransformerBridge, direct: Tensor, chosen: Sequence[Head], difference: float, n: int
) -> list[list[Head]]:
    """A control: n groups of as many random heads as `chosen`, none of which writes over 2 % of the
    logit difference directly, for or against."""
    loud = (direct.abs() > 0.02 * abs(difference)).nonzero().tolist()
    taken = [*chosen, *((layer, head) for layer, head in loud)]
    return abc_means.random_groups(model, chosen, taken, n)


def sees(model: TransformerBridge, pairs: Pairs) -> tuple[Tensor, Tensor, float]:
    """Mean direct effects [layer, head], attention from the end to IO minus that to the first S
    [layer, head], and the mean logit difference."""
    effects = ioi_heads.direct_effects(model, pairs).mean(0).cpu()
    end = pairs.places[END]
    to_io, to_s = (
        ioi_heads.attention(model, pairs.clean, end, pairs.places[name]) for name in ("io", "s1")
    )
    difference = pairs.difference(patching.run(model, pairs.clean)).mean()
    return effects, to_io - to_s, float(difference)


def measure(
    model: TransformerBridge, pairs: Pairs, means: Means, n_removed: int, n_draws: int
) -> Model:
    """All of it for one model, on clean prompts that the means fit."""
    direct, look, difference = sees(model, pairs)
    chosen = movers(direct, look, difference, n_removed)
    firsts = [chosen[:n] for n in range(len(chosen) + 1)]
    drawn = quiet_groups(model, direct, chosen, difference, n_draws)
    runs = without(model, pairs, means, [*firsts, *drawn])
    return Model(
        difference,
        model.cfg.n_layers,
        chosen,
        direct,
        look,
        runs[: len(firsts)],
        runs[len(firsts) :],
    )


def made_good(whole: float, one: Without, part: str = "frozen") -> float:
    """The share of the predicted loss that does not come about; nan where none is predicted.

    `part` "frozen": by heads and MLPs behind; "true": by them and the final LayerNorm.
    """
    loss = whole - one.predicted
    return (getattr(one, part) - one.predicted) / loss if abs(loss) > 1e-6 else float("nan")


class Helper(NamedTuple):
    """A head that writes more towards the answer than before."""

    head: Head
    before: float
    more: float


def helpers(found: Model, n: int) -> list[Helper]:
    """The n heads that gain most when all movers are away, the largest first."""
    gained = found.removed[-1].heads
    order = gained.flatten().argsort(descending=True)[:n].tolist()
    chosen = [divmod(i, gained.shape[1]) for i in order]
    return [Helper(one, float(found.direct[one]), float(gained[one])) for one in chosen]
