"""What an induction head answers to: matches planted in random tokens, one condition at a time; and
what two heads do together on text, where the token after an earlier copy comes again.

A match: the last tokens before a query stand earlier too, and a head that does induction looks at what
follows them there. All conditions have one length and the same queries, so that no condition has more
tokens to look at than another.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm
from transformer_lens import TransformerBridge

Head = tuple[int, int]
Hook = Callable[[Tensor, object], Tensor | None]
SPACING = 7  # between queries: a match of five, what follows it, and one between
QUERIES = 4  # in a prompt, the last one at its end
NEAR, APART = 10, SPACING * QUERIES + 10
FARTHER = APART + SPACING * (QUERIES + 1)
SHORTEST = FARTHER + SPACING * QUERIES  # tokens that a prompt needs
BATCH = 8


class Copy(NamedTuple):
    """An earlier copy of the last `match` tokens up to the query, so many positions back."""

    name: str  # what looking at the token after it is called
    back: int
    match: int = 1


class Matches(NamedTuple):
    """Prompts with planted copies."""

    tokens: Tensor  # [prompt, pos]
    queries: Tensor  # [query] positions that look back
    keys: dict[str, Tensor]  # for each copy, the positions [prompt, query] of the token after it


class Words(NamedTuple):
    """Tokens to draw from: those that are copied [n], how the query shows each [n], and all others."""

    asked: Tensor
    shown: Tensor
    rest: Tensor


class Together(NamedTuple):
    """What ablating does to each token: rise of the loss, fall of the right token's logit."""

    single: dict[Head, Tensor]  # head -> [loss or logit, window, pos - 1]
    both: dict[tuple[Head, Head], Tensor]


