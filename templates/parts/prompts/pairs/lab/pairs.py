"""Pairs of prompts that differ in one thing and call for two answers, as tokens.

Whatever is patched from one prompt of a pair into the other must stand at the same position in both.
So a pair is used only if its prompts, and each named place in them, line up token for token.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from string import Formatter
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

END = "end"  # the place that every prompt has: its last token, where the answer is predicted


class Prompt(NamedTuple):
    """A text, and the places in it that have a name: first and last character + 1."""

    text: str
    spans: dict[str, tuple[int, int]]


class Pair(NamedTuple):
    """Two prompts that differ in one thing, with the answer to each, leading space included."""

    clean: Prompt
    corrupted: Prompt
    right: str
    wrong: str


def fill(template: str, **words: str) -> Prompt:
    """A template such as "When {a} and {b} went" with its fields filled in; each is a named place.

    Raises KeyError for a field without a word.
    """
    text, spans = "", {}
    for before, field, _, _ in Formatter().parse(template):
        text += before
        if field is not None:
            spans[field] = (len(text), len(text) + len(words[field]))
            text += words[field]
    return Prompt(text, spans)


@dataclass(frozen=True)
class Pairs:
    """Pairs under one tokenizer, padded on the right, which a causal model does not see.

    clean, corrupted [pair, pos]; right, wrong [pair]: ids of the answers to each; places: by name the
    position of a place's last token [pair]; dropped: how many pairs did not fit, by reason.
    """

    clean: Tensor
    corrupted: Tensor
    right: Tensor
    wrong: Tensor
    places: dict[str, Tensor]
    dropped: dict[str, int]

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.clean)

    def rows(self, index: Tensor | slice) -> "Pairs":
        """Those pairs that an index or a mask over them selects."""
        tensors = ("clean", "corrupted", "right", "wrong")
        chosen = {
            one.name: getattr(self, one.name)[index] for one in fields(self) if one.name in tensors
        }
        return replace(
            self, **chosen, places={name: one[index] for name, one in self.places.items()}
        )

    def difference(self, logits: Tensor) -> Tensor:
        """Logit of the clean answer minus that of the corrupted one at the end: [pair].

        logits [pair, pos, d_vocab].
        """
        rows = torch.arange(len(self), device=logits.device)
        here = logits[rows, self.places[END]]
        return here[rows, self.right] - here[rows, self.wrong]


def encode(model: TransformerBridge, pairs: Iterable[Pair]) -> Pairs:
    """The pairs that fit the model's tokenizer, on the model's device.

    Dropped and counted are those whose answers are not one token each, or the same, and those whose
    prompts or places do not line up. Raises ValueError where nothing is left.
    """
    kept, dropped = [], Counter[str]()
    for pair in pairs:
        one = _encode_one(model, pair)
        if isinstance(one, str):
            dropped[one] += 1
        else:
            kept.append(one)
    if not kept:
        raise ValueError(f"no pair fits this model's tokenizer: {dict(dropped)}")
    names = set.intersection(*(set(one.places) for one in kept))
    device = model.W_U.device
    return Pairs(
        clean=_padded([one.clean for one in kept], device),
        corrupted=_padded([one.corrupted for one in kept], device),
        right=torch.tensor([one.right for one in kept], device=device),
        wrong=torch.tensor([one.wrong for one in kept], device=device),
        places={
            name: torch.tensor([one.places[name] for one in kept], device=device)
            for name in kept[0].places
            if name in names
        },
        dropped=dict(dropped),
    )


def summary(pairs: Pairs) -> str:
    """How many pairs there are, how long, and what was dropped, in one line."""
    lengths = pairs.places[END] + 1
    lost = ", ".join(f"{n} {reason}" for reason, n in pairs.dropped.items()) or "none"
    return f"{len(pairs)} pairs of {int(lengths.min())} to {int(lengths.max())} tokens; dropped: {lost}"


def token_of(model: TransformerBridge, answer: str) -> int | None:
    """The id of an answer that is one token for this model, or None."""
    ids = _ids(model, answer)[0]
    return ids[0] if len(ids) == 1 else None


class _Encoded(NamedTuple):
    clean: list[int]
    corrupted: list[int]
    right: int
    wrong: int
    places: dict[str, int]


def _encode_one(model: TransformerBridge, pair: Pair) -> _Encoded | str:
    """The ids of a pair, or why it does not fit."""
    right, wrong = token_of(model, pair.right), token_of(model, pair.wrong)
    if right is None or wrong is None:
        return "answers of several tokens"
    if right == wrong:
        return "two equal answers"
    (clean, places), (corrupted, its_places) = (
        _placed(model, prompt) for prompt in (pair.clean, pair.corrupted)
    )
    if len(clean) != len(corrupted):
        return "prompts of unequal length"
    if places != its_places:
        return "places that do not line up"
    return _Encoded(clean, corrupted, right, wrong, places)


def _placed(model: TransformerBridge, prompt: Prompt) -> tuple[list[int], dict[str, int]]:
    """The ids of a prompt, after a BOS where the model is used with one, and where its places end."""
    ids, spans = _ids(model, prompt.text)
    first = [model.tokenizer.bos_token_id] if model.cfg.default_prepend_bos else []
    places = {
        name: len(first) + max(i for i, (low, high) in enumerate(spans) if low < end <= high)
        for name, (_, end) in prompt.spans.items()
    }
    return first + ids, places | {END: len(first) + len(ids) - 1}


def _ids(model: TransformerBridge, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """The ids of a text, and the characters that each covers; nothing added in front."""
    coded = model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return coded.input_ids, coded.offset_mapping


def _padded(rows: list[list[int]], device: torch.device) -> Tensor:
    """Rows of ids as one tensor, each filled up with its own last token."""
    longest = max(map(len, rows))
    return torch.tensor([row + row[-1:] * (longest - len(row)) for row in rows], device=device)
