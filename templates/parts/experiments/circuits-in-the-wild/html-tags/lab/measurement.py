"""Which of the names a model closes, and whether that is decided by their order or by a liking."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, patching
from lab.pairs import END, Pair, encode, token_of
from lab.tags import Document, document

ROLES = ("inner", "outer", "closed")


def said(
    model: TransformerBridge, made: Sequence[Document], names: Sequence[str]
) -> dict[str, float]:
    """The share of prompts and twins in which a role's name has the highest logit of all `names`.

    "another": one that does not stand there. ValueError where a document does not fit the tokenizer.
    """
    pairs = encode(model, [one.pair for one in made])
    if pairs.dropped:
        raise ValueError(f"documents do not fit this model's tokenizer: {pairs.dropped}")
    ids = torch.tensor([token_of(model, name) for name in names], device=pairs.clean.device)
    counts = dict.fromkeys((*ROLES, "another"), 0)
    rows = torch.arange(len(pairs), device=ids.device)
    for tokens, swapped in ((pairs.clean, False), (pairs.corrupted, True)):
        logits = torch.cat(
            [
                patching.run(model, some)[torch.arange(len(some)), end][:, ids]
                for some, end in zip(
                    tokens.split(patching.ROWS), pairs.places[END].split(patching.ROWS), strict=True
                )
            ]
        )
        for row, best in zip(rows.tolist(), logits.argmax(-1).tolist(), strict=True):
            outer, inner, closed, _ = made[row]
            roles = (
                {inner: "outer", outer: "inner"} if swapped else {inner: "inner", outer: "outer"}
            )
            counts[({closed: "closed"} | roles).get(names[best], "another")] += 1
    return {role: n / (2 * len(pairs)) for role, n in counts.items()}


def against_closed(made: Sequence[Document]) -> list[Pair]:
    """Documents of "one closed last", each with a twin in which inner and closed name are exchanged.

    The answers are these two names. What closes the latest name is wrong in both prompts.
    """
    found = []
    for outer, inner, closed, pair in made:
        text = pair.clean.text.rpartition(">")[2].removesuffix("</")
        twin = document("one closed last", outer, closed, inner, text).pair.clean
        found.append(Pair(pair.clean, twin, inner, closed))
    return found


def leads(model: TransformerBridge, made: Sequence[Document], names: Sequence[str]) -> Tensor:
    """By how many logits the inner name leads the outer one: [outer, inner], NaN where there is none."""
    table = torch.full((len(names), len(names)), torch.nan)
    pairs = encode(model, [one.pair for one in made])
    if pairs.dropped:
        raise ValueError(f"documents do not fit this model's tokenizer: {pairs.dropped}")
    found, _ = behaviour.answers(model, pairs)
    for one, lead in zip(made, found, strict=True):
        table[names.index(one.outer), names.index(one.inner)] = lead
    return table


def order_and_habit(table: Tensor) -> tuple[float, float]:
    """A table of leads split into what the order gives and what a name gives wherever it stands.

    Order: the mean lead. Habit: the mean size of half the difference of a cell and its mirror image.
    """
    off = ~torch.eye(len(table), dtype=torch.bool)
    return table[off].mean().item(), ((table - table.T) / 2)[off].abs().mean().item()
