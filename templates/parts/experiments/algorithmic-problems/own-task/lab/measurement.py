"""What a candidate task has to stand before it is worth a weekend, for any rule of lab/rules.py.

A reader is anything that takes tokens [batch, pos] and gives logits [batch, pos, d_vocab].
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lab.rules import accuracy_of, hard, most_frequent
from lab.task import OwnRule
from lab.training import predict

Reader = Callable[[Tensor], Tensor]


def families(task: OwnRule, n: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Sequences [n, length] that differ from the random ones in one way each."""
    random = task.sample(n, generator).tokens
    half = (task.n_ctx + 1) // 2
    place = torch.randint(task.n_ctx, (n, 1), generator=generator, device=random.device)
    other = 1 + torch.randint(task.n_symbols - 1, (n, 1), generator=generator, device=random.device)
    first, here = random[:, :1], torch.arange(task.n_ctx, device=random.device)
    return {
        "random": random,
        "in runs (sorted)": random.sort(dim=1).values,
        "two symbols only": (first // 2 * 2 + random % 2).clamp(max=task.n_symbols - 1),
        "second half repeats": torch.cat([random[:, :half]] * 2, dim=1)[:, : task.n_ctx],
        "one exception": torch.where(here == place, (first + other) % task.n_symbols, first),
    }


def guesses(task: OwnRule, reader: Reader, tokens: Tensor) -> dict[str, Tensor]:
    """What a model and each shortcut of the rule answer: {name: [batch, asked places]}."""
    asked = slice(task.asked_from - 1, None)
    answers = {"the model": predict(reader, tokens)[:, asked].argmax(-1)}
    for name, shortcut in task.rule.shortcuts.items():
        answers[name] = shortcut(tokens, task.n_symbols)[:, asked]
    return answers


def scores(
    task: OwnRule, reader: Reader, tokens: Tensor, *, only_hard: bool = False
) -> dict[str, float]:
    """Accuracy of a model and of each shortcut, at all asked places or where every shortcut fails."""
    asked = slice(task.asked_from - 1, None)
    answer = task.rule.answer(tokens, task.n_symbols)[:, asked]
    among = hard(task.rule, tokens, task.n_symbols)[:, asked] if only_hard else None
    return {
        name: accuracy_of(guess, answer, among)
        for name, guess in guesses(task, reader, tokens).items()
    }


def attention_by_role(pattern: Tensor, roles: dict[str, Tensor]) -> Tensor:
    """Attention from the last position to a key of each role: [layer * head, role].

    pattern [layer, batch, head, query, key], roles {name: mask [batch, key]}. As a multiple of what a
    head that is blind to the symbols would give: its mean attention to the same places. 1 is blind.
    Over the sequences that have a key of every role, each with its mean key: otherwise the roles would
    be compared among different rivals. ValueError if there is no such sequence.
    """
    masks = torch.stack(list(roles.values()))  # [role, batch, key]
    complete = masks.any(-1).all(0)
    if not complete.any():
        raise ValueError("no sequence has a key of every role")
    last, masks = pattern[:, complete, :, -1], masks[:, complete].float()
    share = masks / masks.sum(-1, keepdim=True)
    paid = torch.einsum("lbhk,rbk->lhr", last, share)
    blind = torch.einsum("lhk,rbk->lhr", last.mean(1), share)
    return (paid / blind).flatten(0, 1)


def first_over_second(table: Tensor) -> float:
    """The first role over the second in a table of `attention_by_role`, for the head where it is largest."""
    return (table[:, 0] / table[:, 1]).max().item()


def rows_apart(one: Tensor, other: Tensor) -> float:
    """How far the heads of two tables [head, role] are from the nearest head of the other: 0 for the same.

    Mean over heads of both and over roles of |log(a / b)|: 0.7 is a factor of two. Heads have no order.
    """
    logs = [table.clamp_min(0.01).log() for table in (one, other)]
    gaps = (logs[0][:, None] - logs[1]).abs().mean(-1)  # [head of one, head of other]
    return ((gaps.min(1).values.mean() + gaps.min(0).values.mean()) / 2).item()


def always_the_same(task: OwnRule, tokens: Tensor, *, only_hard: bool = False) -> float:
    """Accuracy of the most frequent answer, at all asked places or where every shortcut fails."""
    asked = slice(task.asked_from - 1, None)
    answer = task.rule.answer(tokens, task.n_symbols)[:, asked]
    return most_frequent(
        answer[hard(task.rule, tokens, task.n_symbols)[:, asked]] if only_hard else answer
    )
