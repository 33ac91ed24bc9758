"""Each reading key of the notebook against models in which it is true, and decoys in which it is not."""

from typing import Any

import pytest
import torch
from torch import nn
from transformer_lens import TransformerBridge

from lab import measurement
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
TASK = make_task(QUICK.but(n_numbers=20, n_heads=1), CPU)
LENGTH = TASK.lengths[0]
TOKENS = TASK.held_out().tokens[:200]
NUMBERS = TASK.n_numbers


class Rule(nn.Module):
    """Writes by one of the three rules, whatever stands before: certain logits [batch, pos, d_vocab]."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule = rule

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*tokens.shape, TASK.d_vocab)
        for row, read in enumerate(tokens.tolist()):
            numbers = sorted(read[1 : LENGTH + 1])
            for here in range(LENGTH + 1, len(read)):
                written = read[LENGTH + 2 : here + 1]
                last = written[-1] if written else -1
                wanted = {
                    "next larger than the last": [x for x in numbers if x > last],
                    "smallest not yet written": [x for x in numbers if x not in written],
                    "what belongs in this place": numbers[len(written) :],
                }[self.rule]
                logits[row, here, wanted[0] if wanted else 0] = 1.0
        return logits


@pytest.mark.parametrize("rule", measurement.RULES)
def test_prefixes_out_of_order_tell_the_rules_apart(rule: str) -> None:
    shares = measurement.rules_followed(Rule(rule), TASK, TOKENS)
    for by_rule in shares.values():
        assert by_rule == {name: float(name == rule) for name in measurement.RULES}


def test_on_sorted_prefixes_the_rules_cannot_be_told_apart() -> None:
    said = [Rule(rule)(TOKENS)[:, -LENGTH:].argmax(-1) for rule in measurement.RULES]
    assert torch.equal(said[0], said[1]) and torch.equal(said[1], said[2])


def plant(
    *, tokens: bool = True, places: float = 0.0, sharp: float = 4.0, copies: bool = True
) -> TransformerBridge:
    """One head, written by hand, that looks at the next larger number (`tokens`), prefers late slots
    (`places`), and copies what it sees or writes another number in its stead."""
    n, d_head = NUMBERS, TASK.d_vocab + TASK.n_ctx
    d_model = TASK.d_vocab + TASK.n_ctx + n
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": d_model, "n_heads": 1, "d_head": d_head, "attn_only": True,
            "normalization_type": None, "d_vocab": TASK.d_vocab, "n_ctx": TASK.n_ctx, "seed": 0,
        }
    )  # fmt: skip
    number = torch.arange(n)
    gap = number[None] - number[:, None]  # [just written, in the list]
    wants = torch.where(gap > 0, -sharp * gap, torch.tensor(-50.0 * sharp))
    wants = torch.cat([wants, -sharp * number[None].expand(3, -1).float()])  # START, MID, PAD
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, : TASK.d_vocab] = torch.eye(TASK.d_vocab)
        model.W_pos[:, TASK.d_vocab : d_head] = torch.eye(TASK.n_ctx)
        model.unembed.weight[:n, d_head:] = torch.eye(n)
        attn = model.blocks[0].attn
        attn.q.weight[:, :d_head] = d_head**0.5 * torch.eye(d_head)
        if tokens:
            attn.k.weight[: TASK.d_vocab, :n] = wants
        attn.k.weight[: TASK.d_vocab, n : TASK.d_vocab] = -1000.0  # signs are not looked at
        slots = torch.zeros(TASK.n_ctx)
        slots[1 : LENGTH + 1] = places * torch.arange(LENGTH)
        slots[LENGTH + 1 :] = -1000.0
        attn.k.weight[: TASK.d_vocab, TASK.d_vocab : d_head] = slots
        attn.v.weight[:n, :n] = torch.eye(n)
        said = torch.eye(n) if copies else torch.eye(n).roll(1, 0)
        attn.o.weight[d_head:, :n] = said
    return model


def diagonal(model: TransformerBridge) -> float:
    return measurement.by_value(model, TASK, TOKENS)[0].diagonal(dim1=-2, dim2=-1).mean().item()


def test_the_diagonal_says_that_the_head_found_the_number_to_write() -> None:
    assert diagonal(plant()) > 0.97
    assert diagonal(plant(tokens=False, places=5.0)) < 0.2


def test_the_parts_add_up_to_the_scores() -> None:
    model = plant(places=0.7)
    parts = measurement.score_parts(model, TASK, TOKENS, head=0)
    pattern = sum(parts.values()).softmax(-1)  # no attention outside the list
    rank = TOKENS[:, 1 : LENGTH + 1].argsort(1)[:, None].expand_as(pattern)
    torch.testing.assert_close(
        pattern.gather(-1, rank), measurement.by_value(model, TASK, TOKENS)[0], atol=1e-4, rtol=0
    )


def test_token_by_token_suffices_where_places_are_not_used_and_not_where_they_are() -> None:
    for places, alone in ((0.0, True), (3.0, False)):
        parts = measurement.score_parts(plant(places=places), TASK, TOKENS, head=0)
        sorted_alone = measurement.picked(parts["token x token"], TASK, TOKENS)
        sorted_by_all = measurement.picked(sum(parts.values()), TASK, TOKENS)
        assert sorted_alone > 0.99
        assert (sorted_by_all > 0.99) == alone


def test_what_is_moved_from_all_places_to_all_tokens_changes_no_part() -> None:
    model = plant(places=3.0)
    before = measurement.score_parts(model, TASK, TOKENS, head=0)
    circuit = measurement.token_circuit(model, TASK, head=0)
    moved = torch.randn(model.cfg.d_model, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.W_E.add_(moved)
        model.W_pos.sub_(moved)
    for name, part in measurement.score_parts(model, TASK, TOKENS, head=0).items():
        torch.testing.assert_close(part, before[name], atol=1e-2, rtol=1e-3)
    now = measurement.token_circuit(model, TASK, head=0)
    torch.testing.assert_close(now, circuit, atol=1e-2, rtol=1e-3)


class Follower(Rule):
    """Writes the next larger number by what was written last; its one head is looked at by nobody."""

    def run_with_hooks(self, tokens: torch.Tensor, fwd_hooks: object) -> torch.Tensor:
        return self(tokens)


def test_a_number_looked_at_at_random_is_written_by_who_copies() -> None:
    right_slot = TOKENS[:, 1 : LENGTH + 1].argsort(1)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(LENGTH, right_slot.shape, generator=generator)
    for copies in (True, False):
        assert (copied(plant(copies=copies), drawn).copied > 0.99) == copies
        assert (copied(plant(copies=copies), right_slot).right > 0.99) == copies
    by_the_last = Follower("next larger than the last")
    assert copied(by_the_last, right_slot).right == 1.0  # right where it looks, and copies nothing
    assert copied(by_the_last, drawn).copied < 0.3


def copied(model: Any, slot: torch.Tensor) -> measurement.Forced:
    return measurement.if_it_looked_at(model, TASK, TOKENS, slot)


def test_the_head_read_is_the_one_on_the_diagonal() -> None:
    found = torch.stack(
        [measurement.by_value(plant(tokens=one), TASK, TOKENS)[0] for one in (False, True)]
    )
    assert measurement.head_on_the_diagonal(found) == 1
    assert measurement.head_on_the_diagonal(found.flip(0)) == 0
