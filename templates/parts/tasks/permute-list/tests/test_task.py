"""The generator against list indexing in plain Python."""

import math

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def parts(task, batch):
    """The list, order and answer of each example, once its tokens are laid out as promised."""
    n = task.list_length
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        numbers, order, answer = tokens[1 : n + 1], tokens[n + 2 : 2 * n + 2], targets[-n:]
        order = [token - task.first_index for token in order]
        assert (tokens[0], tokens[n + 1], tokens[2 * n + 2]) == (task.start, task.mid, task.end)
        assert tokens[2 * n + 3 :] == answer[:-1]
        assert targets[:-n] == [IGNORE] * (2 * n + 2)
        assert len(set(numbers)) == n and max(numbers) < task.n_numbers
        yield numbers, order, answer


@pytest.mark.parametrize("length", [2, 3, 4])
def test_output_i_is_the_element_that_index_i_names(length: int) -> None:
    task = make_task(QUICK.but(list_length=length, held_out_orders=1), CPU)
    for batch in (task.train_batch(), task.held_out()):
        for numbers, order, answer in parts(task, batch):
            assert answer == [numbers[index] for index in order]


def test_the_inverse_sends_element_i_to_the_place_that_index_i_names() -> None:
    task = make_task(QUICK.but(inverse=True), CPU)
    for numbers, order, answer in parts(task, task.train_batch()):
        placed = [None] * len(order)
        for number, place in zip(numbers, order, strict=True):
            placed[place] = number
        assert answer == placed


def test_the_lazy_rule_writes_the_first_slot_that_is_left() -> None:
    task = make_task(QUICK, CPU)
    batch = task.sample(400, torch.Generator().manual_seed(0))
    said = task.lazy_rules()["the first slot not yet written"](batch.tokens)
    n, right = task.list_length, 0
    for row, (numbers, _, answer) in enumerate(parts(task, batch)):
        for place in range(n):
            first = next(number for number in numbers if number not in answer[:place])
            assert said[row, 2 * n + 2 + place] == first
            right += first == answer[place]
    assert right / (400 * n) == pytest.approx(sum(1 / (n - k) for k in range(n)) / n, abs=0.1)


def test_every_order_is_either_trained_on_or_held_out() -> None:
    task = make_task(QUICK, CPU)
    generator = torch.Generator().manual_seed(0)
    trained = {tuple(order) for _, order, _ in parts(task, task.sample(2000, generator))}
    held_out = {tuple(order) for _, order, _ in parts(task, task.held_out())}
    assert not trained & held_out
    assert len(held_out) == QUICK.held_out_orders
    assert len(trained) == math.factorial(QUICK.list_length) - QUICK.held_out_orders


def test_holding_out_every_order_is_refused() -> None:
    with pytest.raises(ValueError, match="must leave some"):
        make_task(QUICK.but(held_out_orders=math.factorial(QUICK.list_length)), CPU)


def test_an_example_reads_as_in_the_problem() -> None:
    task = make_task(QUICK.but(list_length=3, held_out_orders=1), CPU)
    batch = task.encode(torch.tensor([[44, 40, 15]]), torch.tensor([[2, 1, 0]]))
    assert task.show(batch.tokens[0]) == "START 44 40 15 MID #2 #1 #0 END 15 40"
    assert batch.targets[0, -3:].tolist() == [15, 40, 44]
