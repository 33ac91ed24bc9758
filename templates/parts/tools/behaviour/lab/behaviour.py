"""First measurements of a behaviour: can the model do it, which heads carry the answer, where they look.

A prompt counts as right if its own answer has the higher logit of the pair's two. Both prompts of a pair
are asked, so that a model that ignores what they differ in gets half of them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import patching
from lab.attribution import Head
from lab.pairs import END, Pairs
from lab.patching import ROWS


def answers(model: TransformerBridge, pairs: Pairs, *, rows: int = ROWS) -> tuple[Tensor, Tensor]:
    """By how many logits each prompt's own answer leads the other's: [pair] for clean, for corrupted."""
    ends = patching.both_ends(model, pairs, rows=rows)
    return ends.source, -ends.base


def accuracy(model: TransformerBridge, pairs: Pairs, *, rows: int = ROWS) -> float:
    """The share of prompts, clean and corrupted, whose own answer leads; 0.5 without looking."""
    return (torch.cat(answers(model, pairs, rows=rows)) > 0).float().mean().item()


def words_shuffled(pairs: Pairs, seed: int = 0) -> Pairs:
    """A control: the tokens of each prompt in random order, the same one in both prompts of a pair.

    A first token that all prompts share stays, and so does the last.
    """
    start = int((pairs.clean[:, 0] == pairs.clean[0, 0]).all())
    generator = torch.Generator().manual_seed(seed)
    order = torch.arange(pairs.clean.shape[1]).repeat(len(pairs), 1)
    for row, end in enumerate(pairs.places[END].tolist()):
        order[row, start:end] = start + torch.randperm(end - start, generator=generator)
    order = order.to(pairs.clean.device)
    return Pairs(
        pairs.clean.gather(1, order),
        pairs.corrupted.gather(1, order),
        pairs.right,
        pairs.wrong,
        {END: pairs.places[END]},
        pairs.dropped,
    )


def same_answer(pairs: Pairs) -> Pairs:
    """A control for patching: pairs whose clean prompt is another one that calls for the corrupted answer.

    Only prompts of equal length are exchanged, and none for a copy of itself, which would change nothing;
    those without a partner are left out. Raises ValueError where none has one.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for row, key in enumerate(zip(pairs.wrong.tolist(), pairs.places[END].tolist(), strict=True)):
        groups.setdefault(key, []).append(row)
    prompts = pairs.corrupted.tolist()
    partners: dict[int, int] = {}
    for group in groups.values():
        for place, row in enumerate(group):
            behind = group[place + 1 :] + group[:place]
            unlike = [one for one in behind if prompts[one] != prompts[row]]
            if unlike:
                partners[row] = unlike[0]
    if not partners:
        raise ValueError("no two prompts of equal length call for the same answer")
    kept, other = torch.tensor([*partners]), torch.tensor([*partners.values()])
    chosen = pairs.rows(kept)
    return Pairs(
        pairs.corrupted[other],
        chosen.corrupted,
        chosen.right,
        chosen.wrong,
        chosen.places,
        chosen.dropped,
    )


def chance_effects(
    model: TransformerBridge,
    pairs: Pairs,
    heads: Sequence[Head],
    place: str | None = END,
    *,
    rows: int = ROWS,
) -> Tensor:
    """What each head's effect is if its output comes from another prompt with the corrupted answer: [head].

    The unit is that of `patching.heads`. It is what changing everything but the answer does.
    """
    twins = same_answer(pairs)
    patches = [patching.head_patch(model, twins, [head], place) for head in heads]
    moved = patching.replaced(model, twins, patches, patching.other_run(model), rows=rows)
    ends = patching.both_ends(model, pairs, rows=rows)
    base = patching.both_ends(model, twins, rows=rows).base
    return (moved - base).mean(-1) / (ends.source.mean() - ends.base.mean())


def attention(
    model: TransformerBridge, tokens: Tensor, pairs: Pairs, head: Head, query: str = END
) -> dict[str, float]:
    """A head's mean attention from one place to every named place, to the first token and to the rest.

    tokens [pair, pos]: the clean or the corrupted prompts. A query that is itself a key is named so.
    """
    layer, number = head
    name = f"blocks.{layer}.attn.hook_pattern"
    found = {}
    rows = torch.arange(len(tokens), device=tokens.device)
    pattern = torch.cat(
        [patching.activations(model, part, [name])[name][:, number] for part in tokens.split(ROWS)]
    )
    seen = pattern[rows, pairs.places[query]]
    for place, at in pairs.places.items():
        found[place] = seen[rows, at].mean().item()
    named = torch.stack(list(pairs.places.values()))
    if not (named == 0).any():
        found["first token"] = seen[:, 0].mean().item()
    found["rest"] = 1 - sum(found.values())
    return found


def even_attention(pairs: Pairs, query: str = END) -> float:
    """What a head pays to each token if it attends evenly to all that it can see: the mean over prompts."""
    return (1 / (pairs.places[query] + 1).float()).mean().item()
