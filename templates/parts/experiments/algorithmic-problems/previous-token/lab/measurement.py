"""What 3.21 measures: what varies in the scores, by how much the predecessor leads, which waves are needed."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attention, rotary
from lab.data import Batch
from lab.training import accuracy


def leads(model: TransformerBridge, tokens: Tensor) -> Tensor:
    """Score of the key one back minus the best other key that the query sees: [batch, query].

    Taken from the pattern, whose log-ratios are differences of scores. Queries begin at position 2.
    """
    pattern = attention.patterns(model, tokens)[0, :, 0].clamp(min=1e-30).log()
    one_back = pattern.diagonal(-1, -2, -1)
    n = tokens.shape[1]
    rivals = torch.ones(n, n, dtype=torch.bool, device=tokens.device).tril()
    rivals &= ~torch.ones(n - 1, dtype=torch.bool, device=tokens.device).diag(-1)
    best = pattern.masked_fill(~rivals, -torch.inf).amax(-1)
    return (one_back - best[:, 1:])[:, 1:]


def positions_alone(model: TransformerBridge, context: int) -> tuple[Tensor, Tensor]:
    """Scores [query, key] and pattern of a model with learned positions that reads the mean token
    everywhere. Each row's mean over visible keys is taken out; keys to come are nan in the scores."""
    with torch.no_grad():
        here = model.W_pos[:context] + model.W_E.mean(0)
        scores = attention.qk_circuit(model, 0, 0, here, here)
    hidden = torch.ones_like(scores).triu(1).bool()
    seen = scores.masked_fill(hidden, torch.nan)
    return seen - seen.nanmean(1, keepdim=True), scores.masked_fill(hidden, -torch.inf).softmax(-1)


def spread_by_term(model: TransformerBridge, context: int) -> dict[str, float]:
    """How much each term of the score varies over keys: standard deviation, each query's mean taken out.

    A token is its difference from the mean token, which is counted to the positions. Two positions are
    a query and a key that it sees. "token x itself" is no spread: how far a token's score for itself lies
    from its mean over tokens, on average. It acts at every query, on the key at distance 0.
    """
    with torch.no_grad():
        mean = model.W_E.mean(0)
        kinds = {"position": model.W_pos[:context] + mean, "token": model.W_E - mean}
        queries = {name: one @ model.W_Q[0, 0] for name, one in kinds.items()}
        queries["position"] = queries["position"] + model.b_Q[0, 0]
        keys = {name: one @ model.W_K[0, 0] for name, one in kinds.items()}
        scale = model.cfg.d_head**0.5
        terms = {
            f"{q} x {k}": queries[q] @ keys[k].T / scale
            for q in ("position", "token")
            for k in keys
        }
    hidden = torch.ones_like(terms["position x position"]).triu(1).bool()
    found = {}
    for name, term in terms.items():
        if name == "position x position":
            term = term.masked_fill(hidden, torch.nan)
        centred = term - term.nanmean(1, keepdim=True)
        found[name] = centred[~centred.isnan()].std().item()
    return found | {"token x itself": centred.diagonal().mean().abs().item()}


def waves_by_distance(model: TransformerBridge, context: int) -> tuple[Tensor, Tensor, float]:
    """For a rotary model: waves of the mean score for another token [pair, distance], their amplitudes
    [pair], and the mean score of a token for itself, which is what stands at distance 0."""
    with torch.no_grad():
        query = model.W_E @ model.W_Q[0, 0] + model.b_Q[0, 0]
        key = model.W_E @ model.W_K[0, 0] + model.b_K[0, 0]
        distances = torch.arange(context, device=query.device)
        waves = rotary.score_at(query.mean(0), key.mean(0), model, distances)
        amplitude, _ = rotary.waves(query.mean(0), key.mean(0), model)
        itself = (query * key).sum(-1).mean() / model.cfg.d_head**0.5
    return waves, amplitude, itself.item()


def accuracy_with_waves(
    model: TransformerBridge, batch: Batch, kept: Tensor, times: float = 1.0
) -> float:
    """Accuracy of a rotary model when the query keeps the waves of these pairs [k], `times` as high, and
    no other."""
    keep = torch.zeros(model.cfg.d_head // 2, device=batch.tokens.device)
    keep[kept] = times

    def mask(query: Tensor, hook: object) -> Tensor:
        return query * keep.repeat_interleave(2)

    with torch.no_grad():
        logits = model.run_with_hooks(batch.tokens, fwd_hooks=[("blocks.0.attn.hook_q", mask)])
    return accuracy(logits, batch.targets)
