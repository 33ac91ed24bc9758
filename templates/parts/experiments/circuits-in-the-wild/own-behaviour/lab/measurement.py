"""What a behaviour of your own has to stand: the model's next words, its controls, the logit lens."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import behaviour, patching
from lab.attribution import Head
from lab.candidates import word_alone
from lab.pairs import END, Pair, Pairs, encode
from lab.patching import ROWS


class Standing(NamedTuple):
    """Shares of prompts whose own answer leads: a coin gets 0.5."""

    model: float
    shuffled: float  # mean over draws of the order
    shuffled_spread: float  # standard deviation over these draws
    word_alone: float  # given the changed word and nothing else


def next_words(model: TransformerBridge, text: str, n: int = 10) -> list[tuple[str, float]]:
    """The n most likely next tokens after a text, each with its probability."""
    tokens = model.to_tokens(text, prepend_bos=bool(model.cfg.default_prepend_bos))
    probabilities = patching.run(model, tokens)[0, -1].float().softmax(-1)
    found = probabilities.topk(n)
    words = [model.tokenizer.decode([token]) for token in found.indices.tolist()]
    return list(zip(words, found.values.tolist(), strict=True))


def standing(
    model: TransformerBridge, pairs: Pairs, made: Sequence[Pair], draws: int = 3
) -> Standing:
    """How often the model is right: on the prompts, on shuffled ones, on the changed word alone.

    `pairs` are those of `made` that fit the tokenizer; the word alone is asked of all that fit.
    """
    shuffled = torch.tensor(
        [
            behaviour.accuracy(model, behaviour.words_shuffled(pairs, seed=seed))
            for seed in range(draws)
        ]
    )
    alone = encode(model, [word_alone(pair) for pair in made])
    return Standing(
        behaviour.accuracy(model, pairs),
        shuffled.mean().item(),
        shuffled.std(correction=0).item(),
        behaviour.accuracy(model, alone),
    )


def other_prompt(model: TransformerBridge, pairs: Pairs, heads: Sequence[Head]) -> Tensor:
    """What heads do at the end with their output from another prompt of the corrupted answer: [head].

    NaN where no two different prompts of equal length call for the same answer.
    """
    try:
        behaviour.same_answer(pairs)
    except ValueError:
        return torch.full((len(heads),), torch.nan)
    return behaviour.chance_effects(model, pairs, heads)


def lens(model: TransformerBridge, pairs: Pairs, *, rows: int = ROWS) -> Tensor:
    """Logit lens at the end: by how much a prompt's own answer leads, if the model stopped there.

    [layer + 1], the stream before each layer and after the last one, read by the model's own final
    LayerNorm and unembedding. A mean over clean and corrupted prompts: a liking for one word cancels.
    RuntimeError if what is read last is not what the model says.
    """
    n_layers = model.cfg.n_layers
    names = [f"blocks.{layer}.hook_resid_pre" for layer in range(n_layers)]
    names.append(f"blocks.{n_layers - 1}.hook_resid_post")
    leads = torch.zeros(len(names), len(pairs))
    for start in range(0, len(pairs), rows):
        some = pairs.rows(slice(start, start + rows))
        at_end, here = some.places[END], torch.arange(len(some))
        first = replace(some, places={END: torch.zeros_like(at_end)})  # one position is left
        for tokens, sign in ((some.clean, 0.5), (some.corrupted, -0.5)):
            streams = patching.activations(model, tokens, names)
            for number, name in enumerate(names):
                with torch.no_grad():
                    read = model.unembed(model.ln_final(streams[name][here, at_end][:, None]))
                leads[number, start : start + rows] += sign * first.difference(read).float().cpu()
    said = torch.stack(behaviour.answers(model, pairs, rows=rows)).mean(0)
    if not torch.allclose(leads[-1], said, atol=1e-2 if model.W_U.dtype == torch.float32 else 0.5):
        raise RuntimeError("this model does more than one LayerNorm and an unembedding at its end")
    return leads.mean(-1)
