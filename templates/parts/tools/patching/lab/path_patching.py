"""Path patching: what some heads tell others, or the logits, with every other route held still.

Senders put out what they do in the source run; all other heads, and unless `through_mlps` all MLPs,
put out what they do in the base run. What the receivers then read is recorded, and put into an else
unchanged base run (Wang et al. 2022, arXiv 2211.00593, appendix B; Goldowsky-Dill et al. 2023).
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from tqdm import tqdm
from transformer_lens import TransformerBridge

from lab import patching
from lab.attribution import Head, every_head
from lab.pairs import Pairs
from lab.patching import ROWS, Patch, Values


def path(
    model: TransformerBridge,
    pairs: Pairs,
    senders: Sequence[Head],
    receivers: Sequence[Head] | None = None,
    to: str = "q",
    place: str | None = None,
    *,
    through_mlps: bool = False,
    noising: bool = False,
    rows: int = ROWS,
) -> float:
    """Effect of all these senders, at one place or everywhere, on the receivers' "q", "k" or "v".

    Without receivers: on the logits. 0 is the base run, 1 the source run; base as in `patching`.
    """
    groups = [patching.head_patch(model, pairs, senders, place)]
    found = _effects(model, pairs, groups, receivers, to, through_mlps, noising, rows)
    return float(found[0])


def paths(
    model: TransformerBridge,
    pairs: Pairs,
    receivers: Sequence[Head] | None = None,
    to: str = "q",
    place: str | None = None,
    *,
    through_mlps: bool = False,
    noising: bool = False,
    rows: int = ROWS,
) -> Tensor:
    """The same for every head as the only sender: [layer, head]. Later layers than the receivers': 0."""
    last = model.cfg.n_layers if receivers is None else max(layer for layer, _ in receivers)
    senders = [head for head in every_head(model) if head[0] < last]
    found = torch.zeros(model.cfg.n_layers, model.cfg.n_heads)
    if senders:
        groups = [patching.head_patch(model, pairs, [head], place) for head in senders]
        found.view(-1)[: len(senders)] = _effects(
            model, pairs, groups, receivers, to, through_mlps, noising, rows
        )
    return found


def _effects(
    model: TransformerBridge,
    pairs: Pairs,
    groups: list[Patch],
    receivers: Sequence[Head] | None,
    to: str,
    through_mlps: bool,
    noising: bool,
    rows: int,
) -> Tensor:
    """Effect of each group of senders: [group]."""
    ends = patching.both_ends(model, pairs, noising=noising, rows=rows)
    inputs = {} if receivers is None else _inputs(model, pairs, receivers, to)
    found = torch.zeros(len(groups), len(pairs))
    for start in tqdm(range(0, len(pairs), rows), desc="paths", leave=False):
        index = slice(start, start + rows)
        some = pairs.rows(index)
        base, other = _both_runs(model, some, through_mlps, noising)
        for numbers in torch.arange(len(groups)).split(max(1, rows // len(some))):
            many = some.rows(torch.arange(len(some)).repeat(len(numbers)))
            frozen = {name: _repeat(value, len(numbers)) for name, value in base.items()}
            for number, place in zip(numbers, range(0, len(many), len(some)), strict=True):
                for name, where in groups[number].items():
                    chosen = frozen[name][place : place + len(some)]
                    chosen[where[index]] = other[name][where[index]]
            tokens = patching.base_tokens(many, noising)
            moved = _received(model, tokens, frozen, inputs)
            found[numbers, index] = many.difference(moved).view(len(numbers), -1).float().cpu()
    return patching.normalised(found, ends)


def _both_runs(
    model: TransformerBridge, pairs: Pairs, through_mlps: bool, noising: bool
) -> tuple[Values, Values]:
    """What is held still, from the base run, and what the heads put out in the source run."""
    names = [patching.z_hook(layer) for layer in range(model.cfg.n_layers)]
    other = patching.activations(model, patching.base_tokens(pairs, not noising), names)
    mlps = [f"blocks.{layer}.hook_mlp_out" for layer in range(model.cfg.n_layers)]
    if not through_mlps:
        names += [name for name in mlps if name in model.hook_dict]
    return patching.activations(model, patching.base_tokens(pairs, noising), names), other


def _received(
    model: TransformerBridge, tokens: Tensor, frozen: Values, inputs: dict[str, Tensor]
) -> Tensor:
    """Logits of the frozen run, or of a run in which only the receivers' inputs are that run's."""
    kept: Values = {}

    def keep(value: Tensor, hook: object, name: str) -> Tensor:
        kept[name] = value.clone()
        return value

    hooks = [(name, lambda old, hook, new=new: new) for name, new in frozen.items()]
    hooks += [(name, lambda value, hook, name=name: keep(value, hook, name)) for name in inputs]
    logits = patching.run(model, tokens, hooks)
    if not inputs:
        return logits
    return patching.run(
        model,
        tokens,
        [
            (name, patching.put(heads.expand(kept[name].shape[:-1]), kept[name]))
            for name, heads in inputs.items()
        ],
    )


def _inputs(
    model: TransformerBridge, pairs: Pairs, receivers: Sequence[Head], to: str
) -> dict[str, Tensor]:
    """Which heads receive, by the hook of their input: [head].

    ValueError for another input than q, k, v, and where heads share keys and values (grouped
    queries) but are not all among the receivers.
    """
    if to not in ("q", "k", "v"):
        raise ValueError(f"a head receives through its q, k or v, not {to!r}")
    found: dict[str, Tensor] = {}
    for layer in sorted({layer for layer, _ in receivers}):
        name = f"blocks.{layer}.attn.hook_{to}"
        n_inputs = patching.activations(model, pairs.clean[:1], [name])[name].shape[2]
        group = model.cfg.n_heads // n_inputs
        chosen = [head for its_layer, head in receivers if its_layer == layer]
        shared = [chosen.count(head) for head in range(model.cfg.n_heads)]
        mask = torch.tensor(shared).view(n_inputs, group).bool()
        if (mask.any(1) != mask.all(1)).any():
            raise ValueError(
                f"{group} heads of layer {layer} share each {to} (grouped queries): "
                "name all heads of a group as receivers"
            )
        found[name] = mask.any(1).to(pairs.clean.device)
    return found


def _repeat(value: Tensor, times: int) -> Tensor:
    """A new tensor with the rows of another several times."""
    return value.repeat(times, *[1] * (value.dim() - 1))
