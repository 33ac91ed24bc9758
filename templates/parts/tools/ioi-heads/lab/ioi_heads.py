"""Heads of the IOI circuit, by one rule for all models: where they look, and what they write.

The classes are those of Interpretability in the Wild (Wang et al. 2022). S-inhibition is left out:
what makes it one is its effect on another head's queries, and not where it looks.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution, patching
from lab.attribution import Head
from lab.pairs import END, Pairs

ROWS = 16  # prompts at once
CLASSES = ("name mover", "negative name mover", "duplicate token", "induction")


def direct_effects(model: TransformerBridge, pairs: Pairs) -> Tensor:
    """What each head writes directly into the logit of IO minus that of S: [pair, layer, head].

    On the clean prompts, at the end, with the final LayerNorm at the scale of the unchanged run.
    """
    found = []
    for some in patching.batches(pairs, ROWS):
        _, cache = attribution.run(model, some.clean)
        effects = attribution.direct_effects(model, cache, some.right, some.wrong, some.places[END])
        found.append(
            torch.stack(
                [effects[f"L{layer}H{head}"] for layer, head in attribution.every_head(model)], 1
            )
        )
    return torch.cat(found).view(len(pairs), model.cfg.n_layers, model.cfg.n_heads)


def attention(model: TransformerBridge, tokens: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """Mean attention from one position of each prompt to another: [layer, head].

    tokens [batch, pos]; query, key [batch].
    """
    total = torch.zeros(model.cfg.n_layers, model.cfg.n_heads)
    for rows in torch.arange(len(tokens), device=tokens.device).split(ROWS):
        for layer, pattern in enumerate(_patterns(model, tokens[rows])):
            here = torch.arange(len(rows), device=tokens.device)
            total[layer] += pattern[here, :, query[rows], key[rows]].sum(0).float().cpu()
    return total / len(tokens)


def looks(model: TransformerBridge, pairs: Pairs, unrepeated: Pairs) -> dict[str, Tensor]:
    """How each head's attention goes the way of a class: [layer, head] each, -1 to 1.

    - name mover: from the end to IO, more than to the first S;
    - duplicate token: from the second S to the first, more than where a third name stands there;
    - induction: from the second S to the token behind the first, likewise.

    `unrepeated` are the same prompts as `pairs` with a third name at "s2" of the corrupted ones.
    """
    end, s1, s2 = (pairs.places[name] for name in (END, "s1", "s2"))
    clean, third = pairs.clean, unrepeated.corrupted
    its_s1, its_s2 = (unrepeated.places[name] for name in ("s1", "s2"))
    return {
        "name mover": attention(model, clean, end, pairs.places["io"])
        - attention(model, clean, end, s1),
        "duplicate token": attention(model, clean, s2, s1)
        - attention(model, third, its_s2, its_s1),
        "induction": attention(model, clean, s2, s1 + 1)
        - attention(model, third, its_s2, its_s1 + 1),
    }


def labels(
    direct: Tensor,
    looks: dict[str, Tensor],
    difference: float,
    *,
    look: float = 0.2,
    write: float = 0.02,
) -> dict[str, list[Head]]:
    """The heads of each class, by one rule for every model.

    direct [layer, head] is the mean direct effect, `difference` the mean logit difference. A name mover
    looks at IO by more than `look` and writes more than `write` of its size; a negative one
    writes as much against it. The others are told by where they look alone.
    """
    mover, least = looks["name mover"] > look, write * abs(difference)
    found = {
        "name mover": mover & (direct > least),
        "negative name mover": mover & (direct < -least),
        "duplicate token": looks["duplicate token"] > look,
        "induction": looks["induction"] > look,
    }
    return {
        name: [(int(layer), int(head)) for layer, head in chosen.nonzero()]
        for name, chosen in found.items()
    }


def _patterns(model: TransformerBridge, tokens: Tensor) -> Iterator[Tensor]:
    """The attention pattern [batch, head, query, key] of each layer."""
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.cfg.n_layers)]
    values = patching.activations(model, tokens, names)
    return (values[name] for name in names)
