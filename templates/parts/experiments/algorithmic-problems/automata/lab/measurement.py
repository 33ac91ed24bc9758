"""Words that tell apart the ways of knowing a flip-flop's state, and where a small model stops.

A reader is anything that takes words [batch, pos] and gives logits [batch, pos, d_vocab].
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from lab import probes
from lab.task import Automaton
from lab.training import predict

Reader = Callable[[Tensor], Tensor]
IGNORED, ZERO, ONE = range(3)  # the symbols of the flip-flop


def beginning(task: Automaton) -> int:
    """How many symbols stand before the write that counts: a third of a word, whatever the wait is."""
    return task.n_ctx // 3


def after_a_write(
    task: Automaton, n: int, opposite: bool, generator: torch.Generator, place: int | None = None
) -> Tensor:
    """n words [n, length]: a beginning, one write, and then nothing but symbols that change nothing.

    The beginning is random, or, where `opposite`, its writes all say the opposite. The write stands at
    `place`, by default `beginning(task)`.
    """
    words = task.sample(n, generator).tokens.clone()
    place = beginning(task) if place is None else place
    write = torch.randint(ZERO, ONE + 1, (n, 1), generator=generator, device=words.device)
    if opposite:
        words = torch.where(words == IGNORED, words, ZERO + ONE - write)
    words[:, place:] = IGNORED
    words[:, place] = write[:, 0]
    return words


def right_after_waiting(
    task: Automaton,
    reader: Reader,
    waits: Sequence[int],
    *,
    opposite: bool,
    generator: torch.Generator,
    n: int = 256,
    place: int | None = None,
) -> list[float]:
    """Share of words whose state is named right so many ignored symbols after the write.

    The same words for each wait, so that as much stands before the write, at `place`. A ValueError where
    they end sooner.
    """
    place = beginning(task) if place is None else place
    if place + max(waits) >= task.n_ctx:
        raise ValueError(f"words of {task.n_ctx} symbols wait for {task.n_ctx - 1 - place} at most")
    batch = task.encode(after_a_write(task, n, opposite, generator, place))
    right = predict(reader, batch.tokens).argmax(-1) == batch.targets
    return [right[:, place + waiting].float().mean().item() for waiting in waits]


def saying(task: Automaton, said: Tensor) -> Tensor:
    """Logits [batch, pos, d_vocab] of a reader that says these tokens [batch, pos]."""
    return F.one_hot(said, task.d_vocab).float()


def last_write_attention(pattern: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """Attention to the last write at or before each query, and how long ago that was.

    pattern [layer, batch, head, query, key], words [batch, pos] give [layer, head, case] and [case].
    """
    places = torch.arange(words.shape[1], device=words.device)
    last = torch.where(words > IGNORED, places, -1).cummax(dim=1).values
    index = last.clamp(min=0)[None, :, None, :, None].expand(*pattern.shape[:3], -1, 1)
    paid = pattern.gather(-1, index)[..., 0].transpose(1, 2)
    return paid[:, :, last >= 0], (places - last)[last >= 0]


def products_read(
    task: Automaton, stream: Tensor, words: Tensor, position: int, windows: Sequence[int]
) -> Tensor:
    """Accuracy [layer, window] of probes for the product of the last symbols up to a position.

    stream [layer, batch, d_model] is the residual stream there.
    """
    labels = [task.products(words, size)[:, position] for size in windows]
    return torch.tensor(
        [[probes.probe_accuracy(layer, label) for label in labels] for layer in stream]
    )


def products_read_off_symbols(
    task: Automaton, words: Tensor, position: int, windows: Sequence[int]
) -> Tensor:
    """Accuracy [window] of probes for the same products from the symbols of each window side by side, one-hot:
    what a linear probe multiplies by itself."""
    one_hot = F.one_hot(words, task.n_symbols).float()
    seen = [one_hot[:, position + 1 - size : position + 1].flatten(1) for size in windows]
    labels = [task.products(words, size)[:, position] for size in windows]
    return torch.tensor([probes.probe_accuracy(*one) for one in zip(seen, labels, strict=True)])


def last_right(shares: Sequence[float], least: float) -> int:
    """The last position before accuracy first falls below `least`; 0 where it never reaches it."""
    wrong = [place for place, share in enumerate(shares) if share < least]
    return max(0, (wrong[0] if wrong else len(shares)) - 1)
