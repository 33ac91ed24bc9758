"""What a model writes first in an address, and which form of a name a head raises."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import head_scores, patching
from lab.addresses import Person, asked
from lab.attribution import Head
from lab.pairs import END, Prompt, token_of


def logits_at_end(model: TransformerBridge, prompts: Sequence[Prompt]) -> Tensor:
    """The logits of the next token: [prompt, d_vocab]. ValueError as `asked`."""
    pairs = asked(model, prompts)
    found = []
    for some in patching.batches(pairs, patching.ROWS):
        rows = torch.arange(len(some), device=some.clean.device)
        found.append(patching.run(model, some.clean)[rows, some.places[END]].float().cpu())
    return torch.cat(found)


def written_first(
    model: TransformerBridge, logits: Tensor, some: Sequence[Person]
) -> dict[str, float]:
    """Which form of whose name is the likeliest among all forms of all these people's names: shares.

    "another": of somebody else. Forms that are not one token are left out; capitals stand for the name as
    it is.
    """
    forms = forms_of(model, some)
    ids = torch.tensor([*forms.values()])
    counts = dict.fromkeys(("first name", "First name", "surname", "Surname", "another"), 0)
    for (first, surname), best in zip(some, logits[:, ids].argmax(-1).tolist(), strict=True):
        names = {first.lower(): "first name", first: "First name"}
        names |= {surname.lower(): "surname", surname: "Surname"}
        counts[names.get([*forms][best], "another")] += 1
    return {name: n / len(some) for name, n in counts.items()}


def forms_of(model: TransformerBridge, some: Sequence[Person]) -> dict[str, int]:
    """The token of each form of these people's names, lower case and as it is, that is one token."""
    names = [cased(name) for person in some for name in person for cased in (str.lower, str)]
    found = {name: token_of(model, name) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def first_above_surname(model: TransformerBridge, logits: Tensor, some: Sequence[Person]) -> float:
    """The share of people whose first name in lower case has a higher logit than their surname."""
    higher = [
        bool(row[token_of(model, first.lower())] > row[token_of(model, surname.lower())])
        for row, (first, surname) in zip(logits, some, strict=True)
    ]
    return sum(higher) / len(higher)


def ids_of(model: TransformerBridge, forms: Sequence[str]) -> Tensor:
    """The token of each form of a name, -1 where it is not one token: [name]."""
    found = [token_of(model, form) for form in forms]
    return torch.tensor([-1 if one is None else one for one in found], device=model.W_U.device)


def raised_forms(
    model: TransformerBridge, names: Sequence[str], heads: Sequence[Head], k: int = 10
) -> dict[Head, dict[str, float]]:
    """What a head raises if it sees a capitalised name alone, as the first MLP leaves it.

    The share of names whose form is among the k highest logits: "lower", "Capital" (without a space),
    "another's lower" (the next name's, the control); and the mean of lower minus Capital, in logits up
    to the final LayerNorm's scale, over names whose capitalised form is one token.
    """
    lower, capital = (ids_of(model, [cased(name) for name in names]) for cased in (str.lower, str))
    written = head_scores.written_by_heads(
        model, ids_of(model, [f" {name}" for name in names]), through_mlp0=True
    )
    both = capital >= 0
    found = {}
    for layer, head in heads:
        logits = head_scores.direct_logits(model, written[layer][:, head])
        # strictly above: a head that writes nothing raises nothing
        least = logits.topk(k + 1).values[:, -1:]

        def among(ids: Tensor, logits: Tensor = logits, least: Tensor = least) -> float:
            there = logits.gather(1, ids.clamp(min=0)[:, None]) > least
            return (there[:, 0] & (ids >= 0)).float().mean().item()

        own, as_it_was = (
            logits.gather(1, ids.clamp(min=0)[:, None])[:, 0] for ids in (lower, capital)
        )
        found[layer, head] = {
            "lower": among(lower),
            "Capital": among(capital),
            "another's lower": among(lower.roll(1)),
            "lower minus Capital": (own - as_it_was)[both].mean().item(),
        }
    return found
