"""What single heads write on ordinary text: into the next token, into what they attend to, and its worth.

Effects are direct: what a head writes, through the final LayerNorm at the scale of the unchanged run, into
a token's logit less the mean logit of the vocabulary. A head that lowers all tokens alike has none.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution, folded, patching
from lab.attribution import Head

BATCH = 8  # passages at once
KINDS = ("attended most", "elsewhere in the text", "not in the text")


class Trace(NamedTuple):
    """One head at every position of passages but the first and the last: [passage, pos] each."""

    next: Tensor  # effect on the token that comes next
    on_attended: Tensor  # on the token that the head attends to most
    on_other: Tensor  # on another token that stands before, drawn at random
    on_random: Tensor  # on a token drawn from all that these passages hold
    attended: Tensor  # the position of the token attended to most
    kind: Tensor  # where the next token stands, a number into KINDS


def trace(model: TransformerBridge, tokens: Tensor, head: Head, seed: int) -> Trace:
    """Follow a head over passages [passage, pos]."""
    unembedding = folded.unembedding(model)
    unembedding = unembedding - unembedding.mean(0)
    layer, index = head
    names = [patching.z_hook(layer), f"blocks.{layer}.attn.hook_pattern"]
    scale = "ln_final.hook_scale"
    w_o = model.blocks[layer].attn.W_O[index].detach().float()
    generator = torch.Generator().manual_seed(seed)
    each = []
    for rows in tokens.split(BATCH):
        wanted = [*names, scale] if scale in model.hook_dict else names
        found = patching.activations(model, rows, wanted)
        written = found[names[0]][:, :, index].float() @ w_o
        if scale in found:
            written = written / found[scale].float()
        here = slice(1, rows.shape[1] - 1)
        following = rows[:, 2:]
        pattern = found[names[1]][:, index, here]
        attended = pattern.argmax(-1)
        place = torch.arange(1, rows.shape[1] - 1, device=rows.device)
        drawn = (
            torch.rand(following.shape, generator=generator).to(rows.device) * (place + 1)
        ).long()
        pool = tokens.flatten()
        any_token = pool[
            torch.randint(len(pool), following.shape, generator=generator).to(rows.device)
        ]
        ids = [following, rows.gather(1, attended), rows.gather(1, drawn), any_token]
        effects = [torch.einsum("bpd,bpd->bp", written[:, here], unembedding[one]) for one in ids]
        each.append([*effects, attended, _kinds(rows, attended)])
    return Trace(*(torch.cat(parts).cpu() for parts in zip(*each, strict=True)))


def _kinds(rows: Tensor, attended: Tensor) -> Tensor:
    """Where the next token stands, for each position but the first and the last: [passage, pos]."""
    size = rows.shape[1]
    following = rows[:, 2:]
    before = torch.ones(size, size, dtype=torch.bool, device=rows.device).tril()[1:-1]
    present = ((rows[:, None, :] == following[:, :, None]) & before).any(-1)
    kind = torch.where(present, 1, 2)
    return torch.where(rows.gather(1, attended) == following, 0, kind)


def by_kind(trace: Trace) -> list[tuple[float, float, int]]:
    """The mean effect on the next token, its standard error and the number of tokens, for each of KINDS."""
    found = []
    for number in range(len(KINDS)):
        values = trace.next[trace.kind == number]
        n = len(values)
        error = float(values.std() / n**0.5) if n > 1 else 0.0
        found.append((float(values.mean()) if n else 0.0, error, n))
    return found


def by_target(trace: Trace) -> dict[str, tuple[float, float]]:
    """Mean effect and standard error on the token attended to most, another before, and one from anywhere.

    Over positions whose attention does not rest on the first token, which many heads look at when idle.
    """
    busy = trace.attended > 0
    return {
        name: mean_and_error(values[busy])
        for name, values in (
            ("attended most", trace.on_attended),
            ("another before", trace.on_other),
            ("anywhere", trace.on_random),
        )
    }


def threshold(trace: Trace, share: float, *, harmful: bool = False) -> float:
    """The effect that this share of the tokens exceeds, or with `harmful` lies below."""
    return float(trace.next.flatten().quantile(share if harmful else 1 - share))


def precision_and_recall(
    trace: Trace, limit: float, *, harmful: bool = False
) -> tuple[float, float, float]:
    """How well "the token attended to most comes next" finds the tokens beyond a limit.

    Precision, recall, and the share of all tokens beyond the limit, which a rule that knows nothing has as
    its precision. 0 where nothing is to be counted.
    """
    beyond = trace.next <= limit if harmful else trace.next >= limit
    rule = trace.kind == 0
    both = (beyond & rule).sum().item()
    return (
        both / max(1, int(rule.sum())),
        both / max(1, int(beyond.sum())),
        beyond.float().mean().item(),
    )


def mean_output(model: TransformerBridge, tokens: Tensor, head: Head) -> Tensor:
    """A head's mean output over all positions of passages but the first, before W_O: [d_head]."""
    layer, index = head
    found = [
        patching.activations(model, rows, [patching.z_hook(layer)])[patching.z_hook(layer)]
        for rows in tokens.split(BATCH)
    ]
    return torch.cat(found)[:, 1:, index].flatten(0, 1).mean(0)


