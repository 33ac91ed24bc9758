"""A product column by column: what lazy readers get right, what can be read, which digits count.

A reader is anything that takes tokens [batch, pos] and gives logits [batch, pos, d_vocab].
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lab import probes
from lab.data import Batch
from lab.digits import from_digits
from lab.task import LongMultiplication
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


def by_column(task: LongMultiplication, reader: Reader, batch: Batch) -> list[float]:
    """Accuracy in each column of the product, units first, given the right digits below."""
    right = predict(reader, batch.tokens).argmax(-1) == batch.targets
    return right[:, task.answers].float().mean(0).tolist()


def reader(task: LongMultiplication, rule: Reader) -> Reader:
    """A rule, from tokens [batch, pos] to the token said at each, as a reader that gives logits."""
    return lambda tokens: F.one_hot(rule(tokens), task.d_vocab).float()


def easy(task: LongMultiplication, tokens: Tensor) -> Tensor:
    """Whether a factor is 0, 1 or the base [batch]: such products need no sums."""
    values = _pairs(task, tokens)
    return ((values <= 1) | (values == task.base)).any(1)


def read_off(task: LongMultiplication, stream: Tensor, wanted: Tensor) -> Tensor:
    """R^2 [layer, column] of linear probes for wanted [pair, column], where that column is written.

    stream [layer, pair, pos, d_model]. Columns 1 to the last but one; nan where nothing varies.
    """
    inner = range(1, 2 * task.n_digits - 1)
    return torch.tensor(
        [
            [probes.probe_r2(layer[:, task.answers[k]], wanted[:, k]) for k in inner]
            for layer in stream
        ]
    )


def digits_given(task: LongMultiplication, tokens: Tensor) -> Tensor:
    """All tokens up to each position and the right answer to it, one-hot: [pair, pos, features].

    That is what can be read of a model that holds its input and writes the answer, and no sum.
    """
    one_hot = F.one_hot(tokens, task.d_vocab).float()
    so_far = torch.ones(tokens.shape[1], tokens.shape[1], device=tokens.device).tril()
    read = (one_hot[:, None] * so_far[None, :, :, None]).flatten(2)
    targets = task.encode(_pairs(task, tokens)).targets
    return torch.cat([read, F.one_hot(targets.clamp(min=0), task.d_vocab).float()], dim=2)


def listened_to(task: LongMultiplication, reader: Reader, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Shares of pairs whose digit changes with a digit of a: as read and in truth, [digit of a, column].

    Digit i of a goes up by one, modulo the base. Each column is written after the right digits below it, of the
    old product and of the new one: both questions have a right answer.
    """
    as_read: list[Tensor] = []
    truly: list[Tensor] = []
    before, targets = _answers(task, reader, tokens)
    for digit in range(task.n_digits):
        other = tokens[:, : task.equals + 1].clone()
        other[:, digit] = (other[:, digit] + 1) % task.base
        turned = task.encode(_pairs(task, other))
        after, new_targets = _answers(task, reader, turned.tokens)
        for table, moved in ((as_read, before != after), (truly, targets != new_targets)):
            table.append(moved.float().mean(0))
    return torch.stack(as_read), torch.stack(truly)


def _answers(task: LongMultiplication, reader: Reader, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The digits [batch, column] that a reader writes, and the right ones."""
    targets = task.encode(_pairs(task, tokens)).targets
    return predict(reader, tokens).argmax(-1)[:, task.answers], targets[:, task.answers]


def _pairs(task: LongMultiplication, tokens: Tensor) -> Tensor:
    """The two factors [batch, 2] as numbers."""
    parts = task.factors(tokens)
    return torch.stack([from_digits(part, task.base, "least-first") for part in parts], dim=1)
