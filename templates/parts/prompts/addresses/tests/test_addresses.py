"""The prompts are what they say, read from their text alone."""

import re

import mailing
import pytest

from lab import addresses

MODEL = mailing.blank()
PEOPLE = addresses.people(MODEL, 40)


def test_people_are_drawn_evenly_among_names_of_one_token() -> None:
    firsts = [one.first for one in PEOPLE]
    assert max(firsts.count(name) for name in firsts) == 2
    assert addresses.known(MODEL, ["Zo-e", *addresses.FIRST_NAMES]) == addresses.FIRST_NAMES
    with pytest.raises(ValueError, match="of 3 names this model has 2 as one token"):
        addresses.known(MODEL, ["Zo-e", "John", "Mary"])


def test_the_other_name_is_another_and_two_in_a_row_share_it() -> None:
    made = addresses.other_name(PEOPLE)
    for (clean, corrupted, right, wrong), person in zip(made, PEOPLE, strict=True):
        first, surname = re.findall(r"[A-Z][a-z]+", clean.text)[1:]
        other, same = re.findall(r"[A-Z][a-z]+", corrupted.text)[1:]
        assert (first, surname) == person
        assert same == surname
        assert (right, wrong) == (first.lower(), other.lower())
        assert right != wrong
    for one, twin in zip(made[::2], made[1::2], strict=True):
        assert one.wrong == twin.wrong
        assert one.right != twin.right


def test_brackets_alone_differ() -> None:
    for clean, corrupted, right, wrong in addresses.other_bracket(PEOPLE):
        assert clean.text.replace("<", "(") == corrupted.text
        assert wrong.lower() == right
        assert wrong[0].isupper()


def test_the_separator_of_the_address_above_alone_differs() -> None:
    made = addresses.other_separator(PEOPLE)
    for clean, corrupted, right, wrong in made:
        assert {right, wrong} == {"_", "."}
        for text, answer in ((clean.text, right), (corrupted.text, wrong)):
            above, below = text.split("\n")
            assert re.fullmatch(r"From: (\w+) (\w+) <[a-z]+[_.][a-z]+@mail\.com>", above)
            assert re.search(r"<[a-z]+([_.])", above)[1] == answer
            first, mail = re.fullmatch(r"From: (\w+) \w+ <([a-z]+)", below).groups()
            assert mail == first.lower()
    assert sum(one.right == "_" for one in made) == 20


def test_places_lie_where_they_say() -> None:
    pairs = addresses.asked(MODEL, [addresses.prompt(*one) for one in PEOPLE])
    for row, one in enumerate(PEOPLE):
        ids = MODEL.to_str_tokens(pairs.clean[row])
        found = [ids[int(pairs.places[name][row])] for name in ("word 1", "word 2", "end")]
        assert found == [f" {one.first}", f" {one.surname}", " <"]
