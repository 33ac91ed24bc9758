"""What MLPs are worth: their output replaced by a mean, by an entry of a table, or disturbed.

The first position of a passage keeps its own output everywhere: many models park something special
there. A label of -1 marks such a position, and those that a table has no entry for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

BATCH = 8  # passages at once

Hook = Callable[[Tensor, object], Tensor]
Change = Callable[[slice], tuple[str, Hook]]  # for the passages of a batch: where, and what


class Damage(NamedTuple):
    """What a change does, a number for each passage."""

    loss: Tensor  # [passage] rise in loss, nats a token
    kl: Tensor  # [passage] divergence of the changed from the intact predictions, nats a token


def layers_tried(model: TransformerBridge, most: int) -> list[int]:
    """At most so many layers, evenly spread; the first two and the last are among them."""
    n = model.cfg.n_layers
    if n <= most:
        return list(range(n))
    return sorted({0, 1, *(round(step * (n - 1) / (most - 2)) for step in range(1, most - 1))})


def hook_name(layer: int) -> str:
    """Where an MLP's output is, before it is added to the stream."""
    return f"blocks.{layer}.hook_mlp_out"


def everywhere(tokens: Tensor) -> Tensor:
    """The label 0 at every position [passage, pos] but the first."""
    labels = torch.zeros_like(tokens)
    labels[:, 0] = -1
    return labels


def token_keys(tokens: Tensor) -> Tensor:
    """A key for each token: its id; -1 at the first position."""
    return torch.where(everywhere(tokens) == 0, tokens, -1)


def pair_keys(tokens: Tensor, d_vocab: int) -> Tensor:
    """A key for each token together with the one before it; -1 at the first position."""
    keys = tokens + d_vocab * tokens.roll(1, dims=1)
    return torch.where(everywhere(tokens) == 0, keys, -1)


def frequent(keys: Tensor, seen: int, most: int | None = None) -> Tensor:
    """The keys that occur so often, at most so many, the commonest: [n], in increasing order.

    ValueError where there is none.
    """
    found, counts = keys[keys >= 0].unique(return_counts=True)
    found, counts = found[counts >= seen], counts[counts >= seen]
    if not len(found):
        raise ValueError(
            f"nothing occurs {seen} times in these texts: ask for more, or lower `seen`."
        )
    if most is not None and len(found) > most:
        found = found[counts.argsort(descending=True, stable=True)[:most]].sort().values
    return found


def labels(keys: Tensor, known: Tensor) -> Tensor:
    """The row of each key in a table of known ones, or -1."""
    row = torch.searchsorted(known, keys).clamp_max(len(known) - 1)
    return torch.where(known[row] == keys, row, -1)


def dealt_within(labels: Tensor, keys: Tensor, seed: int) -> Tensor:
    """A control: the labels of one token's occurrences, dealt out among these occurrences anew.

    labels and keys [passage, pos]. Each row of a table is then a mean of as many outputs, at the same
    tokens, whatever stands before them. Occurrences without a label take part.
    """
    flat, token = labels.flatten(), keys.flatten()
    noise = torch.rand(len(flat), generator=torch.Generator().manual_seed(seed)).to(flat.device)
    mixed = noise.argsort()
    mixed = mixed[token[mixed].argsort(stable=True)]  # by token, in random order
    own = token.argsort(stable=True)  # by token, in the order of the text
    dealt = torch.empty_like(flat)
    dealt[own] = flat[mixed]
    return dealt.view_as(labels)


def table(model: TransformerBridge, tokens: Tensor, layer: int, labels: Tensor, n: int) -> Tensor:
    """An MLP's mean output over the positions of each label: [n, d_model].

    tokens and labels [passage, pos]; later layers are not computed.
    """
    sums = torch.zeros(n, model.cfg.d_model, device=tokens.device)
    counts = torch.zeros(n, 1, device=tokens.device)
    for batch, label in zip(tokens.split(4 * BATCH), labels.split(4 * BATCH), strict=True):
        wanted = label >= 0
        out = _output(model, batch, layer)[wanted].to(sums)
        sums.index_add_(0, label[wanted], out)
        counts.index_add_(0, label[wanted], torch.ones_like(out[:, :1]))
    return sums / counts.clamp_min(1)


