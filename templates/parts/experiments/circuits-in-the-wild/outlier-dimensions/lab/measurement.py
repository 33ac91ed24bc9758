"""Residual dimensions with giant values: how many, what their values follow, who writes them, their worth.

The first position of a text is kept apart everywhere. Massive values that stand there alone are one
phenomenon, dimensions that are large on many tokens another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import folded

BATCH = 8  # texts at once
# Outliers as LLM.int8() counts them (Dettmers et al. 2022): so large, in a quarter of the layers, on 6 % of the tokens.
BOUND, OF_LAYERS, OF_TOKENS = 6.0, 0.25, 0.06
KINDS = ("line break", "space alone", "punctuation", "digits", "word begins", "word goes on")


class Count(NamedTuple):
    """How often each coordinate of the inputs is large, and how the largest compare with the rest."""

    later: Tensor  # [input, d_model] share of positions, the first left out, at which it is BOUND or more
    first: Tensor  # [input, d_model] share of texts where it is so at the first position
    later_relative: (
        Tensor  # [input, d_model] as `later`, where BOUND root mean squares of the input count
    )
    first_relative: Tensor  # [input, d_model]
    top: Tensor  # [input] share of the squared length in the three largest coordinates; without the first


def inputs(model: TransformerBridge, tokens: Tensor) -> Iterator[Tensor]:
    """What attention and MLP of every layer read, LayerNorm's weights applied, a batch of texts at a time.

    [input, text, pos, d_model], in the order of the layers, attention before MLP.
    """
    names = [
        name
        for layer in range(model.cfg.n_layers)
        for name in (f"blocks.{layer}.ln1.hook_out", f"blocks.{layer}.ln2.hook_out")
        if name in model.hook_dict
    ]
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(batch, names_filter=names)
        yield torch.stack([cache[name].float() for name in names])


def random_turn(d_model: int, seed: int) -> Tensor:
    """A control: an orthogonal matrix drawn evenly, [d_model, d_model]. Vectors keep their lengths."""
    drawn = torch.randn(d_model, d_model, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn).Q


def count(batches: Iterator[Tensor], turns: Sequence[Tensor]) -> list[Count]:
    """Counts for inputs [input, text, pos, d_model], as they are and in each turned basis."""
    found: list[list[Tensor]] = []
    n_texts = 0
    for batch in batches:
        n_texts += batch.shape[1]
        for place, turned in enumerate([batch, *(batch @ turn.to(batch) for turn in turns)]):
            sums = _counts(turned)
            if len(found) == place:
                found.append(sums)
            else:
                found[place] = [one + more for one, more in zip(found[place], sums, strict=True)]
    return [Count(*(value / n_texts for value in sums)) for sums in found]


def _counts(batch: Tensor) -> list[Tensor]:
    """The fields of a Count, each a sum over texts."""
    squares = batch.square()
    sizes = squares.sum(-1, keepdim=True)
    large = (batch.abs() >= BOUND).float()
    relative = (squares >= BOUND**2 * sizes / batch.shape[-1]).float()
    top = squares[:, :, 1:].topk(3, dim=-1).values.sum(-1) / sizes[:, :, 1:, 0]
    return [
        large[:, :, 1:].mean(2).sum(1),
        large[:, :, 0].sum(1),
        relative[:, :, 1:].mean(2).sum(1),
        relative[:, :, 0].sum(1),
        top.mean(2).sum(1),
    ]


def by_part(values: Tensor, n_layers: int) -> dict[str, Tensor]:
    """Values [input] as those of attention and of MLPs, [layer] each."""
    if len(values) == n_layers:  # a model without MLPs, or one LayerNorm for both
        return {"attention": values}
    attention, mlp = values.view(n_layers, 2).T
    return {"attention": attention, "MLP": mlp}


def outliers(shares: Tensor) -> Tensor:
    """The dimensions [n] that are outliers, by shares [input, d_model] of tokens where they are large."""
    return ((shares >= OF_TOKENS).float().mean(0) >= OF_LAYERS).nonzero()[:, 0]


def largest(values: Tensor, n: int) -> Tensor:
    """The n dimensions with the largest mean size in streams [text, pos, d_model], largest first.

    The first position is left out, and a few massive tokens do not decide: sizes are clipped at their
    99th percentile.
    """
    sizes = values[:, 1:].abs().flatten(0, 1)
    return sizes.minimum(sizes.quantile(0.99, dim=0)).mean(0).topk(n).indices


def middle(model: TransformerBridge) -> int:
    """The layer before which values are read."""
    return model.cfg.n_layers // 2


def stream(model: TransformerBridge, tokens: Tensor, layer: int) -> Tensor:
    """The residual stream before a layer, [text, pos, d_model]."""
    name, each = f"blocks.{layer}.hook_resid_pre", []
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(batch, names_filter=name)
        each.append(cache[name].float())
    return torch.cat(each)


def others(dims: Tensor, d_model: int, n: int, seed: int) -> Tensor:
    """A control: n dimensions drawn from all but these."""
    free = torch.ones(d_model, dtype=torch.bool)
    free[dims.cpu()] = False
    rest = free.nonzero()[:, 0]
    return rest[torch.randperm(len(rest), generator=torch.Generator().manual_seed(seed))[:n]]


def kind(token: str) -> int:
    """Which of KINDS a token's text is."""
    bare = token.strip()
    if "\n" in token or "\r" in token:
        return 0
    if not bare:
        return 1
    if not any(char.isalnum() for char in bare):
        return 2
    if bare.isdigit():
        return 3
    return 4 if token[0].isspace() else 5


