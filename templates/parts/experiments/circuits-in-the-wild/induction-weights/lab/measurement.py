"""What one attention head matches and copies, from its weights, and how far that predicts its attention.

Weights are those that the residual stream sees: LayerNorm's gain folded in, means that it removes taken
out. Models that turn queries and keys by position (rotary) are refused: their scores are no bilinear form
of two streams.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import folded, head_scores

Head = tuple[int, int]
LEAST = 4  # keys that a query needs for a correlation


class Weights(NamedTuple):
    """One head, as the residual stream sees it."""

    q: Tensor  # [d_model, d_head]
    q_bias: Tensor  # [d_head]
    k: Tensor  # [d_model, d_head]
    v: Tensor  # [d_model, d_head]
    o: Tensor  # [d_head, d_model]


def weights(model: TransformerBridge, head: Head) -> Weights:
    """The weights of a head; ValueError in a model with rotary positions."""
    if model.cfg.positional_embedding_type == "rotary":
        raise ValueError(
            "this model turns queries and keys by position (rotary): its attention cannot be read off "
            "these weights alone. GPT-2, GPT-Neo, OPT and the toy language models have learned positions."
        )
    layer, index = head
    block = model.blocks[layer]
    gain, bias = folded.gain(block, "ln1", model), _bias(block, model)
    q, k, v = (getattr(block.attn, name)[index].detach().float() for name in ("W_Q", "W_K", "W_V"))
    own = getattr(block.attn, "b_Q", None)  # GPT-Neo has none
    q_bias = bias @ q if own is None else bias @ q + own[index].detach().float()
    q, k, v = (folded.centred(model, (one * gain[:, None]).T).T for one in (q, k, v))
    o = folded.centred(model, block.attn.W_O[index].detach().float())
    return Weights(q, q_bias, k, v, o)


def token_streams(model: TransformerBridge, ids: Tensor) -> Tensor:
    """The stream of tokens [n] behind the first MLP, of LayerNorm's size: [n, d_model].

    Each alone, without a position and without attention: a function of the token. In a model without MLPs
    it is the embedding.
    """

    def nothing(value: Tensor, hook: object) -> Tensor:
        return torch.zeros_like(value)

    name = "blocks.0.hook_resid_post"
    silent = [
        (name, nothing)
        for name in ("hook_pos_embed", "blocks.0.hook_attn_out")
        if name in model.hook_dict
    ]
    found, rows = ids.unique(return_inverse=True)
    each = []
    for some in found.split(256):
        with torch.no_grad(), model.hooks(fwd_hooks=silent):
            _, cache = model.run_with_cache(some[:, None], names_filter=name)
        each.append(cache[name][:, 0].float())
    stream = torch.cat(each)
    if model.cfg.normalization_type is not None:
        stream = folded.centred(model, stream)
        stream = stream / stream.norm(dim=1, keepdim=True).clamp_min(1e-6)
        stream = stream * model.cfg.d_model**0.5
    return stream[rows]


def copied(
    model: TransformerBridge, tokens: Tensor, layer: int, k: int, *, through_mlp0: bool
) -> tuple[Tensor, Tensor]:
    """Among how many of the tokens [n] a head's output has the token's own logit in the k highest.

    Two tensors [head] for a layer's heads: for what each writes when it attends to the token alone, and as
    a control for what it writes for the next of these tokens instead. A head that raises the same tokens
    whatever it reads scores alike in both. What it reads is the embedding, or with `through_mlp0` the
    stream after the first MLP.
    """
    written = head_scores.written_by_heads(model, tokens, through_mlp0=through_mlp0)[layer]
    found = torch.zeros(2, model.cfg.n_heads)
    for head in range(model.cfg.n_heads):
        logits = head_scores.direct_logits(model, written[:, head])
        for row, own in enumerate((tokens, tokens.roll(1))):
            # a tie counts against: a head that writes nothing copies nothing
            hits = (logits >= logits.gather(1, own[:, None])).sum(1) <= k
            found[row, head] = hits.float().mean()
    return found[0], found[1]


def composition(reader: Weights, writer: Weights) -> float:
    """K-composition: the norm of the product of a reader's QK and a writer's OV matrix, over theirs.

    A Mathematical Framework for Transformer Circuits (Elhage et al. 2021), section on composition.
    """
    qk, ov = _norm(reader.q, reader.k), _norm(writer.v, writer.o.T)
    return _norm(reader.q @ (reader.k.T @ writer.o.T), writer.v) / max(qk * ov, 1e-12)


def turned(writer: Weights, turn: Tensor) -> Weights:
    """A control: the same head, its output turned [d_model, d_model]. The spectrum of its OV matrix stays."""
    return writer._replace(o=writer.o @ turn.to(writer.o))


def random_turn(d_model: int, seed: int) -> Tensor:
    """An orthogonal matrix drawn evenly, [d_model, d_model]."""
    drawn = torch.randn(d_model, d_model, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn).Q


def earlier(head: Head, n_heads: int) -> list[Head]:
    """The heads of the layers before a head's."""
    return [(layer, index) for layer in range(head[0]) for index in range(n_heads)]


