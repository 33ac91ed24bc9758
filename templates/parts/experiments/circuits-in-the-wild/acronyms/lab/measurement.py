"""Which capital a model writes next in an acronym, where its heads look, and which of them spell."""

from collections import Counter
from collections.abc import Sequence
from string import ascii_uppercase

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, head_scores, patching
from lab.acronyms import Name, asked, letter_ids
from lab.attribution import Head
from lab.pairs import END, Prompt, token_of

SAID = ("of word 1", "of word 2", "of word 3", "another")


def letter_logits(model: TransformerBridge, prompts: Sequence[Prompt]) -> Tensor:
    """The logit of each capital at the end: [prompt, 26]. ValueError as `asked`."""
    pairs, ids = asked(model, prompts), letter_ids(model)
    found = []
    for some in patching.batches(pairs, patching.ROWS):
        rows = torch.arange(len(some), device=some.clean.device)
        found.append(patching.run(model, some.clean)[rows, some.places[END]][:, ids].float())
    return torch.cat(found).cpu()


def leads(logits: Tensor, letters: Sequence[str]) -> Tensor:
    """By how much a letter's logit is above the mean of the other 25: [prompt]."""
    columns = torch.tensor([ascii_uppercase.index(letter) for letter in letters])
    own = logits[torch.arange(len(columns)), columns]
    return own - (logits.sum(-1) - own) / 25


def said(logits: Tensor, some: Sequence[Name]) -> dict[str, float]:
    """The share of names in which the likeliest capital begins the first, second, third or no word."""
    places = [
        one.letters().find(ascii_uppercase[best])
        for one, best in zip(some, logits.argmax(-1).tolist(), strict=True)
    ]
    # find gives -1 for a letter that is not there
    return {name: places.count(i if i < 3 else -1) / len(places) for i, name in enumerate(SAID)}


def attention_to_words(
    model: TransformerBridge, rows: Sequence[Sequence[Prompt]], head: Head
) -> Tensor:
    """A head's mean attention from the end to the three words, for each set of prompts: [set, word]."""
    found = []
    for prompts in rows:
        pairs = asked(model, prompts)
        seen = behaviour.attention(model, pairs.clean, pairs, head)
        found.append([seen[f"word {i}"] for i in (1, 2, 3)])
    return torch.tensor(found)


def spelling_scores(model: TransformerBridge, words: Sequence[str], at: int = 0) -> Tensor:
    """The share of words for which a head that sees one of them alone raises its letter `at` most among
    the capitals: [layer, head]. Words that are not one token are left out.

    The head reads the stream after the first MLP. A head with a favourite gets that letter's share.
    """
    known = {word: token_of(model, f" {word}") for word in words}
    ids = torch.tensor([one for one in known.values() if one is not None], device=model.W_U.device)
    letters = [word[at].upper() for word, one in known.items() if one is not None]
    wanted = torch.tensor([ascii_uppercase.index(letter) for letter in letters])
    answers = torch.tensor(letter_ids(model), device=ids.device)
    scores = []
    for written in head_scores.written_by_heads(model, ids, through_mlp0=True):
        best = head_scores.direct_logits(model, written.transpose(0, 1), answers).argmax(-1)
        scores.append((best.cpu() == wanted).float().mean(-1))
    return torch.stack(scores)


def favourite_share(words: Sequence[str], at: int = 0) -> float:
    """The share of words whose letter `at` is the commonest one there."""
    return max(Counter(word[at] for word in words).values()) / len(words)