def labels(model: TransformerBridge, tokens: Tensor) -> dict[str, Tensor]:
    """What a value could follow, [text, pos] labels each: the token's kind, the token, the position."""
    ids = tokens.unique()
    kinds = {i: kind(model.to_string(torch.tensor([i]))) for i in ids.tolist()}
    of = torch.zeros(int(ids.max()) + 1, dtype=torch.long)
    of[ids.cpu()] = torch.tensor([kinds[i] for i in ids.tolist()])
    place = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
    return {"kind": of.to(tokens.device)[tokens], "token": tokens, "position": place}


def clipped(values: Tensor, made_from: Tensor) -> Tensor:
    """Values [n, dim] within the middle 98 % of others [m, dim], so that a few massive ones do not decide."""
    low, high = (made_from.quantile(share, dim=0) for share in (0.01, 0.99))
    return values.clamp(low, high)


def explained(
    made_from: Tensor, made_labels: Tensor, values: Tensor, value_labels: Tensor
) -> Tensor:
    """The share of the variance of values [n, dim] that the mean value of their label explains: [dim].

    Means are taken from other values [m, dim] and their labels [m]; a label not seen there gets the mean
    of all. 0 is no better than one mean for all, and a guess can be worse.
    """
    n = int(torch.cat([made_labels, value_labels]).max()) + 1
    sums = torch.zeros(n, made_from.shape[1], device=values.device)
    counts = torch.zeros(n, 1, device=values.device)
    sums.index_add_(0, made_labels, made_from)
    counts.index_add_(0, made_labels, torch.ones_like(made_from[:, :1]))
    overall = made_from.mean(0)
    means = torch.where(counts > 0, sums / counts.clamp_min(1), overall)
    rest = (values - means[value_labels]).square().sum(0)
    return 1 - rest / (values - overall).square().sum(0).clamp_min(1e-12)


def written(model: TransformerBridge, tokens: Tensor, dims: Tensor) -> dict[str, Tensor]:
    """What each writer puts into some coordinates of the stream, mean over tokens: [2, dim] by name.

    Row 0 is over all positions but the first, row 1 the first. "embed" is what enters layer 0, "attn3"
    and "MLP3" are whole parts with their biases; "L3H1" is a head, and a share of "attn3". Embedding,
    attentions and MLPs add up to the stream after the last layer.
    """
    sums: dict[str, Tensor] = {}

    def add(name: str, value: Tensor) -> None:
        both = torch.stack([value[:, 1:].mean(1), value[:, 0]]).float().sum(1)
        sums[name] = sums.get(name, torch.zeros_like(both)) + both

    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(
                batch,
                names_filter=lambda name: name.endswith(
                    ("0.hook_resid_pre", "hook_attn_out", "hook_mlp_out", "attn.hook_z")
                ),
            )
        add("embed", cache["blocks.0.hook_resid_pre"][..., dims])
        for layer, block in enumerate(model.blocks):
            add(f"attn{layer}", cache[f"blocks.{layer}.hook_attn_out"][..., dims])
            if f"blocks.{layer}.hook_mlp_out" in cache:
                add(f"MLP{layer}", cache[f"blocks.{layer}.hook_mlp_out"][..., dims])
            z, weights = cache[f"blocks.{layer}.attn.hook_z"], block.attn.W_O[:, :, dims].detach()
            for head in range(model.cfg.n_heads):
                add(f"L{layer}H{head}", z[:, :, head] @ weights[head].to(z))
    return {name: total / len(tokens) for name, total in sums.items()}


def strongest(
    writers: Mapping[str, Tensor], row: int, place: int, n: int, before: int
) -> list[tuple[str, float]]:
    """The n heads, MLPs and embeddings before a layer that write most into a coordinate, by size."""

    def layer(name: str) -> int:
        return -1 if name == "embed" else int(name.removeprefix("MLP").strip("L").split("H")[0])

    single = {
        name: float(value[row, place])
        for name, value in writers.items()
        if not name.startswith("attn") and layer(name) < before
    }
    return sorted(single.items(), key=lambda one: -abs(one[1]))[:n]


class Clean(NamedTuple):
    """The undisturbed run of some texts: what an edit is measured against."""

    tokens: Tensor  # [text, pos]
    streams: Tensor  # [layer + 1, text, pos, d_model], before each layer and after the last
    normed: dict[str, Tensor]  # what each LayerNorm gets, [text, pos, d_model], by its name
    loss: Tensor  # [text] nats a token


