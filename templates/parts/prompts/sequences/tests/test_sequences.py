"""The lists are what they say: an oracle that reads the text and knows only calendars and digits agrees."""

import calendar
import re
from itertools import pairwise

import pytest

from lab import sequences

_DIGITS = {"I": 1, "V": 5, "X": 10}


def number_of(item: str) -> int:
    """A number, a Roman numeral, a weekday or a month as its number."""
    if item.isdigit():
        return int(item)
    if item in [*calendar.day_name]:
        return [*calendar.day_name].index(item)
    if item in [*calendar.month_name]:
        return [*calendar.month_name].index(item)
    values = [_DIGITS[char] for char in item]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def items_in(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def steps(text: str, size: int) -> set[int]:
    found = [number_of(item) for item in items_in(text)]
    return {(b - a) % size for a, b in pairwise(found)}


SIZE = {"numbers": 1000, "weekdays": 7, "months": 12, "Roman numerals": 1000}


@pytest.mark.parametrize("name", sequences.FAMILIES)
@pytest.mark.parametrize("between", sequences.BETWEEN)
def test_runs_go_up_by_one_and_the_answer_is_next(name: str, between: str) -> None:
    family, size = sequences.FAMILIES[name], SIZE[name]
    for make in (sequences.shuffled, sequences.last_kept, sequences.downward, sequences.moved):
        for pair in make(family, 30, between):
            assert steps(pair.clean.text, size) == {1}
            last = items_in(pair.clean.text)[-1]
            assert (number_of(pair.right.strip()) - number_of(last)) % size == 1
            assert len(items_in(pair.clean.text)) == len(items_in(pair.corrupted.text)) == 5
            assert pair.clean.text.endswith(f"{between}{last},")
            assert pair.right.startswith(" ") == pair.wrong.startswith(" ") == (between == ", ")


@pytest.mark.parametrize("name", sequences.FAMILIES)
def test_what_is_corrupted_is_what_the_name_says(name: str) -> None:
    family, size = sequences.FAMILIES[name], SIZE[name]
    for pair in sequences.shuffled(family, 30, ", "):
        one, other = items_in(pair.clean.text), items_in(pair.corrupted.text)
        assert sorted(one) == sorted(other)
        assert one[-1] != other[-1]
        assert not steps(pair.corrupted.text, size) & {1, size - 1}
        assert pair.wrong.strip() == one[-1]
    for pair in sequences.last_kept(family, 30, ", "):
        one, other = items_in(pair.clean.text), items_in(pair.corrupted.text)
        assert sorted(one) == sorted(other)
        assert one[-1] == other[-1] == pair.wrong.strip()
        assert not steps(pair.corrupted.text, size) & {1, size - 1}
    for pair in sequences.downward(family, 30, ", "):
        assert steps(pair.corrupted.text, size) == {size - 1}
        assert items_in(pair.clean.text)[-1] == items_in(pair.corrupted.text)[-1]
    for pair in sequences.moved(family, 30, ", "):
        assert steps(pair.corrupted.text, size) == {1}
        last, other = (items_in(one.text)[-1] for one in (pair.clean, pair.corrupted))
        assert len({last, other, pair.right.strip(), pair.wrong.strip()}) == 4


def test_the_last_item_is_not_always_the_same_one() -> None:
    for family in sequences.FAMILIES.values():
        made = sequences.shuffled(family, 28, ", ")
        assert max(made.count(pair) for pair in made) < 9
        assert len({pair.right for pair in made}) >= 5


def test_a_repeating_list_goes_on_with_its_third_colour() -> None:
    for pair in sequences.repeating(30, ","):
        one, other = items_in(pair.clean.text), items_in(pair.corrupted.text)
        assert one[:2] == one[3:]
        assert len({*one}) == 3
        assert [pair.right, pair.wrong] == [one[2], one[1]]
        assert sorted(one) == sorted(other)
        assert other[:2] != other[3:]
        assert other[-1] not in (pair.right, pair.wrong)


def test_a_family_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        sequences.downward(sequences.Family([*"abcdefg"], False), 4, ",")