def compositions(
    model: TransformerBridge, head: Head, n_draws: int, seed: int
) -> tuple[dict[Head, float], dict[Head, float]]:
    """K-composition of a head with every earlier one, and the mean over turned copies of that one."""
    reader = weights(model, head)
    turns = [random_turn(model.cfg.d_model, seed + draw) for draw in range(n_draws)]
    real, control = {}, {}
    for one in earlier(head, model.cfg.n_heads):
        writer = weights(model, one)
        real[one] = composition(reader, writer)
        control[one] = sum(composition(reader, turned(writer, turn)) for turn in turns) / n_draws
    return real, control


def real_scores(model: TransformerBridge, tokens: Tensor, head: Head) -> Tensor:
    """Queries times keys of a head, before the softmax and up to a factor: [prompt, query, key].

    The positions are those of the tokens [prompt, pos]; later keys than the query are in it.
    """
    layer, index = head
    names = [f"blocks.{layer}.attn.hook_{which}" for which in "qk"]
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens, names_filter=names)
    query, key = (cache[name][:, :, index].float() for name in names)
    return query @ key.transpose(1, 2)


def predicted_scores(
    model: TransformerBridge, tokens: Tensor, head: Head, writers: Sequence[Head]
) -> Tensor:
    """Scores from weights alone: the query's token against the token before the key, [prompt, query, key].

    The token before reaches the key through the OV matrices of `writers`, whole, as if each attended to
    nothing else. With no writers it is the key's own token instead, as the stream has it.
    """
    reader = weights(model, head)
    streams = token_streams(model, tokens.flatten()).view(*tokens.shape, -1)
    query = streams @ reader.q + reader.q_bias
    if writers:
        before = streams.roll(1, dims=1)
        carried = sum(before @ one.v @ one.o for one in (weights(model, each) for each in writers))
    else:
        carried = streams
    return query @ (carried @ reader.k).transpose(1, 2)


def same_token(tokens: Tensor) -> Tensor:
    """A rule without weights: 1 where the token before the key is the query's, else 0. [prompt, query, key]."""
    return (tokens[:, :, None] == tokens.roll(1, dims=1)[:, None, :]).float()


def agreement(real: Tensor, predicted: Tensor) -> float:
    """Mean over queries of the correlation of two scores [prompt, query, key] over the keys up to it.

    Within a query, since softmax ignores what all its keys share. The first key is left out: nothing stands
    before it, and many heads rest there. Queries with fewer than LEAST keys do not count.
    """
    each = []
    for query in range(LEAST, real.shape[1]):
        a, b = (
            one[:, query, 1 : query + 1] - one[:, query, 1 : query + 1].mean(-1, keepdim=True)
            for one in (real, predicted)
        )
        sizes = (a.norm(dim=-1) * b.norm(dim=-1)).clamp_min(1e-9)
        each.append((a * b).sum(-1) / sizes)
    return float(torch.stack(each).mean())


def right_keys(scores: Tensor, tokens: Tensor) -> tuple[float, float]:
    """How often the highest key of a query stands behind an earlier copy of the query's token, and by chance.

    scores [prompt, query, key]; the first key is left out, queries whose token came at the first position
    or not before are, too. ValueError if no token repeats.
    """
    hits, chance, n = 0.0, 0.0, 0
    ids = tokens.tolist()
    for row, one in enumerate(ids):
        for query in range(2, len(one)):
            targets = {key + 1 for key in range(query) if one[key] == one[query]}
            if targets and query not in targets:
                highest = int(scores[row, query, 1 : query + 1].argmax()) + 1
                hits, chance, n = hits + (highest in targets), chance + len(targets) / query, n + 1
    if not n:
        raise ValueError("no token of these sequences comes twice")
    return hits / n, chance / n


def others(head: Head, n_heads: int, but: Sequence[Head], n: int, seed: int) -> list[Head]:
    """A control: n heads drawn from the layers before a head's, all but these; fewer if there are no more."""
    rest = [one for one in earlier(head, n_heads) if one not in but]
    order = torch.randperm(len(rest), generator=torch.Generator().manual_seed(seed))
    return [rest[i] for i in order[:n].tolist()]


def _bias(block: object, model: TransformerBridge) -> Tensor:
    """The bias [d_model] of a layer's first LayerNorm; zeros where there is none."""
    norm = getattr(block, "ln1", None)
    value = getattr(getattr(norm, "original_component", norm), "bias", None)
    zeros = torch.zeros(model.cfg.d_model, device=model.W_U.device)
    return zeros if value is None else value.detach().float()


def _norm(left: Tensor, right: Tensor) -> float:
    """The Frobenius norm of left [n, k] times the transpose of right [m, k], without the product."""
    return float(((left.T @ left) * (right.T @ right)).sum().clamp_min(0).sqrt())
