"""What 3.1 measures: what is written after a prefix out of order, where a head looks, what decides it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformer_lens import TransformerBridge

from lab import attention
from lab.task import Sorting
from lab.training import predict

RULES = ("next larger than the last", "smallest not yet written", "what belongs in this place")


def rules_followed(
    network: nn.Module, task: Sorting, tokens: Tensor
) -> dict[str, dict[str, float]]:
    """The share of answers that follow each of RULES, after two kinds of prefixes out of order.

    "one skipped": the two smallest, then the fourth. "one written again": the two smallest, then
    the smallest again. The rules name three different numbers there; on sorted prefixes they agree.
    tokens [batch, pos] are lists of the task's one length, of at least 5.
    """
    length = task.lengths[0]
    ordered = tokens[:, 1 : length + 1].sort(1).values
    first, here = length + 2, length + 4  # the places of the first and third number written
    prefixes = {"one skipped": ((0, 1, 3), (4, 2, 3)), "one written again": ((0, 1, 0), (1, 2, 3))}
    shares = {}
    for name, (written, answers) in prefixes.items():
        changed = tokens.clone()
        changed[:, first : here + 1] = ordered[:, list(written)]
        said = predict(network, changed)[:, here].argmax(-1)
        named = [(said == ordered[:, answer]).float().mean().item() for answer in answers]
        shares[name] = dict(zip(RULES, named, strict=True))
    return shares


def by_value(model: TransformerBridge, task: Sorting, tokens: Tensor) -> Tensor:
    """Attention from the sorted half to the list, keys from small to large: [head, batch, place, rank]."""
    length = task.lengths[0]
    rank = tokens[:, 1 : length + 1].argsort(1)
    to_list = attention.patterns(model, tokens)[0, :, :, -length:, 1 : length + 1]
    return to_list.gather(-1, rank[:, None, None].expand_as(to_list)).transpose(0, 1)


def score_parts(
    model: TransformerBridge, task: Sorting, tokens: Tensor, head: int
) -> dict[str, Tensor]:
    """A head's scores from the sorted half to the list, as a sum of what queries and keys know.

    Each part is [batch, place, slot]; a term that all slots share is left out, since the softmax ignores
    it. What a query knows at every place alike counts as its token's. Without LayerNorm in the model the
    parts add up to the scores exactly.
    """
    length = task.lengths[0]
    places, slots = slice(length + 1, 2 * length + 1), slice(1, length + 1)
    with torch.no_grad():
        always, by_place = _place_queries(model, task, head)
        by_token = model.W_E[tokens[:, places]] @ model.W_Q[0, head] + always
        queries = {"token": by_token, "place": by_place[None]}
        keys = {"token": model.W_E[tokens[:, slots]], "place": model.W_pos[slots][None]}
        keys = {name: k @ model.W_K[0, head] for name, k in keys.items()}
        parts = {
            f"{q} x {k}": queries[q] @ keys[k].transpose(1, 2) / model.cfg.d_head**0.5
            for q in queries
            for k in keys
        }
    shape = (len(tokens), length, length)
    return {
        name: (part - part.mean(-1, keepdim=True)).expand(shape) for name, part in parts.items()
    }


def _place_queries(model: TransformerBridge, task: Sorting, head: int) -> tuple[Tensor, Tensor]:
    """What a query knows wherever it stands in the sorted half [d_head], and what each place adds
    [place, d_head]. A vector moved from all places to all tokens leaves the model, and these, as they are."""
    length = task.lengths[0]
    by_place = model.W_pos[length + 1 : 2 * length + 1] @ model.W_Q[0, head]
    return by_place.mean(0) + model.b_Q[0, head], by_place - by_place.mean(0)


def token_circuit(model: TransformerBridge, task: Sorting, head: int) -> Tensor:
    """How much a head wants each number after each token, places aside, the mean of a row taken out:
    [d_vocab, n_numbers]."""
    with torch.no_grad():
        always, _ = _place_queries(model, task, head)
        query = model.W_E @ model.W_Q[0, head] + always
        keys = model.W_E[: task.n_numbers] @ model.W_K[0, head]
        circuit = query @ keys.T / model.cfg.d_head**0.5
    return circuit - circuit.mean(1, keepdim=True)


def picked(score: Tensor, task: Sorting, tokens: Tensor) -> float:
    """How often the slot of the highest score [batch, place, slot] holds the number to write."""
    length = task.lengths[0]
    numbers = tokens[:, 1 : length + 1]
    return (numbers.gather(1, score.argmax(-1)) == numbers.sort(1).values).float().mean().item()


class Forced(NamedTuple):
    """What is written at places that look at one number alone, as shares of places."""

    right: float  # the number that belongs there
    copied: float  # the number that is looked at


def head_on_the_diagonal(looked: Tensor) -> int:
    """The head that looks most at the number to write, from `by_value` [head, batch, place, rank]."""
    return int(looked.diagonal(dim1=-2, dim2=-1).mean((1, 2)).argmax())


def if_it_looked_at(
    model: TransformerBridge, task: Sorting, tokens: Tensor, slot: Tensor
) -> Forced:
    """What is written when every head looks, from each sorted place, at one slot [batch, place] alone."""
    length = task.lengths[0]

    def look(pattern: Tensor, hook: object) -> Tensor:
        one_hot = torch.nn.functional.one_hot(slot + 1, pattern.shape[-1]).to(pattern)
        rest = pattern[:, :, :-length]
        return torch.cat([rest, one_hot[:, None].expand(-1, pattern.shape[1], -1, -1)], dim=2)

    with torch.no_grad():
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", look)])
    said, numbers = logits[:, -length:].argmax(-1), tokens[:, 1 : length + 1]
    wanted = {"right": numbers.sort(1).values, "copied": numbers.gather(1, slot)}
    return Forced(**{name: (said == one).float().mean().item() for name, one in wanted.items()})
