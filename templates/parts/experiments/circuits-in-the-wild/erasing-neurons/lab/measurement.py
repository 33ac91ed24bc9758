"""Neurons that write against what they read: how many, what they read, how much of it they remove.

Activations leave out the first position of each passage, where many models park something special.
An excess is a mean over the tokens where a neuron fires, minus the mean over all tokens: what is the
same everywhere drops out of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import folded

BATCH = 8  # passages at once


class Neuron(NamedTuple):
    """A neuron's place."""

    layer: int
    number: int

    def __str__(self) -> str:
        return f"L{self.layer}N{self.number}"


class Erased(NamedTuple):
    """What happens to a neuron's read direction where it fires, as shares of the excess before."""

    excess: float  # of the projection, before the MLP, in the stream's own units
    by_neuron: float  # share that the neuron's own output takes away
    by_mlp: float  # share that the whole MLP's output takes away


def cosines(reads: Tensor, writes: Tensor) -> Tensor:
    """Between what each neuron reads and writes: [layer, neuron], of [layer, neuron, d_model] each."""
    return torch.cosine_similarity(reads, writes, dim=-1)


def mismatched(reads: Tensor, writes: Tensor, seed: int) -> Tensor:
    """A control: cosines [layer, neuron] where each neuron's output is another's of its layer."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(writes.shape[:2], generator=generator).argsort(-1).to(writes.device)
    return cosines(reads, writes.gather(1, order[..., None].expand_as(writes)))


def beyond(found: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """The shares of neurons with a cosine below -bound, and above it: [layer] each."""
    return (found < -bound).float().mean(-1), (found > bound).float().mean(-1)


def most_negative(found: Tensor, n: int) -> list[Neuron]:
    """The n neurons with the most negative cosines of [layer, neuron]."""
    width = found.shape[1]
    return [Neuron(*divmod(int(i), width)) for i in found.flatten().argsort()[:n]]


def others(neurons: Sequence[Neuron], width: int, seed: int) -> list[Neuron]:
    """A control: for each neuron another one of its layer, of `width` neurons, drawn at random."""
    generator = torch.Generator().manual_seed(seed)
    drawn = []
    for neuron in neurons:
        shift = int(torch.randint(1, width, (), generator=generator))
        drawn.append(Neuron(neuron.layer, (neuron.number + shift) % width))
    return drawn


def before_mlp(model: TransformerBridge, layer: int) -> str:
    """The stream that a layer's MLP reads: beside the attention in some models, after it in most."""
    middle = f"blocks.{layer}.hook_resid_mid"
    return middle if middle in model.hook_dict else f"blocks.{layer}.hook_resid_pre"


def excesses(
    model: TransformerBridge,
    tokens: Tensor,
    names: Sequence[str],
    firing: Tensor,
    upto: int | None = None,
) -> dict[str, Tensor]:
    """The excess of some activations where each of some neurons fires: [neuron, ...] by name.

    firing [neuron, token] holds masks, none of them empty, over all tokens but the passages' first. Layers
    from `upto` on are not computed. Activations are summed as they come: none is kept.
    """
    weights = firing.float() / firing.sum(1, keepdim=True) - 1 / firing.shape[1]
    totals: dict[str, Tensor] = {}
    start = 0
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(batch, names_filter=list(names), stop_at_layer=upto)
        here = weights[:, start : start + batch[:, 1:].numel()]
        for name in names:
            values = cache[name].expand(
                len(batch), *cache[name].shape[1:]
            )  # positions: once for all
            flat = values[:, 1:].flatten(0, 1).float()
            part = torch.tensordot(here, flat, dims=1)
            totals[name] = totals[name] + part if name in totals else part
        start += here.shape[1]
    return totals


def activations(
    model: TransformerBridge, tokens: Tensor, neurons: Iterable[Neuron]
) -> dict[Neuron, Tensor]:
    """Each neuron's activation at every token: [token]."""
    wanted = list(neurons)
    parts: dict[Neuron, list[Tensor]] = {neuron: [] for neuron in wanted}
    layers = sorted({neuron.layer for neuron in wanted})
    names = {layer: f"blocks.{layer}.mlp.hook_post" for layer in layers}
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(
                batch, names_filter=list(names.values()), stop_at_layer=layers[-1] + 1
            )
        for neuron in wanted:
            parts[neuron].append(cache[names[neuron.layer]][:, 1:, neuron.number].flatten().float())
    return {neuron: torch.cat(each) for neuron, each in parts.items()}


def fires(activation: Tensor, n: int) -> Tensor:
    """Where a neuron's activation [token] is among its n largest, and positive: a mask [token]."""
    mask = torch.zeros_like(activation, dtype=torch.bool)
    mask[activation.topk(min(n, len(activation))).indices] = True
    return mask & (activation > 0)


def strongest(activation: Tensor, n: int) -> Tensor:
    """Where a neuron's activation [token] is largest and positive, the largest first: at most n places."""
    found = activation.topk(min(n, len(activation)))
    return found.indices[found.values > 0].cpu()


def unit(vector: Tensor) -> Tensor:
    """A vector [d_model] scaled to length 1."""
    return vector / vector.norm()


