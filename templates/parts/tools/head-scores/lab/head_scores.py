"""Scores for every head of a language model: previous token, duplicate token, induction, copying.

The first three are attention on random tokens that repeat (In-context Learning and Induction Heads,
Olsson et al. 2022). The period is drawn anew for each sequence: with one period for all, a head that
looks a fixed distance back would pass for an induction head. Copying is read off what a head writes
(Wang et al. 2022, arXiv 2211.00593, section 3).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm
from transformer_lens import TransformerBridge

BATCH = 8  # sequences at a time; one layer's pattern of these is held in memory


class Scores(NamedTuple):
    """Mean attention [layer, head] to each kind of key, and of even attention as the control."""

    previous: Tensor  # the token before
    duplicate: Tensor  # earlier copies of the current token
    induction: Tensor  # tokens after earlier copies of the current token
    even: dict[str, float]


class Copying(NamedTuple):
    """Share of tokens [layer, head] whose own logit a head raises or lowers most, and by chance."""

    copied: Tensor  # own logit among the k highest
    suppressed: Tensor  # among the k lowest
    chance: float


def head_named(name: str, scores: Tensor) -> tuple[int, int]:
    """The head of a name such as L4H11, or the one with the highest score [layer, head].

    ValueError for a name that is none of them.
    """
    n_layers, n_heads = scores.shape
    if not name:
        return divmod(int(scores.argmax()), n_heads)
    found = re.fullmatch(r"L(\d+)H(\d+)", name)
    if found is None or int(found[1]) >= n_layers or int(found[2]) >= n_heads:
        raise ValueError(f"{name!r} is no head from L0H0 to L{n_layers - 1}H{n_heads - 1}")
    return int(found[1]), int(found[2])


def ordinary_tokens(model: TransformerBridge) -> Tensor:
    """Ids [n] of a vocabulary without special and added tokens, and without ids that only pad it."""
    kept = torch.ones(model.cfg.d_vocab, dtype=torch.bool)
    if model.tokenizer is not None:
        kept[len(model.tokenizer) :] = False
        kept[[*model.tokenizer.all_special_ids, *model.tokenizer.get_added_vocab().values()]] = (
            False
        )
    return kept.nonzero()[:, 0].to(model.W_U.device)


def repeated_tokens(
    model: TransformerBridge, n: int = 32, length: int = 50, seed: int = 0
) -> Tensor:
    """Random tokens that repeat to the end, with a period of their own in each sequence: [n, pos].

    The period is a fifth to a half of the length. A BOS stands before them where the model is used
    with one. ValueError if the context or the vocabulary is too small.
    """
    start = [model.tokenizer.bos_token_id] if _uses_bos(model) else []
    vocabulary = ordinary_tokens(model)
    length = min(length, model.cfg.n_ctx - len(start))
    if length < 4 or len(vocabulary) < length // 2:
        raise ValueError(
            f"no room for repeated tokens: {length} positions, {len(vocabulary)} tokens"
        )
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(n):
        period = int(torch.randint(max(2, length // 5), length // 2 + 1, (1,), generator=generator))
        drawn = vocabulary[torch.randperm(len(vocabulary), generator=generator)[:period]]
        rows.append(drawn.repeat(length // period + 1)[:length])
    first = torch.tensor(start, dtype=torch.long, device=vocabulary.device).expand(n, len(start))
    return torch.cat([first, torch.stack(rows)], dim=1)


def attention_scores(
    model: TransformerBridge, tokens: Tensor | None = None, batch: int = BATCH
) -> Scores:
    """Scores of all heads on tokens [n, pos], or on `repeated_tokens`.

    Each is the attention to all keys of that kind, a mean over the queries whose token came before.
    ValueError if no token repeats.
    """
    tokens = repeated_tokens(model) if tokens is None else tokens
    sums = torch.zeros(3, model.cfg.n_layers, model.cfg.n_heads)
    even, n_queries = torch.zeros(3), 0

    def add(layer: int, kinds: Tensor, queries: Tensor) -> Callable[[Tensor, object], None]:
        def hook(pattern: Tensor, hook: object) -> None:  # [batch, head, query, key]
            paid = torch.einsum("bhqk,sbqk->sbhq", pattern.float(), kinds)
            sums[:, layer] += torch.einsum("sbhq,bq->sh", paid, queries).cpu()

        return hook

    for some in tqdm(tokens.split(batch), desc="head scores", leave=False):
        kinds, queries = _keys(some)
        hooks = [
            (f"blocks.{layer}.attn.hook_pattern", add(layer, kinds, queries))
            for layer in range(model.cfg.n_layers)
        ]
        with torch.no_grad():
            model.run_with_hooks(some, fwd_hooks=hooks)
        visible = torch.arange(1, some.shape[1] + 1, device=some.device)
        even += ((kinds.sum(-1) / visible) * queries).sum((1, 2)).cpu()
        n_queries += int(queries.sum())
    if not n_queries:
        raise ValueError("no token of these sequences comes twice")
    names = ("previous", "duplicate", "induction")
    chance = {name: float(one) / n_queries for name, one in zip(names, even, strict=True)}
    previous, duplicate, induction = sums / n_queries
    return Scores(previous, duplicate, induction, chance)


def copying_scores(
    model: TransformerBridge,
    tokens: Tensor | None = None,
    k: int = 5,
    *,
    through_mlp0: bool = False,
    batch: int = 64,
) -> Copying:
    """Does a head that attends to a token raise that token's logit? For tokens [n], or 100 random ones.

    The token's embedding, or with `through_mlp0` the stream after the first MLP, is what the head
    reads; the logits are those of what it writes alone, without the final LayerNorm's bias.
    """
    if tokens is None:
        vocabulary = ordinary_tokens(model)
        drawn = torch.randperm(len(vocabulary), generator=torch.Generator().manual_seed(0))
        tokens = vocabulary[drawn[:100].to(vocabulary.device)]
    counts = torch.zeros(2, model.cfg.n_layers, model.cfg.n_heads)
    bar = tqdm(total=counts[0].numel() * len(tokens), desc="copying", leave=False)
    for some in tokens.split(batch):
        for layer, written in enumerate(written_by_heads(model, some, through_mlp0=through_mlp0)):
            for head in range(model.cfg.n_heads):
                logits = direct_logits(model, written[:, head])
                own = logits.gather(1, some[:, None])
                # a tie counts against: a head that writes nothing copies nothing
                counts[0, layer, head] += ((logits >= own).sum(1) <= k).sum().cpu()
                counts[1, layer, head] += ((logits <= own).sum(1) <= k).sum().cpu()
                bar.update(len(some))
    bar.close()
    copied, suppressed = counts / len(tokens)
    return Copying(copied, suppressed, k / model.cfg.d_vocab)


def written_by_heads(
    model: TransformerBridge, tokens: Tensor, *, through_mlp0: bool = False
) -> list[Tensor]:
    """What each head writes when it attends to a token [n] alone: [n, head, d_model] for each layer.

    A prompt of one token can attend to nothing else, so the model itself applies its LayerNorm, its
    biases and shared values; each layer is given the token's embedding, without a position.
    """
    streams = [f"blocks.{layer}.hook_resid_pre" for layer in range(model.cfg.n_layers)]
    outputs = [f"blocks.{layer}.attn.hook_z" for layer in range(model.cfg.n_layers)]

    def nothing(value: Tensor, hook: object) -> Tensor:
        return torch.zeros_like(value)

    silent = [("hook_pos_embed", nothing)] if "hook_pos_embed" in model.hook_dict else []
    read = streams[0]
    if through_mlp0:
        silent.append(("blocks.0.hook_attn_out", nothing))
        read = "blocks.0.hook_resid_post"
    with torch.no_grad():
        with model.hooks(fwd_hooks=silent):
            _, cache = model.run_with_cache(tokens[:, None], names_filter=[read])
        given = cache[read]
        replace = [(name, lambda value, hook: given.clone()) for name in streams]
        with model.hooks(fwd_hooks=replace):
            _, cache = model.run_with_cache(tokens[:, None], names_filter=outputs)
        return [
            torch.einsum("nhd,hdm->nhm", cache[name][:, 0], block.attn.W_O)
            for name, block in zip(outputs, model.blocks, strict=True)
        ]


def _uses_bos(model: TransformerBridge) -> bool:
    """Whether this model's prompts begin with a BOS."""
    has_one = model.tokenizer is not None and model.tokenizer.bos_token_id is not None
    return has_one and bool(model.cfg.default_prepend_bos)


def _keys(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Which keys are of each kind [kind, batch, query, key], and which queries count [batch, query].

    A query counts if its token came before.
    """
    size = tokens.shape[1]
    later = torch.ones(size, size, dtype=torch.bool, device=tokens.device)
    previous = torch.diag(later[0, 1:], -1).expand(len(tokens), -1, -1)
    duplicate = (tokens[:, :, None] == tokens[:, None]) & later.tril(-1)
    induction = (
        duplicate.roll(1, -1) & later.tril()
    )  # the key after a copy, at most the query itself
    induction[..., 0] = False
    kinds = torch.stack([previous, duplicate, induction]).float()
    return kinds, duplicate.any(-1).float()


def direct_logits(
    model: TransformerBridge, written: Tensor, answers: Tensor | None = None
) -> Tensor:
    """Logits [n, answer] of what is written [n, d_model], up to the final LayerNorm's scale.

    answers [answer]: the ids that are asked for; without them all of the vocabulary.
    """
    with torch.no_grad():
        if model.cfg.normalization_type is not None:
            if not model.cfg.normalization_type.startswith("RMS"):
                written = written - written.mean(-1, keepdim=True)
            written = written * model.ln_final.weight
        return written @ (model.W_U if answers is None else model.W_U[:, answers])