def alone(
    model: TransformerBridge, layer: int, ids: Tensor, first: Tensor, others: Tensor | None = None
) -> Tensor:
    """An MLP's output for each token [n] without a context, behind `first` [0 or 1]: [n, d_model].

    `others` [n, more]: tokens that stand between.
    """
    between = ids[:, None][:, :0] if others is None else others
    texts = torch.cat([first.expand(len(ids), -1), between, ids[:, None]], dim=1)
    return torch.cat([_output(model, one, layer)[:, -1] for one in texts.split(16 * BATCH)])


def _output(model: TransformerBridge, tokens: Tensor, layer: int) -> Tensor:
    name = hook_name(layer)
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=[name], stop_at_layer=layer + 1)
    return cache[name]


def from_table(layer: int, rows: Tensor, labels: Tensor) -> Change:
    """Each labelled position gets its row of a table [n, d_model] in place of the MLP's output."""

    def change(batch: slice) -> tuple[str, Hook]:
        label = labels[batch]

        def hook(out: Tensor, hook: object) -> Tensor:
            return torch.where((label >= 0)[..., None], rows.to(out)[label.clamp_min(0)], out)

        return hook_name(layer), hook

    return change


def same_size(layer: int, mean: Tensor, labels: Tensor, seed: int) -> Change:
    """A control: each labelled output moves as far as to the mean [d_model], in a random direction."""

    def change(batch: slice) -> tuple[str, Hook]:
        label, generator = labels[batch], torch.Generator().manual_seed(seed + batch.start)

        def hook(out: Tensor, hook: object) -> Tensor:
            drawn = torch.randn(out.shape, generator=generator).to(out)
            unit = drawn / drawn.norm(dim=-1, keepdim=True)
            moved = out + unit * (out - mean.to(out)).norm(dim=-1, keepdim=True)
            return torch.where((label >= 0)[..., None], moved, out)

        return hook_name(layer), hook

    return change


def damages(
    model: TransformerBridge, tokens: Tensor, changes: Mapping[str, Change]
) -> dict[str, Damage]:
    """What each of some changes does on passages [passage, pos]."""
    found: dict[str, list[Damage]] = {name: [] for name in changes}
    for start in range(0, len(tokens), BATCH):
        batch = slice(start, start + BATCH)
        intact = _predictions(model, tokens[batch])
        for name, change in changes.items():
            changed = _predictions(model, tokens[batch], [change(batch)])
            found[name].append(
                Damage(
                    _loss(changed, tokens[batch]) - _loss(intact, tokens[batch]),
                    (intact.exp() * (intact - changed)).sum(-1).mean(1),
                )
            )
    return {
        name: Damage(*(torch.cat(parts).cpu() for parts in zip(*each, strict=True)))
        for name, each in found.items()
    }


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """The mean of a number for each passage, and its standard error."""
    return float(values.mean()), float(values.std() / len(values) ** 0.5)


def share_won_back(replaced: Damage, ablated: Damage) -> float:
    """The share of an ablation's divergence that is gone with something better in its place."""
    return 1 - float(replaced.kl.mean() / ablated.kl.mean())


def loss(model: TransformerBridge, tokens: Tensor) -> float:
    """Mean loss on passages [passage, pos], nats a token."""
    each = [_loss(_predictions(model, batch), batch) for batch in tokens.split(BATCH)]
    return float(torch.cat(each).mean())


