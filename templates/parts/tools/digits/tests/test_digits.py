"""Digits against Python's own number formatting."""

import torch

from lab.digits import from_digits, to_digits


def test_digits_are_those_that_python_prints() -> None:
    numbers = torch.tensor([0, 7, 90, 54321])
    decimal = ["".join(map(str, row)) for row in to_digits(numbers, 5).tolist()]
    assert decimal == [f"{n:05d}" for n in numbers.tolist()]
    binary = ["".join(map(str, row)) for row in to_digits(numbers, 16, base=2).tolist()]
    assert binary == [f"{n:016b}" for n in numbers.tolist()]


def test_least_first_is_the_mirror_image() -> None:
    numbers = torch.arange(1000)
    mirrored = to_digits(numbers, 3, order="least-first").flip(-1)
    assert torch.equal(mirrored, to_digits(numbers, 3))


def test_digits_spell_the_number_they_came_from() -> None:
    numbers = torch.arange(512)
    for base, count in [(2, 9), (10, 3)]:
        for order in ("most-first", "least-first"):
            assert torch.equal(
                from_digits(to_digits(numbers, count, base, order), base, order), numbers
            )