def losses(model: TransformerBridge, tokens: Tensor) -> Tensor:
    """The loss of the next token at every position of passages but the first and the last: [passage, pos]."""
    found = []
    for rows in tokens.split(BATCH):
        with torch.no_grad():
            logits = model(rows)[:, 1:-1].float()
        found.append(-logits.log_softmax(-1).gather(-1, rows[:, 2:, None])[..., 0].cpu())
    return torch.cat(found)


def rises(
    model: TransformerBridge, tokens: Tensor, head: Head, mean: Tensor, before: Tensor
) -> Tensor:
    """How far the loss rises where the head puts out its mean everywhere: [passage, pos]."""
    with attribution.heads_replaced(model, {head: mean}):
        return losses(model, tokens) - before


def groups(trace: Trace, share: float = 0.02) -> dict[str, Tensor]:
    """Masks [passage, pos]: the tokens that a head helps most, harms most, and the rest."""
    helped = trace.next >= threshold(trace, share)
    harmed = (trace.next <= threshold(trace, share, harmful=True)) & ~helped
    return {"helped most": helped, "harmed most": harmed, "rest": ~helped & ~harmed}


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """Mean and standard error of values [n]."""
    return float(values.mean()), float(values.std() / max(1, len(values)) ** 0.5)


def followed(direct: Tensor, labelled: Sequence[Head], n: int, sign: int) -> list[Head]:
    """The n heads of a class that write most, in its direction; where it is empty, of all heads.

    direct [layer, head]: mean direct effects on IO prompts; `sign` is 1 for movers and -1 for negative ones.
    """
    every = [divmod(i, direct.shape[1]) for i in range(direct.numel())]
    return sorted(labelled or every, key=lambda head: -sign * float(direct[head]))[:n]


def others(model: TransformerBridge, heads: Sequence[Head], n: int, seed: int) -> list[Head]:
    """A control: n heads drawn from the layers of some heads, none of them."""
    rng = random.Random(seed)
    layers = sorted({layer for layer, _ in heads})
    free = [
        (layer, head)
        for layer in layers
        for head in range(model.cfg.n_heads)
        if (layer, head) not in heads
    ]
    return rng.sample(free, min(n, len(free)))


def examples(
    trace: Trace, tokens: Tensor, values: Tensor, n: int, read: Callable[[Tensor], str]
) -> list[str]:
    """The n positions with the largest values [passage, pos], in words: the text before, the token attended to
    most, the token that comes next."""
    found = []
    for i in values.flatten().argsort(descending=True)[:n].tolist():
        row, place = divmod(i, values.shape[1])
        before = read(tokens[row, max(1, place - 6) : place + 2])
        look = int(trace.attended[row, place])
        found.append(
            f"{before!r} -> {read(tokens[row, place + 2 : place + 3])!r}, "
            f"looks at {read(tokens[row, look : look + 1])!r}: {float(trace.next[row, place]):+.2f}"
        )
    return found