def token_tables(
    model: TransformerBridge,
    made_from: Tensor,
    tokens: Tensor,
    layer: int,
    seen: int,
    seed: int,
    first: Tensor,
) -> dict[str, Change]:
    """The replacements of one MLP's output on passages, all at the tokens that the table knows.

    made_from, tokens [passage, pos]; `first` [0 or 1] is what stands before a token alone.
    """
    known = frequent(token_keys(made_from), seen)
    where = labels(token_keys(tokens), known)
    by_token = table(model, made_from, layer, labels(token_keys(made_from), known), len(known))
    mean = table(model, made_from, layer, everywhere(made_from), 1)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(known), generator=generator)
    single, behind = torch.zeros_like(by_token), torch.zeros_like(by_token)
    used = where[where >= 0].unique()
    single[used] = alone(model, layer, known[used], first).to(single)
    running = made_from[:, 1:].flatten()
    drawn = torch.randint(len(running), (len(used), tokens.shape[1] // 2), generator=generator).to(
        running.device
    )
    behind[used] = alone(model, layer, known[used], first, running[drawn]).to(behind)
    return {
        "the mean": from_table(layer, mean, where.clamp_max(0)),
        "table by token": from_table(layer, by_token, where),
        "the token alone": from_table(layer, single, where),
        "behind random others": from_table(layer, behind, where),
        "table, rows dealt anew": from_table(layer, by_token[order.to(by_token.device)], where),
    }


def pair_tables(
    model: TransformerBridge,
    made_from: Tensor,
    tokens: Tensor,
    layer: int,
    seen: int,
    most: int,
    seed: int,
) -> dict[str, Change]:
    """The same for a table of pairs, beside one of single tokens: all at the pairs that it knows."""
    d_vocab = model.cfg.d_vocab
    keys = pair_keys(made_from, d_vocab)
    known = frequent(keys, seen, most)
    where, at = labels(pair_keys(tokens, d_vocab), known), labels(keys, known)
    by_pair = table(model, made_from, layer, at, len(known))
    others = dealt_within(at, token_keys(made_from), seed)
    by_luck = table(model, made_from, layer, others, len(known))
    single = frequent(known % d_vocab, 1)
    of_token = table(model, made_from, layer, labels(token_keys(made_from), single), len(single))
    mean = table(model, made_from, layer, everywhere(made_from), 1)
    token = torch.where(where >= 0, labels(token_keys(tokens), single), -1)
    return {
        "the mean": from_table(layer, mean, where.clamp_max(0)),
        "table by token": from_table(layer, of_token, token),
        "table by pair": from_table(layer, by_pair, where),
        "table by pair, pairs dealt anew": from_table(layer, by_luck, where),
    }


def ablations(
    model: TransformerBridge, made_from: Tensor, tokens: Tensor, layers: Sequence[int], seed: int
) -> dict[str, Change]:
    """Two changes for each layer, named "mean L" and "random L": the mean, and one of its size."""
    changes: dict[str, Change] = {}
    for layer, mean in zip(layers, _means(model, made_from, layers), strict=True):
        changes[f"mean {layer}"] = from_table(layer, mean[None], everywhere(tokens))
        changes[f"random {layer}"] = same_size(layer, mean, everywhere(tokens), seed)
    return changes


def _means(model: TransformerBridge, tokens: Tensor, layers: Sequence[int]) -> list[Tensor]:
    """The mean outputs [d_model] of some MLPs, without the first position."""
    names, sums = (
        [hook_name(layer) for layer in layers],
        [torch.zeros(()).to(tokens.device)] * len(layers),
    )
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(batch, names_filter=names)
        sums = [
            so_far + cache[name][:, 1:].sum((0, 1))
            for so_far, name in zip(sums, names, strict=True)
        ]
    return [one / tokens[:, 1:].numel() for one in sums]


def _predictions(
    model: TransformerBridge, tokens: Tensor, hooks: Sequence[tuple[str, Hook]] = ()
) -> Tensor:
    """Log-probabilities [passage, pos, d_vocab]."""
    with torch.no_grad():
        return model.run_with_hooks(tokens, fwd_hooks=list(hooks)).float().log_softmax(-1)


def _loss(predictions: Tensor, tokens: Tensor) -> Tensor:
    """Nats a token of each passage."""
    return -predictions[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0].mean(1)