def induction_heads(scores: Tensor, n: int, threshold: float) -> list[Head]:
    """At most n heads with a score [layer, head] above the threshold, the strongest first.

    The two strongest where fewer than two are above it.
    """
    order = scores.flatten().argsort(descending=True, stable=True)[: max(n, 2)].tolist()
    heads = [(i // scores.shape[1], i % scores.shape[1]) for i in order]
    above = [head for head in heads if scores[head] > threshold]
    return above if len(above) >= 2 else heads[:2]


def controls(
    scores: Tensor, heads: Sequence[Head], threshold: float, n: int, seed: int
) -> list[Head]:
    """At most n heads that are not among these, drawn at random from scores [layer, head].

    Those up to the threshold come first, and of them those in a layer of these heads.
    """
    layers = {layer for layer, _ in heads}
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(scores.numel(), generator=generator).tolist()
    drawn = [(i // scores.shape[1], i % scores.shape[1]) for i in order]
    free = [head for head in drawn if head not in heads]
    return sorted(free, key=lambda head: (float(scores[head]) > threshold, head[0] not in layers))[
        :n
    ]


def losses_of_copies(
    model: TransformerBridge, vocabulary: Tensor, n: int, seed: int, first: Sequence[int] = ()
) -> tuple[float, float]:
    """Mean loss on random tokens and on the same tokens right after them, nats a token.

    `first` stands before them; the first token of either half is left out.
    """
    half = min(30, len(vocabulary), (model.cfg.n_ctx - len(first)) // 2)
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(n):
        drawn = vocabulary[torch.randperm(len(vocabulary), generator=generator)[:half]]
        rows.append(torch.cat([torch.tensor(first, dtype=torch.long), drawn, drawn]))
    tokens = torch.stack(rows).to(model.W_U.device)
    each = []
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            logits = model(batch)[:, len(first) : -1].float()
        right = batch[:, len(first) + 1 :]
        each.append(logits.logsumexp(-1) - logits.gather(-1, right[..., None])[..., 0])
    loss = torch.cat(each)
    return float(loss[:, : half - 1].mean()), float(loss[:, half:].mean())


def conditions(length: int) -> dict[str, list[Copy]]:
    """The copies of each condition. In `rivals` a query has two, in either order of distance."""
    far = length - 2 - SPACING * (QUERIES - 1) - 1
    return {
        "no copy": [Copy("no copy", APART, 0)],
        "1 token": [Copy("1 token", APART)],
        "2 tokens": [Copy("2 tokens", APART, 2)],
        "5 tokens": [Copy("5 tokens", APART, 5)],
        f"{NEAR} back": [Copy(f"{NEAR} back", NEAR)],
        f"{far} back": [Copy(f"{far} back", far)],
        "rivals": [Copy("rivals: 5 tokens", APART, 5), Copy("rivals: 1 token", FARTHER)],
    }


def planted(
    words: Words, copies: Sequence[Copy], length: int, n: int, seed: int, first: Sequence[int] = ()
) -> Matches:
    """n prompts of random, otherwise different tokens, with the copies planted; `first` stands before.

    Of two copies, the nearer place belongs to the one in half of the queries, to the other in the rest, and in every second prompt the other way round.
    ValueError where there are too few tokens, or no room.
    """
    size = length - len(first)
    room = size + 4 * QUERIES
    if size < SHORTEST or len(words.rest) < room or len(words.asked) < 2 * QUERIES:
        raise ValueError(
            f"{size} positions of {SHORTEST} needed, {len(words.rest)} tokens of {room}, "
            f"{len(words.asked)} of {2 * QUERIES} to copy"
        )
    generator = torch.Generator().manual_seed(seed)
    queries = torch.arange(size - 1 - SPACING * (QUERIES - 1), size, SPACING)
    places = [[copy.back for copy in copies] for _ in queries]
    rows, backs = [], []
    for number_of_row in range(n):
        backs.append([its[:: (-1) ** (i + number_of_row)] for i, its in enumerate(places)])
        drawn = torch.randperm(len(words.asked), generator=generator)[: 2 * QUERIES]
        after = words.asked[drawn[QUERIES:]]
        used = torch.cat([words.asked[drawn], words.shown[drawn]])
        rest = words.rest[~torch.isin(words.rest, used)]
        row = rest[torch.randperm(len(rest), generator=generator)[:size]]
        for number, query in enumerate(queries.tolist()):
            asked = drawn[number]
            row[query] = words.shown[asked]
            for copy, back in zip(copies, backs[-1][number], strict=True):
                source = query - back
                if copy.match:
                    row[source - copy.match + 1 : source] = row[query - copy.match + 1 : query]
                    row[source] = words.asked[asked]
                if copy is copies[0]:
                    row[source + 1] = after[number]
        rows.append(torch.cat([torch.tensor(first, dtype=torch.long), row]))
    start = len(first)
    keys = {
        copy.name: torch.tensor(
            [
                [
                    start + query + 1 - its[i]
                    for query, its in zip(queries.tolist(), row, strict=True)
                ]
                for row in backs
            ]
        )
        for i, copy in enumerate(copies)
    }
    return Matches(torch.stack(rows), queries + start, keys)


def attention(model: TransformerBridge, made: Matches, heads: Sequence[Head]) -> dict[str, Tensor]:
    """Attention from the queries to each kind of key, a mean over queries: name -> [prompt, head]."""
    found = {name: torch.zeros(len(made.tokens), len(heads)) for name in made.keys}
    tokens = made.tokens.to(model.W_U.device)

    def look(layer: int, start: int) -> Hook:
        def hook(pattern: Tensor, hook: object) -> None:  # [batch, head, query, key]
            for name, keys in made.keys.items():
                rows = torch.arange(len(pattern))[:, None]
                its_keys = keys[start : start + BATCH]  # [batch, query]
                seen = pattern[rows, :, made.queries, its_keys].mean(1).float().cpu()
                for place, (its_layer, number) in enumerate(heads):
                    if its_layer == layer:
                        found[name][start : start + BATCH, place] = seen[:, number]

        return hook

    layers = sorted({layer for layer, _ in heads})
    for start in range(0, len(tokens), BATCH):
        hooks = [(f"blocks.{layer}.attn.hook_pattern", look(layer, start)) for layer in layers]
        with torch.no_grad():
            model.run_with_hooks(
                tokens[start : start + BATCH],
                fwd_hooks=hooks,
                stop_at_layer=min(layers[-1] + 1, model.cfg.n_layers),
            )
    return found


def table(
    model: TransformerBridge,
    made: dict[str, Matches],
    heads: Sequence[Head],
) -> tuple[list[str], Tensor]:
    """Attention of the heads under every condition: names of columns, [prompt, head, column]."""
    columns: dict[str, Tensor] = {}
    for matches in tqdm(made.values(), desc="conditions", leave=False):
        columns |= attention(model, matches, heads)
    return list(columns), torch.stack([*columns.values()], -1)


def differences(scores: Tensor) -> Tensor:
    """How far apart the profiles of two heads are: [head, head], for scores [prompt, head, column].

    A profile is a head's row divided by its mean: a head that attends less everywhere has the same.
    One half of the prompts gives the one head's, the other half the other's: on the diagonal stands
    what chance does to a head and itself.
    """
    halves = [scores[start::2].mean(0) for start in (0, 1)]
    one, other = (half / half.mean(-1, keepdim=True).clamp_min(1e-9) for half in halves)
    apart = (one[:, None] - other[None]).square().mean(-1)
    return ((apart + apart.T) / 2).sqrt()


def share_to_longer(model: TransformerBridge, made: Matches, heads: Sequence[Head]) -> Tensor:
    """Of the attention to two rival copies, the share that goes to the first, longer one: [head]."""
    longer, shorter = (one.mean(0) for one in attention(model, made, heads).values())
    return longer / (longer + shorter).clamp_min(1e-9)


def by_frequency(vocabulary: Tensor, texts: Tensor, n: int = 100) -> tuple[Tensor, Tensor]:
    """The n tokens that the texts [window, pos] have most often, and n of those that they have once.

    Ids of a byte-pair vocabulary go by frequency, so of these the n highest.
    """
    counts = torch.bincount(texts.flatten().cpu(), minlength=int(vocabulary.max()) + 1)[vocabulary]
    return vocabulary[counts.argsort(descending=True, stable=True)[:n]], vocabulary[counts == 1][
        -n:
    ]


def in_two_cases(model: TransformerBridge, vocabulary: Tensor) -> tuple[Tensor, Tensor]:
    """Words that are one token with a small first letter, and one with a capital: [n] and [n]."""
    known = {model.tokenizer.decode([i]): i for i in vocabulary.tolist()}
    small = [word for word in known if re.fullmatch(" [a-z]{3,}", word)]
    pairs = [(known[word], known[word.title()]) for word in small if word.title() in known]
    both = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def case_pools(small: Tensor, capital: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Tokens copied and tokens shown [word] for either condition, from words in two cases [word].

    In both, half of the copies and half of the queries are capital, and a word is in one case alone.
    """
    odd = torch.arange(len(small)) % 2 == 1
    copied, other = torch.where(odd, capital, small), torch.where(odd, small, capital)
    return {"same case": (copied, copied), "other case": (copied, other)}


def possible(tokens: Tensor) -> Tensor:
    """Where the next token once followed an earlier copy of the current one: [window, pos - 1]."""
    here, following = tokens[:, :-1], tokens[:, 1:]
    same = (here[:, :, None] == here[:, None]) & (following[:, :, None] == following[:, None])
    return same.tril(-1).any(-1)


def effects(
    model: TransformerBridge, tokens: Tensor, pairs: Sequence[tuple[Head, Head]]
) -> Together:
    """Heads of each pair replaced by their mean outputs, one and both, everywhere in tokens [window, pos].

    The right token's logit counts from the mean of all logits.
    """
    heads = sorted({head for pair in pairs for head in pair})
    means = _means(model, tokens, heads)
    sets: list[tuple[Head, ...]] = [(), *((head,) for head in heads), *pairs]
    lowest = heads[0][0]
    start = {"start_at_layer": lowest} if lowest else {}
    found: dict[tuple[Head, ...], list[Tensor]] = {one: [] for one in sets}
    for batch in tqdm(tokens.split(BATCH), desc="ablations", leave=False):
        with torch.no_grad():
            # what comes before the first of these heads is the same in every run
            stream = model(batch, stop_at_layer=lowest) if lowest else batch
            for one in sets:
                hooks = [_silent(head, means[head]) for head in one]
                logits = model.run_with_hooks(stream, fwd_hooks=hooks, **start)[:, :-1].float()
                right = logits.gather(-1, batch[:, 1:, None])[..., 0]
                loss, low = logits.logsumexp(-1) - right, logits.mean(-1) - right
                found[one].append(torch.stack([loss, low]).cpu())
    base = torch.cat(found[()], 1)
    change = {one: torch.cat(each, 1) - base for one, each in found.items()}
    return Together({head: change[head,] for head in heads}, {pair: change[pair] for pair in pairs})


def beyond_the_sum(
    found: Together, pair: tuple[Head, Head], where: Tensor
) -> tuple[Tensor, Tensor]:
    """Effect of both minus the sum of the single ones at some tokens [window, pos - 1].

    Mean and standard error over these tokens, [loss or logit].
    """
    extra = found.both[pair] - found.single[pair[0]] - found.single[pair[1]]
    extra = extra[:, where.cpu()]
    return extra.mean(-1), extra.std(-1) / extra.shape[-1] ** 0.5


def _means(model: TransformerBridge, tokens: Tensor, heads: Sequence[Head]) -> dict[Head, Tensor]:
    """The mean output [d_head] of each head before W_O."""
    names = {f"blocks.{layer}.attn.hook_z" for layer, _ in heads}
    sums: dict[Head, Tensor] = {}
    for batch in tokens.split(BATCH):
        with torch.no_grad():
            _, cache = model.run_with_cache(
                batch, names_filter=[*names], stop_at_layer=max(layer for layer, _ in heads) + 1
            )
        for layer, number in heads:
            added = cache[f"blocks.{layer}.attn.hook_z"][:, :, number].sum((0, 1))
            sums[layer, number] = sums.get((layer, number), 0) + added
    return {head: total / tokens.numel() for head, total in sums.items()}


def _silent(head: Head, value: Tensor) -> tuple[str, Hook]:
    """A hook that gives one head this output [d_head] everywhere."""
    layer, number = head

    def hook(z: Tensor, hook: object) -> Tensor:
        changed = z.clone()
        changed[:, :, number] = value.to(z)
        return changed

    return f"blocks.{layer}.attn.hook_z", hook
