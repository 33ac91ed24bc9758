"""The generator against Python's own sorted()."""

import math

import pytest
import torch

from lab.data import IGNORE, Batch
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
MIXED = QUICK.but(least_length=2, most_length=6, skipped_lengths=[4], room=7, n_numbers=12)


def lists(task, batch: Batch) -> list[list[int]]:
    """The unsorted lists, once every token and target is where Python's sorted() puts it."""
    found = []
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        mid = tokens.index(task.mid)
        numbers, answer = tokens[1:mid], sorted(tokens[1:mid])
        padding = task.n_ctx - 2 * len(numbers) - 1
        assert tokens == [task.start, *numbers, task.mid, *answer[:-1], *[task.pad] * padding]
        assert targets == [*[IGNORE] * mid, *answer, *[IGNORE] * padding]
        found.append(numbers)
    return found


@pytest.mark.parametrize("settings", [QUICK, MIXED], ids=["as generated", "many lengths"])
@pytest.mark.parametrize("repeats", [True, False])
def test_the_second_half_is_the_first_one_sorted(settings, repeats: bool) -> None:
    task = make_task(settings.but(repeats=repeats), CPU)
    for numbers in lists(task, task.train_batch()):
        assert repeats or len(set(numbers)) == len(numbers)
        assert all(0 <= number < task.n_numbers for number in numbers)


def test_training_uses_the_lengths_that_it_was_given() -> None:
    task = make_task(MIXED, CPU)
    assert {len(numbers) for numbers in lists(task, task.held_out())} == {2, 3, 5, 6}


def test_any_length_up_to_the_room_can_be_asked_for_and_kept_in_a_window() -> None:
    task = make_task(MIXED, CPU)
    length = torch.arange(1, 8)[:, None].repeat(20, 1)
    made = lists(task, task.of_length(length, torch.Generator().manual_seed(0), window=7))
    assert [len(numbers) for numbers in made] == length[:, 0].tolist()
    assert all(max(numbers) - min(numbers) < 7 for numbers in made)
    assert {number for numbers in made for number in numbers} == set(range(12))


def test_chance_is_naming_one_of_the_lists_own_numbers() -> None:
    task = make_task(MIXED, CPU)
    drawn = lists(task, task.sample(4000, torch.Generator().manual_seed(0)))
    answers = sum(len(numbers) for numbers in drawn)
    assert len(drawn) / answers == pytest.approx(task.chance, rel=0.05)


@pytest.mark.parametrize("settings", [QUICK, MIXED], ids=["as generated", "many lengths"])
def test_lazy_rules_say_what_their_names_say(settings) -> None:
    task = make_task(settings, CPU)
    tokens, targets = task.held_out()
    said = {name: rule(tokens).tolist() for name, rule in task.lazy_rules().items()}
    right = dict.fromkeys(said, 0)
    for row, (read, wanted) in enumerate(zip(tokens.tolist(), targets.tolist(), strict=True)):
        length = read.index(task.mid) - 1
        for place, here in enumerate(range(length + 1, 2 * length + 1)):
            lists_with_it_here = {
                number: math.comb(number, place)
                * math.comb(task.n_numbers - 1 - number, length - 1 - place)
                for number in read[1 : length + 1]
            }
            likeliest = lists_with_it_here[said["likeliest for its place"][row][here]]
            assert likeliest >= 0.999 * max(lists_with_it_here.values())
            last = min(read[here] + 1, task.n_numbers - 1) if place else 0
            assert said["one more than the last"][row][here] == last
            for name in right:
                right[name] += said[name][row][here] == wanted[here]
    asked = int((targets != IGNORE).sum())
    if settings is QUICK:
        assert max(right.values()) / asked < 0.6 < QUICK.target_accuracy


def test_lists_that_cannot_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="no length is left"):
        make_task(MIXED.but(skipped_lengths=[2, 3, 4, 5, 6]), CPU)
    with pytest.raises(ValueError, match="room must be"):
        make_task(MIXED.but(room=5), CPU)
    with pytest.raises(ValueError, match="more than once"):
        make_task(MIXED.but(room=13), CPU)