def clean_run(model: TransformerBridge, tokens: Tensor) -> Clean:
    """Streams and losses of texts [text, pos]."""
    streams, norms = _stream_names(model), _norms(model)
    names = [*streams, *(f"{norm}.hook_in" for norm in norms)]
    with torch.no_grad():
        logits, cache = model.run_with_cache(tokens, names_filter=names)
    return Clean(
        tokens,
        torch.stack([cache[name] for name in streams]),
        {norm: cache[f"{norm}.hook_in"] for norm in norms},
        _losses(logits, tokens),
    )


def moves(clean: Clean, dim: int, to: Tensor | float, *, first: bool = False) -> Tensor:
    """How far a coordinate must move to be set to a value: [layer + 1, text, pos].

    `to` is one value, or one for each stream [layer + 1]. Positions other than the first are moved, or
    with `first` that one alone; the rest stays.
    """
    target = torch.as_tensor(to, device=clean.streams.device).to(clean.streams)
    target = target.expand(len(clean.streams))[:, None, None]
    moved = target - clean.streams[..., dim]
    kept = torch.zeros_like(moved)
    where = slice(0, 1) if first else slice(1, None)
    kept[:, :, where] = moved[:, :, where]
    return kept


def rise(
    model: TransformerBridge,
    clean: Clean,
    direction: Tensor,
    moved: Tensor,
    *,
    scale_kept: bool = False,
) -> Tensor:
    """The rise of the loss in nats a token, [text], when the stream lies moved along a direction everywhere.

    Before each layer and after the last the coordinate along `direction` [d_model], of norm 1, is what it
    was in the clean run plus `moved` [layer + 1, text, pos]. So another direction can be moved exactly as
    far. `scale_kept`: every LayerNorm divides as though this coordinate were that of the clean run.
    """
    unit = direction.to(clean.streams)
    targets = clean.streams @ unit + moved
    hooks: list[tuple[str, Any]] = [
        (name, _set_along(unit, target))
        for name, target in zip(_stream_names(model), targets, strict=True)
    ]
    if scale_kept:
        for norm, value in clean.normed.items():
            hooks += _divides_as_before(norm, unit, value @ unit, folded.centres(model))
    with torch.no_grad(), model.hooks(fwd_hooks=hooks):
        return _losses(model(clean.tokens), clean.tokens) - clean.loss


def random_directions(d_model: int, n: int, seed: int) -> Tensor:
    """Directions of norm 1 drawn evenly, [n, d_model]."""
    drawn = torch.randn(n, d_model, generator=torch.Generator().manual_seed(seed))
    return drawn / drawn.norm(dim=1, keepdim=True)


def rises(
    model: TransformerBridge,
    clean: Clean,
    directions: Sequence[Tensor] | Tensor,
    moved: Tensor,
    *,
    scale_kept: bool = False,
) -> tuple[float, float]:
    """Mean rise over texts, then its mean and standard deviation over the directions."""
    each = torch.stack(
        [rise(model, clean, one, moved, scale_kept=scale_kept).mean() for one in directions]
    )
    return float(each.mean()), float(each.std())


def _stream_names(model: TransformerBridge) -> list[str]:
    n = model.cfg.n_layers
    return [f"blocks.{i}.hook_resid_pre" for i in range(n)] + [f"blocks.{n - 1}.hook_resid_post"]


def _set_along(unit: Tensor, target: Tensor) -> Callable[[Tensor, object], Tensor]:
    def hook(values: Tensor, hook: object) -> Tensor:
        return values + (target - values @ unit)[..., None] * unit

    return hook


def _norms(model: TransformerBridge) -> list[str]:
    """The LayerNorms of the layers and the final one, by name; none in a model that has none."""
    return [
        name.removesuffix(".hook_scale")
        for name in model.hook_dict
        if name.endswith((".ln1.hook_scale", ".ln2.hook_scale", "ln_final.hook_scale"))
    ]


def _divides_as_before(
    norm: str, unit: Tensor, coordinate: Tensor, centres: bool
) -> list[tuple[str, Any]]:
    """Hooks that give one norm the scale that it would have with a coordinate [text, pos] put back."""
    factor: list[Tensor] = []

    def size(values: Tensor) -> Tensor:
        return (values - values.mean(-1, keepdim=True) if centres else values).norm(
            dim=-1, keepdim=True
        )

    def read(values: Tensor, hook: object) -> Tensor:
        restored = _set_along(unit, coordinate)(values, hook)
        factor[:] = [size(restored) / size(values).clamp_min(1e-12)]
        return values

    def divide(scale: Tensor, hook: object) -> Tensor:
        return scale * factor[0].to(scale)

    return [(f"{norm}.hook_in", read), (f"{norm}.hook_scale", divide)]


def _losses(logits: Tensor, tokens: Tensor) -> Tensor:
    chosen = logits[:, :-1].float().log_softmax(-1).gather(-1, tokens[:, 1:, None])
    return -chosen[..., 0].mean(1)
