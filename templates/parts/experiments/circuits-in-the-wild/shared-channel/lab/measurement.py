"""How full the residual stream is, whose outputs share its directions, what becomes of an old signal.

Streams are read before each layer and after the last, without the first position: many models keep
an activation there that is hundreds of times larger than elsewhere.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

BATCH = 16  # texts at once


def layers_read(model: TransformerBridge, most: int = 13) -> list[int]:
    """At most so many layers, evenly spread, before which streams are read; the last stands for "after
    the last layer"."""
    n = model.cfg.n_layers
    steps = min(n, most - 1)
    return [round(step * n / steps) for step in range(steps + 1)]


def streams(model: TransformerBridge, tokens: Tensor) -> Iterator[Tensor]:
    """The residual streams of texts [text, pos], a batch at a time: [layer read, text, pos - 1, d_model]."""
    n = model.cfg.n_layers
    names = [
        f"blocks.{layer}.hook_resid_pre" if layer < n else f"blocks.{n - 1}.hook_resid_post"
        for layer in layers_read(model)
    ]
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(batch, names_filter=names)
        yield torch.stack([cache[name][:, 1:] for name in names]).float()


def covariances(
    model: TransformerBridge, tokens: Tensor, change: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """The covariance of the stream's dimensions over all tokens: [layer read, d_model, d_model].

    `change` may alter the data of a batch [token, d_model] first, such as `dimensions_shuffled`.
    """
    n, total, products = 0, torch.zeros(()), torch.zeros(())
    for batch in streams(model, tokens):
        data = batch.flatten(1, 2)
        if change is not None:
            data = torch.stack([change(one) for one in data])
        n += data.shape[1]
        total = total.to(data) + data.sum(1)
        products = products.to(data) + data.transpose(1, 2) @ data
    mean = (total / n).double()
    return products.double() / n - mean[:, :, None] * mean[:, None]


def dimensions_shuffled(seed: int) -> Callable[[Tensor], Tensor]:
    """A control for data [token, d_model]: each dimension keeps its values, given to other tokens."""
    generator = torch.Generator().manual_seed(seed)

    def change(data: Tensor) -> Tensor:
        order = torch.rand(data.shape, generator=generator).argsort(0)
        return data.gather(0, order.to(data.device))

    return change


def components_needed(covariance: Tensor, share: float, standardised: bool = False) -> int:
    """How many principal components hold a share of the variance, for a covariance [d, d].

    `standardised` gives every dimension variance 1 first, so that a few large ones do not decide.
    """
    if standardised:
        deviation = covariance.diagonal().clamp_min(1e-12).sqrt()
        covariance = covariance / deviation[:, None] / deviation
    variances = torch.linalg.eigvalsh(covariance).flip(0).clamp_min(0)
    held = variances.cumsum(0) / variances.sum()
    return int((held < share).sum()) + 1


def write_spaces(model: TransformerBridge) -> Tensor:
    """An orthonormal basis of what each head can write: [layer, head, d_head, d_model]."""
    written = model.W_O.detach().float()
    return torch.linalg.qr(written.transpose(-1, -2)).Q.transpose(-1, -2)


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Mean squared cosine of the principal angles between subspaces: 1 the same, 0 orthogonal.

    Orthonormal bases [..., k, d_model] each; the mean over random subspaces is k / d_model.
    """
    return (one @ other.transpose(-1, -2)).square().sum((-1, -2)) / one.shape[-2]


def overlaps(spaces: Tensor) -> Tensor:
    """The mean overlap between the heads of every two layers, a head with itself left out: [layer, layer].

    spaces [layer, head, d_head, d_model].
    """
    n_layers, n_heads = spaces.shape[:2]
    found = torch.zeros(n_layers, n_layers)
    for a in range(n_layers):
        for b in range(a + 1):
            each = overlap(spaces[a][:, None], spaces[b][None])
            pairs = each[~torch.eye(n_heads, dtype=torch.bool)] if a == b else each
            found[a, b] = found[b, a] = pairs.mean()
    return found


def random_overlaps(spaces: Tensor, seed: int, alike: bool = False, n: int = 64) -> Tensor:
    """Overlaps [n] of pairs of random subspaces as large as a head's.

    `alike`: their vectors have the covariance of all heads' output vectors, so that only a common
    preference of all heads is left in them.
    """
    k, d_model = spaces.shape[-2:]
    drawn = torch.randn(2 * n, k, d_model, generator=torch.Generator().manual_seed(seed))
    if alike:
        vectors = spaces.flatten(0, 2).cpu()
        variances, directions = torch.linalg.eigh(vectors.T @ vectors / len(vectors))
        drawn = drawn * variances.clamp_min(0).sqrt() @ directions.T
    bases = torch.linalg.qr(drawn.transpose(-1, -2)).Q.transpose(-1, -2)
    return overlap(bases[:n], bases[n:])


def typical_size(model: TransformerBridge, tokens: Tensor, place: int) -> float:
    """The median norm of the stream at one of the layers read, given by its place among them."""
    return float(next(streams(model, tokens))[place].norm(dim=-1).median())


def random_directions(model: TransformerBridge, n: int, seed: int) -> Tensor:
    """n unit vectors [n, d_model], drawn evenly."""
    drawn = torch.randn(n, model.cfg.d_model, generator=torch.Generator().manual_seed(seed))
    return (drawn / drawn.norm(dim=-1, keepdim=True)).to(model.W_U.device)


def own_directions(
    model: TransformerBridge, tokens: Tensor, place: int, n: int, seed: int
) -> Tensor:
    """n unit vectors [n, d_model] from one token's stream to another's, at one of the layers read."""
    data = next(streams(model, tokens))[place].flatten(0, 1)
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[: 2 * n]
    between = data[order[:n].to(data.device)] - data[order[n:].to(data.device)]
    return between / between.norm(dim=-1, keepdim=True)


def kept(
    model: TransformerBridge, tokens: Tensor, place: int, direction: Tensor, size: float
) -> tuple[Tensor, Tensor]:
    """What is left of a vector that is added at one of the layers read, there and at all later ones.

    Absolute [layer read]: the change of the stream along the direction, as a share of what was added; 1
    is untouched. Relative: that share divided by how much the stream has grown since. The mean over
    the positions of the first texts of [text, pos] but their first; `direction` [d_model] of norm 1.
    """

    def add(stream: Tensor, hook: object) -> Tensor:
        changed = stream.clone()
        changed[:, 1:] += size * direction.to(stream.dtype)
        return changed

    batch = tokens[: BATCH // 2]
    before = next(streams(model, batch))[place:]
    name = f"blocks.{layers_read(model)[place]}.hook_resid_pre"
    with model.hooks(fwd_hooks=[(name, add)]):
        after = next(streams(model, batch))[place:]
    absolute = ((after - before) @ direction).mean((1, 2)) / size
    grown = before.norm(dim=-1).mean((1, 2))
    return absolute, absolute * grown[0] / grown


def if_left_alone(model: TransformerBridge, tokens: Tensor, place: int) -> Tensor:
    """What `kept` would give as the relative part of a vector that nobody touches: [layer read]."""
    grown = next(streams(model, tokens[: BATCH // 2]))[place:].norm(dim=-1).mean((1, 2))
    return grown[0] / grown


def spread(curves: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over curves [n] of one length."""
    stacked = torch.stack(list(curves))
    return stacked.mean(0), stacked.std(0)
