"""The questions against Python's own arithmetic."""

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import longest_chain, looking_back, make_task

CPU = torch.device("cpu")


@pytest.mark.parametrize("order", ["most-first", "least-first"])
@pytest.mark.parametrize("operation", ["add", "subtract", "both"])
def test_the_answer_digits_are_those_that_python_writes(order, operation) -> None:
    task = make_task(QUICK.but(answer_order=order, operation=operation), CPU)
    batch = task.train_batch()
    seen = set()
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        question = task.show(tokens).split("=")[0]
        a, sign, b = question.split()
        written = f"{int(a) + int(b) if sign == '+' else int(a) - int(b):0{task.n_digits + 1}d}"
        assert int(a) >= int(b) or sign == "+"
        answer = "".join(map(str, targets[targets != IGNORE].tolist()))
        assert answer == (written if order == "most-first" else written[::-1])
        assert "".join(map(str, tokens[task.equals + 1 :].tolist())) == answer[:-1]
        seen.add(sign)
    assert seen == {"add": {"+"}, "subtract": {"-"}, "both": {"+", "-"}}[operation]


def test_positions_name_the_columns_that_they_predict() -> None:
    for order, columns in [("most-first", [4, 3, 2, 1, 0]), ("least-first", [0, 1, 2, 3, 4])]:
        task = make_task(QUICK.but(n_digits=4, answer_order=order), CPU)
        assert [task.column(position) for position in task.answers] == columns


def test_the_numbers_can_be_read_back() -> None:
    task = make_task(QUICK.but(operation="add"), CPU)
    batch = task.held_out()
    a, b = task.numbers(batch.tokens)
    assert torch.equal(task.encode(a, b).tokens, batch.tokens)


def chain_by_hand(a: str, b: str) -> int:
    best = run = carry = 0
    for x, y in zip(a[::-1], b[::-1], strict=True):
        carry, had = int(x) + int(y) + carry > 9, carry
        run = (run + 1 if had and int(x) + int(y) < 10 else 1) if carry else 0
        best = max(best, run)
    return best


def test_chains_of_carries_have_the_length_that_a_pencil_finds() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randint(10**5, (500,), generator=generator) for _ in range(2))
    b[:200] = 99999 - a[:200] + 1
    expected = [
        chain_by_hand(f"{x:05d}", f"{min(y, 99999):05d}")
        for x, y in zip(a.tolist(), b.tolist(), strict=False)
    ]
    assert longest_chain(a, b.clamp(max=99999), 5).tolist() == expected
    known = [(44445, 55555, 5), (12345, 11111, 0), (5, 5, 1), (95, 5, 2)]
    for x, y, length in known:
        assert longest_chain(torch.tensor([x]), torch.tensor([y]), 5).item() == length


def test_columns_that_pass_a_carry_on_are_as_common_as_asked() -> None:
    for nines, expected in [(0.0, 0.1), (0.5, 0.55)]:
        task = make_task(QUICK.but(nines=nines, n_digits=4, operation="add"), CPU)
        tokens = task.held_out().tokens
        share = (tokens[:, :4] + tokens[:, 5:9] == 9).float().mean().item()
        assert share == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("order", ["most-first", "least-first"])
def test_lazy_adders_are_right_up_to_the_chain_that_they_look_back(order) -> None:
    task = make_task(QUICK.but(answer_order=order, operation="add", n_digits=4), CPU)
    tokens, targets = task.held_out()
    a, b = task.numbers(tokens)
    chain = longest_chain(a, b, 4)
    for columns, rule in enumerate(task.lazy_rules().values()):
        whole = ((rule(tokens) == targets) | (targets == IGNORE)).all(1)
        assert torch.equal(whole, chain <= columns)
        assert torch.equal(looking_back(a, b, 4, columns) == a + b, whole)


def test_lazy_adders_stay_below_the_target() -> None:
    task = make_task(QUICK.but(operation="add"), CPU)
    tokens, targets = task.held_out()
    for rule in task.lazy_rules().values():
        right = (rule(tokens) == targets)[targets != IGNORE].float().mean()
        assert right < QUICK.target_accuracy - 0.03
    assert not make_task(QUICK.but(operation="both"), CPU).lazy_rules()
