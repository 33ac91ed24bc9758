"""A direction from lower-case to capitalised words, in the unembedding and in the stream at full stops.

Directions are unit vectors [d_model] in the stream after the last layer, with LayerNorm's gain folded
in. Masks [passage, pos] leave out the first and the last position.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

BATCH = 8  # passages at once
SPACES = ("\u0120", "\u2581", " ")  # how vocabularies write the space before a word

Hook = Callable[[Tensor, Any], Tensor]


def case_pairs(vocabulary: Mapping[str, int], letters: int = 2) -> Tensor:
    """The ids of words with a space before them, in lower case and with a capital: [pair, 2].

    In the order of the lower-case ids. Words of fewer letters are left out: " i" and " I" are no pair.
    ValueError where there are fewer than ten.
    """
    found = []
    for token, number in vocabulary.items():
        space, word = token[:1], token[1:]
        if (
            space in SPACES
            and len(word) >= letters
            and word.isascii()
            and word.islower()
            and word.isalpha()
        ):
            capital = vocabulary.get(space + word.capitalize())
            if capital is not None:
                found.append((number, capital))
    if len(found) < 10:
        raise ValueError("this vocabulary has fewer than ten words in both cases")
    return torch.tensor(sorted(found))


def split(pairs: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Half of the pairs to fit a direction on, the other half to test it: [pair, 2] each."""
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))
    return pairs[order[: len(pairs) // 2]], pairs[order[len(pairs) // 2 :]]


def direction(weights: Tensor, pairs: Tensor, signs: Tensor | None = None) -> Tensor:
    """The mean difference from lower case to capital of weights [d_vocab, d_model], of length 1.

    `signs` [pair] turns some of the differences round.
    """
    low, capital = pairs.to(weights.device).T
    differences = weights[capital] - weights[low]
    if signs is not None:
        differences = differences * signs.to(differences)[:, None]
    mean = differences.mean(0)
    return mean / mean.norm()


def signed_directions(weights: Tensor, pairs: Tensor, n: int, seed: int) -> list[Tensor]:
    """Controls: the same mean, each difference with a random sign, at right angles to the direction.

    Without the right angle they would hold a part of the direction, forward or backward by luck.
    """
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, (n, len(pairs)), generator=generator) * 2 - 1
    along, found = direction(weights, pairs), []
    for one in signs:
        drawn = direction(weights, pairs, one)
        across = drawn - (drawn @ along) * along
        found.append(across / across.norm())
    return found


def sorted_share(weights: Tensor, pairs: Tensor, along: Tensor) -> float:
    """The share of pairs whose capitalised word lies further along a direction; nan without a pair."""
    low, capital = pairs.to(weights.device).T
    return float((weights[capital] @ along > weights[low] @ along).float().mean())


def capital_commoner(pairs: Tensor) -> Tensor:
    """Where the capitalised word has the lower id: [pair]. Ids of BPE vocabularies grow as words get
    rarer, so this is a rough measure of which of the two is the commoner."""
    return pairs[:, 1] < pairs[:, 0]


def token_kinds(texts: Sequence[str]) -> dict[str, Tensor]:
    """Which tokens [d_vocab] are a full stop or a comma, begin with a capital or with a small letter.

    A space before the letter does not count.
    """
    bare = [text.removeprefix(" ") for text in texts]
    return {
        "stop": torch.tensor([text == "." for text in texts]),
        "comma": torch.tensor([text == "," for text in texts]),
        "capital": torch.tensor([text[:1].isupper() for text in bare]),
        "small": torch.tensor([text[:1].islower() for text in bare]),
    }


def places(tokens: Tensor, kinds: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Masks [passage, pos] of four kinds of places, by the token there and the one that follows."""
    here = {name: mask.to(tokens.device)[tokens] for name, mask in kinds.items()}
    follows = {name: mask.roll(-1, dims=1) for name, mask in here.items()}
    inside = torch.ones_like(tokens, dtype=torch.bool)
    inside[:, 0] = inside[:, -1] = False
    return {
        "stop, a capital follows": inside & here["stop"] & follows["capital"],
        "stop, a small letter follows": inside & here["stop"] & follows["small"],
        "comma": inside & here["comma"],
        "between small words": inside & here["small"] & follows["small"],
    }


def projections(
    model: TransformerBridge, tokens: Tensor, masks: Mapping[str, Tensor], along: Sequence[Tensor]
) -> dict[str, Tensor]:
    """The mean cosine of the stream with some directions, by kind of place: [direction, layer + 1].

    Before each layer and after the last; the stream's mean over dimensions is taken out.
    """
    n = model.cfg.n_layers
    names = [f"blocks.{layer}.hook_resid_pre" for layer in range(n)]
    names += [f"blocks.{n - 1}.hook_resid_post"]
    stacked = torch.stack(list(along)).float()
    sums = {kind: torch.zeros(len(along), n + 1) for kind in masks}
    for batch in _batches(tokens):
        with torch.no_grad():
            _, cache = model.run_with_cache(tokens[batch], names_filter=names)
        for layer, name in enumerate(names):
            stream = cache[name].float()
            stream = stream - stream.mean(-1, keepdim=True)
            cosine = stream @ stacked.T / stream.norm(dim=-1, keepdim=True)
            for kind, mask in masks.items():
                sums[kind][:, layer] += cosine[mask[batch]].sum(0).cpu()
    return {kind: total / masks[kind].sum().cpu() for kind, total in sums.items()}


def capital_mass(
    model: TransformerBridge,
    tokens: Tensor,
    mask: Tensor,
    capital: Tensor,
    change: tuple[str, Callable[[slice], Hook]] | None = None,
) -> float:
    """The mean probability of all capitalised tokens [d_vocab] at the places of a mask."""
    total = 0.0
    for batch in _batches(tokens):
        hooks = [] if change is None else [(change[0], change[1](batch))]
        with torch.no_grad():
            logits = model.run_with_hooks(tokens[batch], fwd_hooks=hooks)
        chances = logits[mask[batch]].float().softmax(-1)
        total += float(chances[:, capital.to(chances.device)].sum())
    return total / max(int(mask.sum()), 1)


def level(
    model: TransformerBridge, tokens: Tensor, mask: Tensor, hook: str, along: Tensor
) -> float:
    """The mean projection of the stream at a hook on a direction, over the places of a mask."""
    total = 0.0
    for batch in _batches(tokens):
        with torch.no_grad():
            _, cache = model.run_with_cache(tokens[batch], names_filter=[hook])
        total += float((cache[hook][mask[batch]].float() @ along).sum())
    return total / max(int(mask.sum()), 1)


def levelled(
    mask: Tensor, along: Tensor, to: float, instead: Tensor | None = None
) -> Callable[[slice], Hook]:
    """At the places of a mask the projection on a direction is set to a value.

    `instead`: a control. The stream moves as far, along this direction in place of the first.
    """

    def change(batch: slice) -> Hook:
        def hook(stream: Tensor, hook: object) -> Tensor:
            step = (to - stream @ along.to(stream)) * mask[batch]
            return stream + step[..., None] * (along if instead is None else instead).to(stream)

        return hook

    return change


def _batches(tokens: Tensor) -> Iterator[slice]:
    return (slice(start, start + BATCH) for start in range(0, len(tokens), BATCH))