def erased(
    model: TransformerBridge, tokens: Tensor, firing: Mapping[Neuron, Tensor]
) -> dict[Neuron, Erased]:
    """What each neuron, and its whole MLP, takes away of what it reads, where it fires.

    firing: a mask [token] for each neuron, none of them empty.
    """
    reads, writes = folded.reads(model), folded.writes(model)
    layers = sorted({neuron.layer for neuron in firing})
    names = [
        f"blocks.{layer}.{hook}" for layer in layers for hook in ("hook_mlp_out", "mlp.hook_post")
    ]
    names += [before_mlp(model, layer) for layer in layers]
    found = excesses(model, tokens, names, torch.stack([*firing.values()]), upto=layers[-1] + 1)
    result = {}
    for row, neuron in enumerate(firing):
        direction = unit(reads[neuron])
        there = float(found[before_mlp(model, neuron.layer)][row] @ direction)
        activation = found[f"blocks.{neuron.layer}.mlp.hook_post"][row, neuron.number]
        own = float(activation * (writes[neuron] @ direction))
        every = float(found[f"blocks.{neuron.layer}.hook_mlp_out"][row] @ direction)
        result[neuron] = Erased(there, -own / there, -every / there)
    return result


def writers(
    model: TransformerBridge, tokens: Tensor, firing: Mapping[Neuron, Tensor]
) -> dict[Neuron, dict[str, float]]:
    """Who wrote what each neuron reads: each earlier component's share of the excess where it fires.

    "embedding", "position", heads as "L2H3", MLPs as "MLP1". The shares of a neuron add up to 1: biases
    are the same everywhere, so they have no excess. firing: a mask [token] for each, none of them empty.
    """
    reads, last = folded.reads(model), max(neuron.layer for neuron in firing)
    fixed = {"embedding": "hook_embed", "position": "hook_pos_embed"}
    with torch.no_grad():  # rotary models have the hook for positions, but it holds nothing
        _, cache = model.run_with_cache(tokens[:1], names_filter=[*fixed.values()], stop_at_layer=1)
    names = [name for name in fixed.values() if name in cache]
    names += [f"blocks.{layer}.attn.hook_z" for layer in range(last + 1)]
    names += [f"blocks.{layer}.hook_mlp_out" for layer in range(last)]
    names += [before_mlp(model, layer) for layer in sorted({neuron.layer for neuron in firing})]
    values = excesses(model, tokens, names, torch.stack([*firing.values()]), upto=last + 1)
    result = {}
    for row, neuron in enumerate(firing):
        direction, before = unit(reads[neuron]), before_mlp(model, neuron.layer)
        found = {
            what: values[name][row] @ direction for what, name in fixed.items() if name in values
        }
        # Where the MLP reads the stream after the attention, heads of its own layer come before it.
        for layer in range(neuron.layer + before.endswith("hook_resid_mid")):
            z = values[f"blocks.{layer}.attn.hook_z"][row]  # [head, d_head]
            weights = model.W_O[layer].detach().float()
            each = torch.einsum("hd,hdm,m->h", z, weights, direction)
            found |= {f"L{layer}H{head}": one for head, one in enumerate(each)}
        for layer in range(neuron.layer):
            found[f"MLP{layer}"] = values[f"blocks.{layer}.hook_mlp_out"][row] @ direction
        total = values[before][row] @ direction
        result[neuron] = {what: float(one / total) for what, one in found.items()}
    return result


def kinds(written: dict[str, float]) -> dict[str, float]:
    """The shares of `writers` added up: embedding, position, all heads, all MLPs."""
    found = {"embedding": 0.0, "position": 0.0, "heads": 0.0, "MLPs": 0.0}
    for what, share in written.items():
        kind = "heads" if what.startswith("L") else "MLPs" if what.startswith("MLP") else what
        found[kind] += share
    return found


def curve(
    model: TransformerBridge,
    tokens: Tensor,
    neuron: Neuron,
    firing: Tensor,
    *,
    ablated: bool = False,
) -> list[float]:
    """The excess of what a neuron reads in the stream, at `curve_places`: [place].

    In units of the excess that its own MLP reads, so that it is 1 there. `ablated`: with the neuron held at its mean activation
    (the unit and the tokens stay those of the intact model).
    """
    n, direction = model.cfg.n_layers, unit(folded.reads(model)[neuron])
    names = [f"blocks.{layer}.hook_resid_pre" for layer in range(n)]
    names += [f"blocks.{n - 1}.hook_resid_post"]
    before, post = before_mlp(model, neuron.layer), f"blocks.{neuron.layer}.mlp.hook_post"
    there = excesses(model, tokens, [before], firing[None], upto=neuron.layer + 1)[before][0]
    mean = float(activations(model, tokens, [neuron])[neuron].mean())

    def hold(activation: Tensor, hook: object) -> Tensor:
        changed = activation.clone()
        changed[..., neuron.number] = mean
        return changed

    with model.hooks(fwd_hooks=[(post, hold)] if ablated else []):
        found = excesses(model, tokens, names, firing[None])
    shares = [float((found[name][0] @ direction) / (there @ direction)) for name in names]
    return [*shares[: neuron.layer + 1], 1.0, *shares[neuron.layer + 1 :]]


def curve_places(model: TransformerBridge, neuron: Neuron) -> list[float]:
    """Where the stream is read for a curve: before each layer, half a layer on before the neuron's own
    MLP, and after the last layer."""
    places = [float(layer) for layer in range(model.cfg.n_layers + 1)]
    return sorted([*places, neuron.layer + 0.5])


def median(values: Iterable[float]) -> float:
    """The median of some numbers."""
    return float(torch.tensor(list(values)).median())
